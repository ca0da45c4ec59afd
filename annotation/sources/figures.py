"""All figures of a comparison of sources, as a report keeps them: measured by order, then in each unit of money."""

import math
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from annotation.agreement import strengths, worth
from annotation.agreement.strengths import Strengths
from annotation.agreement.votes import Figures
from annotation.agreement.worth import Decisive, Difference, Worth
from annotation.models import Project, Snapshot
from annotation.sources import meetings
from annotation.sources.gathering import Gathered, Progress, gather
from annotation.sources.verdicts import verdict

DIGITS = 6
MOST_DECISIVE = 8
MOST_SOURCES = 60  # of which all pairs can be read
Figure = dict[str, Any]


def compute(project: Project, snapshot: Snapshot | None, progress: Progress) -> Figure:
    """Read, measure, describe; nothing is written."""
    rows, total = meetings.of(project, snapshot)
    read = meetings.Meetings(rows)
    found = gather(read, total, lambda share, phase: progress(0.5 * share, phase))
    counts = {"judgments": sum(read.used.values()), "used": dict(+read.used), "left_out": dict(+read.left_out)}
    progress(0.5, _("Drawing prompts again for the intervals"))
    return {**counts, **of(found, progress)}


def of(found: Gathered, progress: Progress) -> Figure:
    """The figures of what was gathered; without a meeting, of nothing."""
    names = list(found.sources)
    if not found.verdicts or len(names) > MOST_SOURCES:
        return {"sources": names, "order": None, "money": []}
    by_order = strengths.measure(found.contests(), len(names))
    assert by_order is not None
    money = []
    for place, unit in enumerate(sorted(found.amounts, key=lambda unit: -len(found.amounts[unit]))):
        progress(0.75 + 0.2 * place / len(found.amounts), _("Comparing amounts"))
        in_money = worth.measure(found.payments(unit), most=MOST_DECISIVE)
        assert in_money is not None
        money.append(told_in_money(unit, in_money, found, names))
    extent = {"prompts": len(found.prompts), "conversations": len(found.clusters), "annotators": len(found.annotators)}
    return {"sources": names, **extent, "order": told_by_order(by_order, names), "money": money}


def told_by_order(found: Strengths, names: Sequence[str]) -> Figure:
    return {
        "resampled": found.resampled,
        "is_finite": found.is_finite,
        "strengths": [
            {
                "source": name,
                "group": int(found.group[place]),
                "strength": figure(found.strength, place),
                "at_equal_length": figure(found.at_equal_length, place),
                "field": figure(found.field, place),
                "rank": figure(found.rank, place),
                "best": known(found.best[place]),
            }
            for place, name in enumerate(names)
        ],
        "pairs": [
            {
                "first": names[one.first],
                "second": names[one.second],
                "win_rate": {"value": known(one.value), "low": known(one.low), "high": known(one.high)},
                "wins": one.wins,
                "ties": one.ties,
                "losses": one.losses,
                "prompts": one.prompts,
            }
            for one in found.rates
        ],
        "side": figure(found.side, 0),
        "length": figure(found.length, 0),
    }


def told_in_money(unit: tuple[str, str], found: Worth, gathered: Gathered, names: Sequence[str]) -> Figure:
    currency, elicitation = unit
    return {
        "currency": currency,
        "elicitation": elicitation,
        "are_scaled": found.are_scaled,
        "scales": known(found.scales),
        "amounts": sum(one.amounts for one in found.differences),
        "pairs": [told_difference(one, gathered, names) for one in found.differences],
    }


def told_difference(one: Difference, gathered: Gathered, names: Sequence[str]) -> Figure:
    return {
        "first": names[one.first],
        "second": names[one.second],
        "difference": {"value": known(one.value), "low": known(one.low), "high": known(one.high)},
        "total": known(one.total),
        "bounds": {"low": known(one.least), "high": known(one.most)},
        "as_said": known(one.as_said),
        "win_rate": {"value": known(one.order), "low": known(one.order_low), "high": known(one.order_high)},
        "amounts": one.amounts,
        "prompts": one.prompts,
        "zeros": one.zeros,
        "open_above": one.open_above,
        "turning": one.turning,
        "verdict": verdict(one),
        "decisive": [told_prompt(part, one, gathered, names) for part in one.decisive],
    }


def told_prompt(part: Decisive, one: Difference, gathered: Gathered, names: Sequence[str]) -> Figure:
    asked = gathered.asked[part.prompt, one.first, one.second]
    return {
        "task": asked.task,
        "first": asked.answers[names[one.first]],
        "second": asked.answers[names[one.second]],
        "amount": known(part.amount),
        "share": known(part.share),
        "score": known(part.score),
    }


def figure(found: Figures, place: int) -> Figure:
    value, low, high = (known(part[place]) for part in found)
    return {"value": value, "low": low, "high": high}


def known(value: float) -> float | None:
    """With a few digits; None for what is unknown or without bounds."""
    return round(float(value), DIGITS) if math.isfinite(value) else None
