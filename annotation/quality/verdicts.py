"""Pairwise questions: which is better, and how clearly."""

from typing import Any

import numpy as np

from annotation.agreement import pairs
from annotation.agreement.pairs import Comparisons, PairConsensus
from annotation.agreement.votes import Integers
from annotation.quality.measured import (
    Measured,
    Reliability,
    Tasks,
    counted,
    entropy,
    numbered,
    rounded,
    same_share,
)
from annotation.quality.sheets import LABEL, Sheet


def measure(sheet: Sheet) -> Measured | None:
    """None where nobody answered such a question."""
    rows = sheet.rows("pairwise", LABEL)
    if not rows.size:
        return None
    (names, task), (people, annotator) = numbered(sheet.task[rows]), numbered(sheet.annotator[rows])
    choice, grade = sheet.choice[rows], grades(sheet, rows)
    _items, item = np.unique(np.concatenate([sheet.first[rows], sheet.second[rows]]), return_inverse=True)
    first, second = item[: len(rows)], item[len(rows) :]
    fit = pairs.consensus(Comparisons(task, annotator, first, second, grade, sheet.side[rows]))
    assert fit is not None
    return Measured(
        "pairwise",
        tasks_of(names, task, choice, fit),
        Reliability("slope", people, fit.slope),
        {"converged": bool(fit.converged), "strengths": bool(np.abs(grade).max() > 1), "cuts": rounded(*fit.cuts)},
    )


def grades(sheet: Sheet, rows: Integers) -> Integers:
    """Verdicts with their strength, where every verdict with a winner has one; else the choice alone."""
    choice, strength = sheet.choice[rows], sheet.strength[rows]
    return choice * strength if (strength[choice != 0] > 0).all() else choice


def tasks_of(names: Integers, task: Integers, choice: Integers, fit: PairConsensus) -> Tasks:
    count = len(names)
    votes = np.stack([counted(task, count, choice == side) for side in (1, 0, -1)], axis=1)
    return Tasks(
        names,
        votes.sum(axis=1),
        same_share(task, choice + 1, count),
        fit.disagreement,
        entropy(fit.first_better),
        [described(fit, place, votes[place]) for place in range(count)],
    )


def described(fit: PairConsensus, place: int, votes: Integers) -> dict[str, Any]:
    """The chance that the task's first response is the better one, how much better it is, and who said what."""
    first, tie, second = (int(count) for count in votes)
    return {
        "first_better": rounded(fit.first_better[place])[0],
        "difference": rounded(*(part[place] for part in fit.difference)),
        "votes": {"first": first, "tie": tie, "second": second},
    }
