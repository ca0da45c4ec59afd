"""Ranking questions: responses from best to worst."""

from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from annotation.agreement import orders, pairs
from annotation.agreement.pairs import Comparisons, PairConsensus
from annotation.agreement.votes import Floats, Integers
from annotation.quality.measured import Measured, Reliability, Tasks, counted, entropy, numbered
from annotation.quality.sheets import LABEL, Items, Sheet, item_id


class Pairs(NamedTuple):
    """Every pair of every ranking, a row each; `sign` is 1 where the first is better."""

    row: Integers  # of the sheet
    first: Integers  # place in the items
    second: Integers
    sign: Integers


def measure(sheet: Sheet) -> Measured | None:
    """A ranking of k counts as k (k − 1) / 2 verdicts. These hang together, so its intervals are too narrow."""
    rows = sheet.rows("ranking", LABEL)
    items, found = pairs_of(sheet, rows)
    if not found.row.size:
        return None
    names, task = numbered(sheet.task[found.row])
    people, annotator = numbered(sheet.annotator[found.row])
    unit = units_of(task, found)
    side = np.zeros_like(unit)
    fit = pairs.consensus(Comparisons(unit, annotator, found.first, found.second, found.sign, side))
    assert fit is not None
    _same, judged = numbered(sheet.task[rows])
    alike = (tau(sheet, found) + 1) / 2
    return Measured(
        "ranking",
        tasks_of(names, counted(judged, len(names)), alike, Fitted(fit, items, found, unit, task)),
        Reliability("slope", people, fit.slope),
        {"converged": bool(fit.converged)},
    )


def units_of(task: Integers, found: Pairs) -> Integers:
    """A number for each pair of responses of each task."""
    return np.unique(np.stack([task, found.first, found.second]), axis=1, return_inverse=True)[1]


def tau(sheet: Sheet, found: Pairs) -> Floats:
    """Kendall's τ between two people on each task, in the order of positions."""
    names, task = numbered(sheet.task[found.row])
    return orders.concordance(task, units_of(task, found), found.sign, len(names))


def pairs_of(sheet: Sheet, rows: Integers) -> tuple[Items, Pairs]:
    """The different responses, and the pairs: of two responses the one with the smaller id goes first."""
    part = np.flatnonzero(np.isin(sheet.parts.row, rows))
    items, item = np.unique(sheet.parts.item[part], return_inverse=True)
    order = np.lexsort((item, sheet.parts.row[part]))
    row, item, rank = sheet.parts.row[part][order], item[order], sheet.parts.value[part][order]
    starts = np.flatnonzero(np.r_[True, row[1:] != row[:-1]]) if row.size else np.zeros(0, np.int64)
    sizes = np.diff(np.r_[starts, len(row)])
    columns: list[list[Integers]] = [[], [], [], []]
    for size in np.unique(sizes):
        begin = starts[sizes == size]
        for one, other in combinations(range(int(size)), 2):
            first, second = begin + one, begin + other
            for column, values in zip(
                columns,
                (row[begin], item[first], item[second], np.sign(rank[second] - rank[first])),
                strict=True,
            ):
                column.append(values)
    joined = [np.concatenate(column) if column else np.zeros(0, np.int64) for column in columns]
    return items, Pairs(*joined)


class Fitted(NamedTuple):
    fit: PairConsensus
    items: Items
    pairs: Pairs
    unit: Integers  # of each row of pairs
    task: Integers  # of each row of pairs


def tasks_of(names: Integers, votes: Integers, agreement: Floats, fitted: Fitted) -> Tasks:
    """Disagreement and uncertainty of a task are the means over its pairs of responses."""
    count = len(names)
    _units, leader = np.unique(fitted.unit, return_index=True)
    task = fitted.task[leader]
    size = np.maximum(counted(task, count), 1)
    differ = np.bincount(task, np.nan_to_num(fitted.fit.disagreement), count) / size
    unsure = np.bincount(task, entropy(fitted.fit.first_better), count) / size
    members: list[set[int]] = [set() for _ in range(count)]
    for place, row in zip(task, leader, strict=True):
        members[place] |= {int(fitted.pairs.first[row]), int(fitted.pairs.second[row])}
    return Tasks(
        names,
        votes,
        agreement,
        np.where(votes >= 2, differ, np.nan),
        unsure,
        [described(fitted, found, int(n)) for found, n in zip(members, votes, strict=True)],
    )


def described(fitted: Fitted, members: set[int], votes: int) -> dict[str, Any]:
    """The responses from best to worst with their utilities."""
    best_first = sorted(members, key=lambda item: -fitted.fit.utility[item])
    return {
        "order": [item_id(fitted.items[item]) for item in best_first],
        "utilities": [round(float(fitted.fit.utility[item]), 6) for item in best_first],
        "votes": votes,
    }
