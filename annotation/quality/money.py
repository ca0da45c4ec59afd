"""Cardinal questions: what the better response is worth, or what one response is worth."""

from typing import Any

import numpy as np

from annotation.agreement import amounts
from annotation.agreement.amounts import AmountConsensus, Amounts, AmountSettings
from annotation.agreement.votes import Figures, Floats, Integers
from annotation.quality.measured import (
    Measured,
    Reliability,
    Tasks,
    counted,
    mean_difference,
    numbered,
    rounded,
    same_share,
)
from annotation.quality.sheets import LABEL, Sheet

T_VARIANCE = 2.0  # of Student's t of four degrees of freedom, in units of its squared scale


def measure(sheet: Sheet, *, pairs: bool) -> Measured | None:
    """None where nobody answered such a question."""
    kept, others = in_one_currency(sheet, pairs=pairs)
    if not kept.size:
        return None
    (names, task), (people, annotator) = numbered(sheet.task[kept]), numbered(sheet.annotator[kept])
    choice, amount = sheet.choice[kept], sheet.amount[kept]
    value = choice * amount if pairs else amount
    side = sheet.side[kept] if pairs else None
    fit = amounts.consensus(Amounts(task, annotator, value, side), AmountSettings(step=step_of(amount)))
    assert fit is not None
    return Measured(
        "cardinal" if pairs else "cardinal_single",
        tasks_of(names, task, plain(task, choice, amount, len(names), pairs), fit),
        Reliability("signal", people, signal(fit)),
        {
            "converged": bool(fit.converged),
            "currency": sheet.currencies[sheet.currency[kept[0]]],
            "other_currencies": others,
        },
    )


def in_one_currency(sheet: Sheet, *, pairs: bool) -> tuple[Integers, int]:
    """Labels in the commonest currency, and how many are in others: another unit, so they are left out."""
    rows = sheet.rows("cardinal", LABEL, pairs=pairs)
    if not rows.size:
        return rows, 0
    commonest = int(np.bincount(sheet.currency[rows]).argmax())
    kept = rows[sheet.currency[rows] == commonest]
    return kept, len(rows) - len(kept)


def step_of(amount: Floats) -> float:
    """The smallest distance between two different amounts: what they were rounded to."""
    steps = np.diff(np.unique(np.round(amount, 6)))
    return float(max(steps.min(), 1e-6)) if steps.size else 0.01


def plain(task: Integers, choice: Integers, amount: Floats, tasks: int, pairs: bool) -> Floats:
    """For pairs the share that names the same side, for single amounts 1 − |a − b| over the sum of two."""
    if pairs:
        return same_share(task, choice + 1, tasks)
    total = np.bincount(task, amount, tasks) / np.maximum(np.bincount(task, minlength=tasks), 1)
    apart = mean_difference(task, amount, tasks)
    return np.clip(1 - apart / np.where(total > 0, 2 * total, 1), 0.0, 1.0)


def signal(fit: AmountConsensus) -> Figures:
    """The share of the variance of somebody's amounts that comes from the tasks and not from noise, (annotators,)."""

    def share(noise: Floats) -> Floats:
        told = (fit.scale.value * fit.spread) ** 2
        return told / (told + T_VARIANCE * noise**2)

    return Figures(share(fit.noise.value), share(fit.noise.high), share(fit.noise.low))


def tasks_of(names: Integers, task: Integers, agreement: Floats, fit: AmountConsensus) -> Tasks:
    votes = counted(task, len(names))
    return Tasks(
        names,
        votes,
        agreement,
        fit.disagreement,
        unsure(fit),
        [described(fit, place, int(votes[place])) for place in range(len(names))],
    )


def unsure(fit: AmountConsensus) -> Floats:
    """How wide a task's amount is known, as a share of how far amounts spread."""
    deviation = (fit.amount.high - fit.amount.low) / (2 * 1.959964)
    return np.clip(deviation / max(fit.spread, 1e-12), 0.0, 1.0)


def described(fit: AmountConsensus, place: int, votes: int) -> dict[str, Any]:
    """The amount for the average annotator, with its interval; for pairs above 0 where the first is better."""
    return {"amount": rounded(*(part[place] for part in fit.amount)), "votes": votes}
