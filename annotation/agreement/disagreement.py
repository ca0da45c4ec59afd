"""How much the votes on each task differ, and tasks in that order."""

import numpy as np

from annotation.agreement.votes import Floats, Integers, Votes


def between_classes(votes: Votes, trust: Floats, tasks: int) -> Floats:
    """The chance that two votes on a task differ, drawn by trust in their annotators, (tasks,); NaN below two votes.

    With equal trust it is the share of pairs that differ; the vote of somebody whose votes carry nothing counts little.
    """
    weight = np.maximum(trust, 1e-3)[votes.annotator]
    total = np.bincount(votes.task, weight, tasks)
    alone = np.bincount(votes.task, weight**2, tasks)
    classes = int(votes.value.max()) + 1 if votes.value.size else 1
    key, cell = np.unique(votes.task * classes + votes.value, return_inverse=True)
    same = np.bincount(key // classes, np.bincount(cell, weight, len(key)) ** 2, tasks)
    pairs = total**2 - alone
    return np.where(voted_twice(votes.task, tasks), (total**2 - same) / np.where(pairs > 0, pairs, 1), np.nan)


def between_amounts(task: Integers, values: Floats, precision: Floats, tasks: int) -> Floats:
    """The precision-weighted variance of the values of each task, (tasks,), 1 when they differ by noise alone."""
    total = np.bincount(task, precision, tasks)
    mean = np.bincount(task, precision * values, tasks) / np.where(total > 0, total, 1)
    square = np.bincount(task, precision * (values - mean[task]) ** 2, tasks)
    count = np.bincount(task, minlength=tasks)
    return np.where(voted_twice(task, tasks), square / np.maximum(count - 1, 1), np.nan)


def voted_twice(task: Integers, tasks: int) -> np.ndarray:
    """Which tasks have at least two votes, (tasks,)."""
    return np.bincount(task, minlength=tasks) >= 2


def ordered(disagreement: Floats, uncertainty: Floats) -> Integers:
    """Tasks from the most to the least disputed; equal ones by uncertainty, then number; the unknown are left out."""
    keys = -np.round(uncertainty, 9), -np.round(disagreement, 9)  # so that rounding errors decide nothing
    order = np.lexsort((np.arange(len(disagreement)), *keys))
    return order[~np.isnan(disagreement[order])]
