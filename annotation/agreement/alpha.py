"""Krippendorff's α for nominal, ordinal, interval and ratio data with missing votes (Krippendorff 2011).

α = 1 − D_o / D_e, where D_o is the mean squared distance of two votes on the same task and D_e that of any two votes.
No matrix of values by values is built where a closed form exists: a sum of squared differences is 2 m Σ (x − mean)²,
and the ordinal distance is the interval distance of mid-ranks, for Σ_{g=c..k} n_g − (n_c + n_k) / 2 is the difference
of two of them.
"""

from collections.abc import Callable
from enum import StrEnum

import numpy as np

from annotation.agreement.bootstrap import Resampling, interval
from annotation.agreement.coincidence import Cells, cells_of, margins
from annotation.agreement.votes import Estimate, Floats, Reason, Votes

MOST_RATIO_VALUES = 1000
RATIO_BLOCK = 4096


class Level(StrEnum):
    """What a difference between two values means."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"


# how many tasks each unit has, (units,) → (Σ of squared distances within tasks, Σ of squared distances of all votes)
Distances = Callable[[Floats], tuple[float, float]]


def krippendorff(votes: Votes, level: Level | str = Level.NOMINAL, resampling: Resampling | None = None) -> Estimate:
    """α of the latest votes with a bootstrap interval over tasks; `n` counts the votes that can be paired."""
    level = Level(level)
    cells = cells_of(votes)
    pairable = round(float(cells.size @ cells.tasks))
    if not pairable:
        return Estimate(None, reason=Reason.NO_OVERLAP)
    if len(cells.values) == 1:
        return Estimate(None, n=pairable, reason=Reason.NO_VARIATION)
    if level is Level.RATIO:
        if len(cells.values) > MOST_RATIO_VALUES:
            return Estimate(None, n=pairable, reason=Reason.TOO_MANY_VALUES)
        if cells.values[0] < 0:
            raise ValueError("the ratio level needs values of at least 0")
    distances = DISTANCES[level](cells)

    def statistic(tasks: Floats) -> float:
        within, overall = distances(tasks)
        return 1 - (float(tasks @ cells.size) - 1) * within / overall if overall > 0 else float("nan")

    low, high = interval(statistic, cells.tasks, resampling or Resampling())
    return Estimate(statistic(cells.tasks.astype(float)), low, high, pairable)


def _nominal(cells: Cells) -> Distances:
    """Distance 1 between any two different values."""
    same = np.bincount(cells.unit, cells.votes**2)
    within = (cells.size**2 - same) / (cells.size - 1)

    def distances(tasks: Floats) -> tuple[float, float]:
        given = margins(cells, tasks)
        return float(tasks @ within), float(given.sum() ** 2 - given @ given)

    return distances


def _ordinal(cells: Cells) -> Distances:
    """The number of votes between two values; it depends on the margins, so on the resample."""

    def distances(tasks: Floats) -> tuple[float, float]:
        given = margins(cells, tasks)
        middle = np.cumsum(given) - given / 2
        mean = given @ middle / given.sum()
        overall = 2 * given.sum() * (given @ (middle - mean) ** 2)
        return float(tasks @ _squares(cells, middle)), float(overall)

    return distances


def _interval(cells: Cells) -> Distances:
    """The squared difference of two values."""
    position = cells.values.astype(float)
    position = position - np.bincount(cells.code, cells.votes) @ position / cells.votes.sum()  # so that little cancels
    within = _squares(cells, position)
    first = np.bincount(cells.unit, cells.votes * position[cells.code])
    second = np.bincount(cells.unit, cells.votes * position[cells.code] ** 2)

    def distances(tasks: Floats) -> tuple[float, float]:
        overall = 2 * (tasks @ cells.size) * (tasks @ second) - 2 * (tasks @ first) ** 2
        return float(tasks @ within), float(overall)

    return distances


def _ratio(cells: Cells) -> Distances:
    """The squared difference of two values relative to their sum; two zeros do not differ."""
    value = cells.values.astype(float)
    total = value[:, None] + value[None, :]
    apart = ((value[:, None] - value[None, :]) / np.where(total > 0, total, 1)) ** 2
    within = np.empty(len(cells.size))
    for start in range(0, len(cells.size), RATIO_BLOCK):
        first, last = np.searchsorted(cells.unit, [start, start + RATIO_BLOCK])
        counts = np.zeros((min(RATIO_BLOCK, len(cells.size) - start), len(value)))
        counts[cells.unit[first:last] - start, cells.code[first:last]] = cells.votes[first:last]
        within[start : start + RATIO_BLOCK] = ((counts @ apart) * counts).sum(axis=1)
    within /= cells.size - 1

    def distances(tasks: Floats) -> tuple[float, float]:
        given = margins(cells, tasks)
        return float(tasks @ within), float(given @ apart @ given)

    return distances


def _squares(cells: Cells, position: Floats) -> Floats:
    """Σ_{i≠j} (x_i − x_j)² / (m − 1) of each unit, (units,): two passes, so nothing cancels."""
    place = position[cells.code]
    mean = np.bincount(cells.unit, cells.votes * place) / cells.size
    spread = np.bincount(cells.unit, cells.votes * (place - mean[cells.unit]) ** 2)
    return 2 * cells.size * spread / (cells.size - 1)


DISTANCES: dict[Level, Callable[[Cells], Distances]] = {
    Level.NOMINAL: _nominal,
    Level.ORDINAL: _ordinal,
    Level.INTERVAL: _interval,
    Level.RATIO: _ratio,
}
