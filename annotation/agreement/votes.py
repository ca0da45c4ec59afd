"""Votes as plain arrays, and figures that carry their interval or the reason why there is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Votes(NamedTuple):
    """One row a vote: task and annotator count from 0, the value is a class number or an amount, NaN is no vote."""

    task: Integers
    annotator: Integers
    value: NDArray[Any]


class Reason(StrEnum):
    """Why a figure cannot be given; a page translates it by its name."""

    NO_VOTES = "There are no votes."
    NO_OVERLAP = "No task has votes by two annotators."
    NO_VARIATION = "Every vote is the same, so agreement cannot be told from chance."
    NO_CHANCE = "Chance alone would already agree always."
    TOO_MANY_VALUES = "There are too many different values for this level of measurement."
    TOO_FEW = "There are too few judgments."
    NO_COMMON_ORDER = "The votes share no common order, so nobody's reliability can be told."


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval and the count that it stands on; without a value, the reason."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    reason: Reason | None = None


class Figures(NamedTuple):
    """Many figures at once, an array each; NaN is unknown."""

    value: Floats
    low: Floats
    high: Floats


def from_table(table: Sequence[Sequence[float | None]]) -> Votes:
    """Votes of a table with a row per annotator and a column per task, where None or NaN is no vote."""
    cells = np.array([[np.nan if cell is None else cell for cell in row] for row in table], dtype=float)
    annotator, task = np.nonzero(~np.isnan(cells))
    return Votes(task, annotator, cells[annotator, task])


def checked(votes: Votes) -> Votes:
    """The same votes as arrays of the right types, the missing ones left out; ValueError for what is malformed."""
    task, annotator, value = (np.asarray(column) for column in votes)
    if not task.shape == annotator.shape == value.shape or task.ndim != 1:
        raise ValueError("task, annotator and value must be flat arrays of one length")
    if task.size and not (np.issubdtype(task.dtype, np.integer) and np.issubdtype(annotator.dtype, np.integer)):
        raise ValueError("task and annotator must be whole numbers")
    if task.size and min(task.min(), annotator.min()) < 0:
        raise ValueError("task and annotator must count from 0")
    if np.issubdtype(value.dtype, np.floating):
        if np.isinf(value).any():
            raise ValueError("a value must be finite")
        there = ~np.isnan(value)
        task, annotator, value = task[there], annotator[there], value[there]
    return Votes(task.astype(np.int64), annotator.astype(np.int64), value)


def latest(votes: Votes) -> Votes:
    """The last vote of each annotator on each task: agreeing with oneself is no agreement between people."""
    votes = checked(votes)
    if not votes.task.size:
        return votes
    key = votes.task * (votes.annotator.max() + 1) + votes.annotator
    _, from_the_end = np.unique(key[::-1], return_index=True)
    keep = np.sort(len(key) - 1 - from_the_end)
    return Votes(*(column[keep] for column in votes))


def pairable(votes: Votes) -> Votes:
    """The latest votes on tasks that at least two annotators labelled."""
    votes = latest(votes)
    shared = np.bincount(votes.task)[votes.task] >= 2 if votes.task.size else np.zeros(0, bool)
    return Votes(*(column[shared] for column in votes))


def classes_of(votes: Votes, classes: int) -> Votes:
    """The latest votes with whole class numbers below `classes`; ValueError for any other value."""
    votes = latest(votes)
    value = votes.value.astype(np.int64)
    if (value != votes.value).any() or (value.size and (value.min() < 0 or value.max() >= classes)):
        raise ValueError(f"a class must be a whole number from 0 to {classes - 1}")
    return votes._replace(value=value)
