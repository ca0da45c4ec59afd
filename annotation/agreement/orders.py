"""Agreement of rankings: Kendall's τ between two annotators of one task, over all pairs of annotators and responses.

Of a pair of responses two annotators may agree (+1), contradict each other (−1), or one of them ties it (0): τ_a of
Kendall (1938), averaged over pairs of annotators as in Ehrenberg (1952). Random orders give 0, whatever the length.
"""

import numpy as np

from annotation.agreement.bootstrap import Resampling, interval
from annotation.agreement.votes import Estimate, Floats, Integers, Reason


def concordance(task: Integers, pair: Integers, sign: Integers, tasks: int) -> Floats:
    """Mean τ of each task, (tasks,), NaN below two votes on a pair; one row an annotator's order of a pair.

    `pair` numbers the pairs of all tasks from 0, so a pair belongs to one task; `sign` is 1, 0 or −1.
    """
    task, pair, sign = np.asarray(task), np.asarray(pair), np.asarray(sign, float)
    pairs = int(pair.max()) + 1 if pair.size else 0
    size = np.bincount(pair, minlength=pairs)
    total, square = np.bincount(pair, sign, pairs), np.bincount(pair, sign**2, pairs)
    owner = np.zeros(pairs, np.int64)
    owner[pair] = task
    twice = size >= 2
    ordered = (size * (size - 1))[twice]
    tau = (total**2 - square)[twice] / ordered
    weight = np.bincount(owner[twice], minlength=tasks)
    found = np.bincount(owner[twice], tau, tasks) / np.where(weight > 0, weight, 1)
    return np.where(weight > 0, found, np.nan)


def mean_concordance(by_task: Floats, resampling: Resampling | None = None) -> Estimate:
    """The mean over tasks with a bootstrap interval over tasks."""
    known = by_task[~np.isnan(by_task)]
    if not known.size:
        return Estimate(None, reason=Reason.NO_OVERLAP)

    def statistic(number: Floats) -> float:
        return float(number @ known / number.sum())

    tasks = np.ones(len(known), np.int64)
    low, high = interval(statistic, tasks, resampling or Resampling())
    return Estimate(statistic(tasks.astype(float)), low, high, len(known))
