"""Judgments and annotators that are much faster or slower than others on the same tasks, on the log scale."""

from typing import NamedTuple

import numpy as np

from annotation.agreement.votes import Flags, Floats, Integers

FAR = 3.5  # Iglewicz and Hoaglin (1993)
NORMAL = 1.4826  # the median absolute deviation of a normal distribution is its standard deviation over this
LEAST_SPREAD = 0.05  # five per cent: when all take equally long, a second more is not an outlier
SWEEPS = 20


class Pace(NamedTuple):
    """Robust scores of log time; positive is slow. NaN where nothing is known."""

    judgment: Floats  # (judgments,) after the task's and the annotator's own usual time
    outlying: Flags  # (judgments,)
    annotator: Floats  # (annotators,) the annotator's usual time among annotators, after the tasks'
    annotator_outlying: Flags  # (annotators,)
    relative: Floats  # (annotators,) times as long as the median annotator on the same tasks


def pace(task: Integers, annotator: Integers, seconds: Floats, far: float = FAR) -> Pace:
    """Time outliers after a median polish (Tukey 1977) of log seconds by task and annotator."""
    task, annotator, seconds = np.asarray(task), np.asarray(annotator), np.asarray(seconds, float)
    if not task.shape == annotator.shape == seconds.shape or task.ndim != 1:
        raise ValueError("task, annotator and seconds must be flat arrays of one length")
    if not np.isfinite(seconds).all() or (seconds.size and seconds.min() <= 0):
        raise ValueError("seconds must be finite and above 0")
    if not seconds.size:
        return Pace(np.zeros(0), np.zeros(0, bool), np.zeros(0), np.zeros(0, bool), np.zeros(0))
    rest, usual = _polish(task, annotator, np.log(seconds))
    judgment = robust_scores(rest)
    among = robust_scores(usual)
    return Pace(judgment, np.abs(judgment) > far, among, np.abs(among) > far, np.exp(usual - np.nanmedian(usual)))


def robust_scores(values: Floats) -> Floats:
    """How many robust standard deviations each value lies from the median; NaN stays NaN."""
    middle = np.nanmedian(values)
    spread = max(NORMAL * float(np.nanmedian(np.abs(values - middle))), LEAST_SPREAD)
    return (values - middle) / spread


def _polish(task: Integers, annotator: Integers, log_seconds: Floats) -> tuple[Floats, Floats]:
    """What is left after medians of tasks and of annotators are taken away in turn, and the annotators' part."""
    rest = log_seconds.copy()
    usual = np.where(np.bincount(annotator) > 0, 0.0, np.nan)
    shared = np.bincount(task)[task] >= 2  # a task with one judgment would take its time away whole
    for _ in range(SWEEPS):
        by_annotator = _medians(annotator, rest)
        usual += by_annotator
        rest -= by_annotator[annotator]
        step = np.where(shared, _medians(task, rest)[task], 0.0)
        rest -= step
        if np.abs(step).max() < 1e-9 and np.nanmax(np.abs(by_annotator)) < 1e-9:
            break
    return rest, usual


def _medians(group: Integers, values: Floats) -> Floats:
    """The median of each group, (groups,); NaN for an empty one."""
    order = np.lexsort((values, group))
    count = np.bincount(group)
    start = np.cumsum(count) - count
    medians = np.full(len(count), np.nan)
    there = count > 0
    low, high = (start + (count - 1) // 2)[there], (start + count // 2)[there]
    ordered = values[order]
    medians[there] = (ordered[low] + ordered[high]) / 2
    return medians
