"""Rating questions: marks from 1 to 5 for each aspect."""

import numpy as np

from annotation.agreement import amounts
from annotation.agreement.amounts import AmountConsensus, Amounts, AmountSettings
from annotation.agreement.votes import Floats, Integers
from annotation.quality import money
from annotation.quality.measured import (
    Measured,
    Reliability,
    Tasks,
    counted,
    mean_difference,
    numbered,
    rounded,
)
from annotation.quality.sheets import LABEL, Sheet

SPAN = 4.0  # between the lowest mark and the highest


def measure(sheet: Sheet) -> Measured | None:
    """One model for all aspects: marks less their aspect's mean, so that aspects that differ count as no signal."""
    rows = sheet.rows("rating", LABEL)
    part = np.flatnonzero(np.isin(sheet.parts.row, rows))
    if not part.size:
        return None
    row, aspect, mark = sheet.parts.row[part], sheet.parts.aspect[part], sheet.parts.value[part].astype(float)
    names, task = numbered(sheet.task[row])
    people, annotator = numbered(sheet.annotator[row])
    width = len(sheet.aspects)
    units, unit = numbered(task * width + aspect)
    mean = np.bincount(aspect, mark, width) / np.maximum(np.bincount(aspect, minlength=width), 1)
    fit = amounts.consensus(Amounts(unit, annotator, mark - mean[aspect]), AmountSettings(step=1.0))
    assert fit is not None
    return Measured(
        "rating",
        tasks_of(names, units // width, fit, Shown(unit, mark, mean, units % width, sheet.aspects, votes(sheet, rows))),
        Reliability("signal", people, money.signal(fit)),
        {"converged": bool(fit.converged)},
    )


def votes(sheet: Sheet, rows: Integers) -> Integers:
    """Judgments on each task, in the order of positions."""
    names, task = numbered(sheet.task[rows])
    return counted(task, len(names))


class Shown:
    """What the figures of tasks are told with: marks by unit, and what a unit is."""

    def __init__(
        self, unit: Integers, mark: Floats, mean: Floats, aspect: Integers, names: list[str], votes: Integers
    ) -> None:
        self.unit, self.mark, self.mean, self.aspect, self.names, self.votes = unit, mark, mean, aspect, names, votes


def tasks_of(names: Integers, task: Integers, fit: AmountConsensus, shown: Shown) -> Tasks:
    """`task` is the task of each unit, (units,). Of several aspects the most disputed speaks for the task."""
    units, count = len(task), len(names)
    alike = 1 - mean_difference(shown.unit, shown.mark, units) / SPAN
    unsure = money.unsure(fit)
    known = ~np.isnan(alike)
    pairs = np.bincount(task, known, count)
    agreement = np.bincount(task, np.where(known, alike, 0.0), count) / np.where(pairs > 0, pairs, 1)
    marks: list[dict[str, list[float | None]]] = [{} for _ in range(count)]
    for place in range(units):
        middle = shown.mean[shown.aspect[place]]
        figures = rounded(*(part[place] + middle for part in fit.amount))
        marks[task[place]][shown.names[shown.aspect[place]]] = figures
    return Tasks(
        names,
        shown.votes,
        np.where(pairs > 0, agreement, np.nan),
        largest(task, fit.disagreement, count),
        largest(task, unsure, count),
        [{"marks": found, "votes": int(n)} for found, n in zip(marks, shown.votes, strict=True)],
    )


def largest(group: Integers, value: Floats, groups: int) -> Floats:
    """The largest known value of each group, (groups,); NaN without one."""
    found = np.full(groups, -np.inf)
    there = ~np.isnan(value)
    np.maximum.at(found, group[there], value[there])
    return np.where(np.isinf(found), np.nan, found)
