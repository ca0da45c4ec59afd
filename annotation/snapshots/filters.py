"""Which judgments a snapshot takes."""

from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.utils.translation import gettext as _

from annotation.adjudication import settled
from annotation.models import Assignment, JudgmentVersion, Project
from annotation.models.projects import Kind
from api.refusals import Invalid

WORDS = {
    "kind": ("kind", Kind.values),
    "purpose": ("judgment__assignment__purpose", Assignment.Purpose.values),
    "origin": ("judgment__assignment__annotator__origin", ["person", "imported", "simulated"]),
    "annotator": ("judgment__assignment__annotator__pseudonym", None),
    "group": ("judgment__assignment__annotator__groups__name", None),
    "settled": ("settled", [settled.INSTEAD]),
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
        else:
            known = ", ".join([*WORDS, *MOMENTS])
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
        else:
            found = found.filter(**{MOMENTS[name]: moment(name, value)})
    return found.distinct() if "group" in filters else found
