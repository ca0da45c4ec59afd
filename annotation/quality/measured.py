"""What one kind of question gave, in one form for all kinds."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from annotation.agreement.votes import Estimate, Figures, Floats, Integers


@dataclass(frozen=True)
class Agreement:
    """One coefficient, of the whole kind or of one aspect."""

    measure: str  # a key of `annotation.quality.words.MEASURES`
    estimate: Estimate
    aspect: str = ""


@dataclass(frozen=True)
class Tasks:
    """A row each task; NaN where nothing can be said."""

    task: Integers  # positions
    votes: Integers
    agreement: Floats  # plain share between two votes
    disagreement: Floats
    uncertainty: Floats
    consensus: list[dict[str, Any]]

    @property
    def places(self) -> Integers:
        """1 for the most disputed, then on; 0 where no votes compare. Equal ones by uncertainty, then as imported."""
        places = np.zeros(len(self.task), np.int64)
        twice = np.flatnonzero(~np.isnan(self.agreement))
        worse = [np.round(np.nan_to_num(column[twice]), 9) for column in (self.uncertainty, self.disagreement)]
        order = twice[np.lexsort((self.task[twice], -worse[0], -worse[1]))]
        places[order] = np.arange(1, len(order) + 1)
        return places


@dataclass(frozen=True)
class Reliability:
    """How far each annotator's votes can be relied upon, on the scale of a model."""

    measure: str  # "slope", "chance" or "signal"
    annotator: Integers  # places in the sheet's annotators
    figures: Figures


@dataclass(frozen=True)
class Measured:
    """Consensus and reliability, as the model of the kind gives them."""

    name: str  # the kind; "cardinal_single" for amounts about one response
    tasks: Tasks
    reliability: Reliability
    model: dict[str, Any] = field(default_factory=dict)  # how the fit went

    @property
    def kind(self) -> str:
        return self.name.removesuffix("_single")


def numbered(values: Integers) -> tuple[Integers, Integers]:
    """The different values, and the place of each among them."""
    names, places = np.unique(values, return_inverse=True)
    return names, places


def counted(group: Integers, groups: int, rows: Any = None) -> Integers:
    return np.bincount(group if rows is None else group[rows], minlength=groups)


def same_share(unit: Integers, code: Integers, units: int) -> Floats:
    """The share of pairs of votes on each unit that are the same, (units,); NaN below two votes."""
    size = np.bincount(unit, minlength=units).astype(float)
    width = int(code.max()) + 1 if code.size else 1
    key, count = np.unique(unit * width + code, return_counts=True)
    same = np.bincount(key // width, count.astype(float) ** 2, units) - size
    return over_pairs(same, size)


def mean_difference(unit: Integers, value: Floats, units: int) -> Floats:
    """The mean distance between two votes of each unit, (units,); NaN below two votes."""
    order = np.lexsort((value, unit))
    size = np.bincount(unit, minlength=units)
    place = np.arange(len(unit)) - (np.cumsum(size) - size)[unit[order]]
    weight = 2 * place - size[unit[order]] + 1  # Σ_{i<j} (x_j − x_i) of sorted x is Σ (2 i − m + 1) x_i
    total = np.bincount(unit[order], (2 * weight * value[order]).astype(np.float64), units).astype(np.float64)
    return over_pairs(total, size.astype(np.float64))


def over_pairs(total: Floats, size: Floats) -> Floats:
    """A sum over ordered pairs as a mean; NaN where there is no pair."""
    pairs = size * (size - 1)
    return np.where(pairs > 0, total / np.where(pairs > 0, pairs, 1), np.nan)


def entropy(chance: Floats) -> Floats:
    """Of a yes or no, 0 for sure to 1 for a coin."""
    chance = np.clip(chance, 1e-15, 1 - 1e-15)
    return np.clip(-(chance * np.log2(chance) + (1 - chance) * np.log2(1 - chance)), 0.0, 1.0)


def rounded(*values: float) -> list[float | None]:
    """As JSON holds it: what is not known is null."""
    return [None if np.isnan(value) else round(float(value), 6) for value in values]
