"""Intervals by drawing tasks again, because votes on one task are not independent of each other."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from annotation.agreement.votes import Floats, Integers


@dataclass(frozen=True)
class Resampling:
    """How often tasks are drawn again, for which confidence, from which seed."""

    resamples: int = 1000
    confidence: float = 0.95
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what would give no interval."""
        if self.resamples < 1:
            raise ValueError("resamples must be at least 1")
        if not 0 < self.confidence < 1:
            raise ValueError("confidence must lie between 0 and 1")


def interval(
    statistic: Callable[[Floats], float], tasks: Integers, resampling: Resampling
) -> tuple[float | None, float | None]:
    """The percentile interval of a statistic of how many tasks each unit has, (units,) → float, given those numbers.

    Without a second task there is none. A resample in which every vote is the same has no agreement coefficient; when
    more than one in twenty are so, the rest would be a selection, and no interval is given.
    """
    total = int(tasks.sum())
    if total < 2:
        return None, None
    random = np.random.default_rng(resampling.seed)
    alone = len(tasks) == total

    def drawn() -> Floats:
        if alone:  # many times faster than the multinomial, and the same distribution
            return np.bincount(random.integers(total, size=total), minlength=total).astype(float)
        return random.multinomial(total, tasks / total).astype(float)

    figures = np.array([statistic(drawn()) for _ in range(resampling.resamples)])
    defined = figures[~np.isnan(figures)]
    if len(defined) < 0.95 * len(figures):
        return None, None
    tail = (1 - resampling.confidence) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)
