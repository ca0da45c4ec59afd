"""Cohen's κ of two annotators, Fleiss' κ of many, and plain agreement."""

from enum import StrEnum

import numpy as np
from scipy.special import ndtri

from annotation.agreement.bootstrap import Resampling, interval
from annotation.agreement.coincidence import Cells, cells_of, margins
from annotation.agreement.votes import Estimate, Floats, Integers, Reason, Votes, classes_of, latest


class Weighting(StrEnum):
    """How far apart two classes are: all alike, by steps, or by squared steps."""

    NONE = "none"
    LINEAR = "linear"
    QUADRATIC = "quadratic"


def cohen(
    first: Integers, second: Integers, weighting: Weighting | str = Weighting.NONE, confidence: float = 0.95
) -> Estimate:
    """κ of two annotators on the same tasks (Cohen 1960, 1968), with the interval of Fleiss, Cohen and Everitt (1969).

    `first` and `second` are class numbers, (tasks,). The interval is asymptotic: with few tasks it is too narrow.
    """
    first, second = np.asarray(first, np.int64), np.asarray(second, np.int64)
    if first.shape != second.shape or first.ndim != 1:
        raise ValueError("first and second must be flat arrays of one length")
    if not first.size:
        return Estimate(None, reason=Reason.NO_OVERLAP)
    classes = int(max(first.max(), second.max())) + 1
    table = np.bincount(first * classes + second, minlength=classes**2).reshape(classes, classes) / len(first)
    agree = agreement_weights(classes, weighting)
    by_chance = float(table.sum(axis=1) @ agree @ table.sum(axis=0))
    if by_chance >= 1 - 1e-12:
        return Estimate(None, n=len(first), reason=Reason.NO_CHANCE)
    kappa = (float((agree * table).sum()) - by_chance) / (1 - by_chance)
    error = _cohen_error(table, agree, kappa, by_chance) / np.sqrt(len(first))
    reach = float(ndtri((1 + confidence) / 2)) * error
    return Estimate(kappa, max(kappa - reach, -1.0), min(kappa + reach, 1.0), len(first))


def between(votes: Votes, one: int, other: int, weighting: Weighting | str = Weighting.NONE) -> Estimate:
    """Cohen's κ of two annotators on the tasks that both labelled."""
    votes = latest(votes)
    mine, theirs = votes.annotator == one, votes.annotator == other
    _, left, right = np.intersect1d(votes.task[mine], votes.task[theirs], assume_unique=True, return_indices=True)
    return cohen(votes.value[mine][left], votes.value[theirs][right], weighting)


def fleiss(votes: Votes, classes: int, resampling: Resampling | None = None) -> Estimate:
    """κ of many annotators (Fleiss 1971), with a bootstrap interval over tasks.

    Fleiss asks for the same number of votes on each task; where the numbers differ, each task's agreement counts once.
    """
    cells = cells_of(classes_of(votes, classes))
    tasks = int(cells.tasks.sum())
    if not tasks:
        return Estimate(None, reason=Reason.NO_OVERLAP)
    if len(cells.values) == 1:
        return Estimate(None, n=tasks, reason=Reason.NO_VARIATION)
    agreed = _agreed(cells)

    def statistic(number: Floats) -> float:
        given = margins(cells, number)
        by_chance = float(given @ given) / float(given.sum()) ** 2
        observed = float(number @ agreed) / float(number.sum())
        return (observed - by_chance) / (1 - by_chance) if by_chance < 1 else float("nan")

    low, high = interval(statistic, cells.tasks, resampling or Resampling())
    return Estimate(statistic(cells.tasks.astype(float)), low, high, tasks)


def percent_agreement(votes: Votes, resampling: Resampling | None = None) -> Estimate:
    """The chance that two annotators of the same task gave the same value, each task counted once."""
    cells = cells_of(votes)
    tasks = int(cells.tasks.sum())
    if not tasks:
        return Estimate(None, reason=Reason.NO_OVERLAP)
    agreed = _agreed(cells)

    def statistic(number: Floats) -> float:
        return float(number @ agreed) / float(number.sum())

    low, high = interval(statistic, cells.tasks, resampling or Resampling())
    return Estimate(statistic(cells.tasks.astype(float)), low, high, tasks)


def agreement_weights(classes: int, weighting: Weighting | str) -> Floats:
    """1 for the same class down to 0 for the farthest, (classes, classes)."""
    step = np.abs(np.subtract.outer(np.arange(classes), np.arange(classes))) / max(classes - 1, 1)
    kinds = {Weighting.NONE: step > 0, Weighting.LINEAR: step, Weighting.QUADRATIC: step**2}
    return 1 - kinds[Weighting(weighting)].astype(float)


def _cohen_error(table: Floats, agree: Floats, kappa: float, by_chance: float) -> float:
    """The standard error of (weighted) κ for one task, from the table of shares (Fleiss, Cohen and Everitt 1969)."""
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    mean = (agree @ columns)[:, None] + (rows @ agree)[None, :]
    square = (table * (agree - mean * (1 - kappa)) ** 2).sum() - (kappa - by_chance * (1 - kappa)) ** 2
    return float(np.sqrt(max(square, 0.0)) / (1 - by_chance))


def _agreed(cells: Cells) -> Floats:
    """The share of pairs of votes that agree on each unit, (units,)."""
    return (np.bincount(cells.unit, cells.votes**2) - cells.size) / (cells.size * (cells.size - 1))
