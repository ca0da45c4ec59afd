"""Binary questions: desirable or not."""

from typing import Any

import numpy as np

from annotation.agreement import calibration, classes
from annotation.agreement.votes import Floats, Integers, Votes
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


def measure(sheet: Sheet, known: dict[int, int]) -> Measured | None:
    """`known` are the right classes of gold tasks by position: they temper how sure the consensus is."""
    rows = sheet.rows("binary", LABEL)
    if not rows.size:
        return None
    (names, task), (people, annotator) = numbered(sheet.task[rows]), numbered(sheet.annotator[rows])
    votes = Votes(task, annotator, sheet.desirable[rows])
    fit = classes.consensus(votes, 2)
    gold = [(place, known[position]) for place, position in enumerate(names.tolist()) if position in known]
    places, right = np.array(gold, np.int64).reshape(-1, 2).T
    tempering = calibration.temper(fit.posterior, places, right)
    chance = tempering.apply(fit.posterior)[:, 1]
    return Measured(
        "binary",
        tasks_of(names, votes, chance, fit.disagreement),
        Reliability("chance", people, fit.reliability),
        {
            "converged": bool(fit.converged),
            "temperature": rounded(*(np.nan if part is None else part for part in parts(tempering))),
            "gold_tasks": len(gold),
        },
    )


def parts(tempering: calibration.Tempering) -> tuple[float | None, float | None, float | None]:
    found = tempering.temperature
    return found.value, found.low, found.high


def tasks_of(names: Integers, votes: Votes, chance: Floats, disagreement: Floats) -> Tasks:
    count = len(names)
    yes = counted(votes.task, count, votes.value == 1)
    no = counted(votes.task, count) - yes
    return Tasks(
        names,
        yes + no,
        same_share(votes.task, votes.value, count),
        disagreement,
        entropy(chance),
        [described(chance[place], int(yes[place]), int(no[place])) for place in range(count)],
    )


def described(chance: float, yes: int, no: int) -> dict[str, Any]:
    return {"desirable": rounded(chance)[0], "votes": {"yes": yes, "no": no}}
