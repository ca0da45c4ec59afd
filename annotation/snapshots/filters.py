"""Which judgments a snapshot takes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.utils.translation import gettext as _

from annotation.adjudication import settled
from annotation.models import Assignment, JudgmentVersion, Project
from annotation.models.projects import Kind
from annotation.models.tasks import Sampling
from api.refusals import Invalid

WORDS = {
    "kind": ("kind", Kind.values),
    "purpose": ("judgment__assignment__purpose", Assignment.Purpose.values),
    "origin": ("judgment__assignment__annotator__origin", ["person", "imported", "simulated"]),
    "annotator": ("judgment__assignment__annotator__pseudonym", None),
    "group": ("judgment__assignment__annotator__groups__name", None),
    "sampling": ("judgment__assignment__task__sampling", Sampling.values),
    "settled": ("settled", [settled.INSTEAD]),
}
# By quality figures that the job computes first, task by task: tasks that they do not compare are left out.
SHARES = {
    "agreement_at_least": "judgment__assignment__task__figure__agreement__gte",
    "agreement_at_most": "judgment__assignment__task__figure__agreement__lte",
}
MOMENTS = {"since": "judgment__created_at__gte", "until": "judgment__created_at__lt"}


def check(filters: Any) -> dict[str, Any]:
    """Filters in one spelling: lists of words, and moments as they were written."""
    if not isinstance(filters, dict):
        raise Invalid(_("Expected an object."), field="filters")
    checked: dict[str, Any] = {}
    for name, value in filters.items():
        if name in WORDS:
            checked[name] = words(name, value)
        elif name in MOMENTS:
            moment(name, value)
            checked[name] = value
        elif name in SHARES:
            checked[name] = share(name, value)
        else:
            known = ", ".join([*WORDS, *MOMENTS, *SHARES])
            raise Invalid(
                _("There is no such filter; there are {known}.").format(known=known), field=f"filters.{name}"[:80]
            )
    return checked


def words(name: str, value: Any) -> list[str]:
    found = [value] if isinstance(value, str) else value
    allowed = WORDS[name][1]
    if not isinstance(found, list) or not found or not all(isinstance(word, str) for word in found):
        raise Invalid(_("Expected a word or a list of words."), field=f"filters.{name}")
    if allowed and (unknown := set(found) - set(allowed)):
        message = _("{word} is none of {known}.").format(word=sorted(unknown)[0][:40], known=", ".join(allowed))
        raise Invalid(message, field=f"filters.{name}")
    return sorted(set(found))


def share(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise Invalid(_("Expected a number from 0 to 1."), field=f"filters.{name}")
    return float(value)


def moment(name: str, value: Any) -> datetime:
    try:
        found = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or not is_aware(found):
        raise Invalid(_("Write a moment like 2026-01-31T12:00:00Z."), field=f"filters.{name}")
    return found


def select(project: Project, filters: dict[str, Any]) -> QuerySet[JudgmentVersion]:
    """The versions that count: not withdrawn, late, set aside or taken down; labels, unless more is asked for."""
    found = JudgmentVersion.objects.filter(
        judgment__project=project,
        version=F("judgment__version"),
        judgment__withdrawn_at=None,
        judgment__is_late=False,
        judgment__set_aside_at=None,
        judgment__assignment__task__prompt__taken_down_at=None,
    )
    if "settled" in filters:
        found = settled.told(found)
    elif "purpose" not in filters:
        found = found.filter(judgment__assignment__purpose=Assignment.Purpose.LABEL)
    for name, value in filters.items():
        if name in WORDS:
            found = found.filter(**{f"{WORDS[name][0]}__in": value})
        elif name in SHARES:
            found = found.filter(**{SHARES[name]: value})
        else:
            found = found.filter(**{MOMENTS[name]: moment(name, value)})
    return found.distinct() if "group" in filters else found


def needs_figures(filters: dict[str, Any]) -> bool:
    return any(name in SHARES for name in filters)


def but_shares(filters: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in filters.items() if name not in SHARES}


@dataclass(frozen=True)
class Tally:
    """What would go into a snapshot now."""

    judgments: int
    tasks: int
    annotators: int
    kinds: dict[str, int]


def tally(project: Project, filters: dict[str, Any]) -> Tally:
    chosen = JudgmentVersion.objects.filter(pk__in=select(project, filters).values("pk"))
    kinds = dict(chosen.order_by().values_list("kind").annotate(count=Count("pk")))
    totals = chosen.aggregate(
        tasks=Count("judgment__assignment__task", distinct=True),
        annotators=Count("judgment__assignment__annotator", distinct=True),
    )
    return Tally(sum(kinds.values()), totals["tasks"], totals["annotators"], kinds)
