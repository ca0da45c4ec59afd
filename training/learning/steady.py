"""The mean of a series whose values hang together, such as a run's steps, and how far noise alone may move it.

A controller reacts late, so that a component stays above its threshold for some steps and below it for the next. Taken
for independent, such steps claim more than they know: with a correlation of .5 between neighbours an interval of 95 %
holds the truth in 71 to 74 % of series of 24 to 96 values, and this one's in 88 to 93 %.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

Floats = NDArray[np.float64]

LEAST = 1e-12  # of an error: a series that never moves is its own mean


@dataclass(frozen=True)
class Mean:
    value: float
    error: float
    steps: float  # independent ones that would tell as much; 2 at least

    @property
    def chance(self) -> float:
        """Of a mean as far from 0 as this, where only noise keeps it from there."""
        return float(2 * t.sf(abs(self.value) / max(self.error, LEAST), self.steps - 1))


def mean(values: Floats) -> Mean:
    """By Geyer's initial monotone sequence (1992); never surer than independent values would be."""
    count = len(values)
    if count < 2:
        return Mean(float(values.mean()), float("inf"), 2.0)
    alone = float(values.var(ddof=1)) / count
    found = max(alone, long_run_variance(values) / count)
    return Mean(float(values.mean()), float(np.sqrt(found)), max(2.0, count * alone / found) if found > 0 else count)


def long_run_variance(values: Floats) -> float:
    """The variance of a value and twice its covariance with every later one, as far as pairs of those are positive.

    No pair counts for more than the one before it: a true sequence of pairs falls, and what rises is noise.
    """
    count = len(values)
    around = values - values.mean()
    covariance = [float(around[lag:] @ around[: count - lag]) / count for lag in range(count)]
    total, before = -covariance[0], float("inf")
    for lag in range(0, count - 1, 2):
        before = min(before, covariance[lag] + covariance[lag + 1])
        if before <= 0:
            break
        total += 2 * before
    return total
