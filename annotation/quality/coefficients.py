"""How far people agree, kind by kind: the coefficients alone, without a model of consensus."""

from collections.abc import Callable

import numpy as np

from annotation.agreement import orders as rankings
from annotation.agreement.alpha import krippendorff
from annotation.agreement.kappa import between, fleiss, percent_agreement
from annotation.agreement.votes import Integers, Votes
from annotation.quality import money, orders, verdicts
from annotation.quality.measured import Agreement, numbered
from annotation.quality.sheets import LABEL, Sheet


def of(sheet: Sheet) -> dict[str, list[Agreement]]:
    """Of each kind that was judged; the first one is the one to look at."""
    found = {name: coefficients(sheet) for name, coefficients in KINDS.items()}
    return {name: several for name, several in found.items() if several}


def pairwise(sheet: Sheet) -> list[Agreement]:
    """Of the choice, and by order where strengths are said."""
    rows = sheet.rows("pairwise", LABEL)
    if not rows.size:
        return []
    votes, grades = of_rows(sheet, rows, sheet.choice[rows] + 1), verdicts.grades(sheet, rows)
    return [*nominal(votes, 3), Agreement("alpha_ordinal", krippendorff(votes._replace(value=grades), "ordinal"))]


def binary(sheet: Sheet) -> list[Agreement]:
    rows = sheet.rows("binary", LABEL)
    return nominal(of_rows(sheet, rows, sheet.desirable[rows]), 2) if rows.size else []


def cardinal(sheet: Sheet) -> list[Agreement]:
    """Of signed amounts, and of the side alone."""
    rows, _rest = money.in_one_currency(sheet, pairs=True)
    if not rows.size:
        return []
    value = sheet.choice[rows] * sheet.amount[rows]
    sides = of_rows(sheet, rows, sheet.choice[rows] + 1)
    return [
        Agreement("alpha_interval", krippendorff(sides._replace(value=value), "interval")),
        Agreement("percent", percent_agreement(sides)),
    ]


def cardinal_single(sheet: Sheet) -> list[Agreement]:
    rows, _rest = money.in_one_currency(sheet, pairs=False)
    votes = of_rows(sheet, rows, sheet.amount[rows])
    return [Agreement("alpha_interval", krippendorff(votes, "interval"))] if rows.size else []


def ranking(sheet: Sheet) -> list[Agreement]:
    """Intervals are over tasks: the pairs of one ranking hang together."""
    _items, found = orders.pairs_of(sheet, sheet.rows("ranking", LABEL))
    if not found.row.size:
        return []
    return [Agreement("kendall_tau", rankings.mean_concordance(orders.tau(sheet, found)))]


def rating(sheet: Sheet) -> list[Agreement]:
    """Of each aspect by order; over several, of the marks less their aspect's mean."""
    part = np.flatnonzero(np.isin(sheet.parts.row, sheet.rows("rating", LABEL)))
    if not part.size:
        return []
    row, aspect, mark = sheet.parts.row[part], sheet.parts.aspect[part], sheet.parts.value[part].astype(float)
    each = []
    for number in np.unique(aspect):
        mine = aspect == number
        votes = of_rows(sheet, row[mine], mark[mine])
        each.append(Agreement("alpha_ordinal", krippendorff(votes, "ordinal"), sheet.aspects[number]))
    if len(each) == 1:
        return each
    mean = np.bincount(aspect, mark) / np.maximum(np.bincount(aspect), 1)
    centred = Votes(sheet.task[row] * len(sheet.aspects) + aspect, sheet.annotator[row], mark - mean[aspect])
    return [Agreement("alpha_interval", krippendorff(centred, "interval")), *each]


def of_rows(sheet: Sheet, rows: Integers, value: np.ndarray) -> Votes:
    """Votes with tasks and annotators numbered from 0."""
    return Votes(numbered(sheet.task[rows])[1], numbered(sheet.annotator[rows])[1], value)


def nominal(votes: Votes, classes: int) -> list[Agreement]:
    """α, plain agreement and Fleiss' κ; Cohen's κ where there are exactly two people."""
    found = [
        Agreement("alpha_nominal", krippendorff(votes, "nominal")),
        Agreement("percent", percent_agreement(votes)),
        Agreement("fleiss_kappa", fleiss(votes, classes)),
    ]
    if votes.annotator.max() == 1:
        found.append(Agreement("cohen_kappa", between(votes, 0, 1)))
    return found


KINDS: dict[str, Callable[[Sheet], list[Agreement]]] = {
    "pairwise": pairwise,
    "cardinal": cardinal,
    "cardinal_single": cardinal_single,
    "binary": binary,
    "ranking": ranking,
    "rating": rating,
}
