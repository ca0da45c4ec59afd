"""Votes counted by task and value, and the coincidence matrix of Krippendorff (2011)."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotation.agreement.votes import Floats, Integers, Votes, pairable

MOST_MERGED = 32  # with more values hardly two tasks are alike, and comparing them costs more than it saves


class Cells(NamedTuple):
    """How many votes gave which value to which unit: tasks that got the same votes, two at least, are one unit."""

    unit: Integers  # (cells,) ascending
    code: Integers  # (cells,) place of the value in `values`
    votes: Floats  # (cells,) on each of the unit's tasks
    size: Floats  # (units,) votes on each of the unit's tasks
    tasks: Integers  # (units,) how many tasks are this unit
    values: NDArray[Any]  # (distinct values,) ascending


def cells_of(votes: Votes) -> Cells:
    """The cells of the votes that can be paired; a lone vote on a task says nothing about agreement."""
    votes = pairable(votes)
    values, code = np.unique(votes.value, return_inverse=True)
    _, unit = np.unique(votes.task, return_inverse=True)
    key, number = np.unique(unit * max(len(values), 1) + code, return_counts=True)
    size = np.bincount(unit).astype(float)
    cells = Cells(
        key // max(len(values), 1),
        key % max(len(values), 1),
        number.astype(float),
        size,
        np.ones(len(size), np.int64),
        values,
    )
    return _merged(cells) if 0 < len(values) <= MOST_MERGED else cells


def table(cells: Cells) -> Floats:
    """How many votes gave which value, (units, values)."""
    counts = np.zeros((len(cells.size), len(cells.values)))
    counts[cells.unit, cells.code] = cells.votes
    return counts


def margins(cells: Cells, weight: Floats) -> Floats:
    """How often each value was given, (values,), with each unit's number of tasks, (units,)."""
    return np.bincount(cells.code, cells.votes * weight[cells.unit], len(cells.values)).astype(float)


def matrix(votes: Votes) -> tuple[NDArray[Any], Floats]:
    """The values and their coincidences o_ck = Σ_u n_uc (n_uk − [c = k]) / (m_u − 1), (values, values)."""
    cells = cells_of(votes)
    counts = table(cells)
    share = counts * (cells.tasks / (cells.size - 1))[:, None]
    return cells.values, (counts.T @ share - np.diag(share.sum(axis=0))).astype(float)


def _merged(cells: Cells) -> Cells:
    """The same cells with equal tasks as one unit."""
    counts, tasks = np.unique(table(cells), axis=0, return_counts=True)
    unit, code = np.nonzero(counts)
    return Cells(unit, code, counts[unit, code], counts.sum(axis=1), tasks, cells.values)
