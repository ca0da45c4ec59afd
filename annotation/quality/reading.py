"""Judgments out of the database into a sheet, streamed; and how many were left out, and why."""

from collections.abc import Callable
from typing import Any

from django.db.models import Case, CharField, Count, OuterRef, QuerySet, Subquery, Value, When
from django.utils.translation import gettext as _

from annotation.models import Judgment, JudgmentVersion, Project, TaskResponse
from annotation.quality.sheets import KINDS, PURPOSES, Gathering, Sheet, number
from annotation.snapshots import filters

CHUNK = 5_000
Progress = Callable[[float, str], None]
OF = "judgment__assignment__"
FIELDS = (
    f"{OF}task__position", f"{OF}annotator_id", f"{OF}annotator__origin", f"{OF}purpose", f"{OF}shown_order__0",
    "kind", "preferred_id", "answer__strength", "answer__order", "answer__ratings", "amount_low", "amount_high",
    "currency", "desirable", "duration_ms", "judgment__created_at", "first", "second",
)  # fmt: skip


def counting(project: Project) -> QuerySet[JudgmentVersion]:
    """The versions that figures are about."""
    return filters.select(project, {"purpose": PURPOSES})


def read(project: Project, progress: Progress = lambda share, phase: None) -> Sheet:
    """Every judgment of the project that counts; progress goes from 0 to 1."""
    return read_versions(counting(project), progress)


def read_versions(found: QuerySet[JudgmentVersion], progress: Progress = lambda share, phase: None) -> Sheet:
    """These versions, streamed."""
    total = max(1, found.count())
    gathering = Gathering()
    rows = found.annotate(first=response_at(0), second=response_at(1)).values_list(*FIELDS)
    for count, row in enumerate(rows.iterator(chunk_size=CHUNK), start=1):
        add(gathering, *row)
        if count % CHUNK == 0:
            progress(min(1.0, count / total), _("Reading judgments"))
    return gathering.sheet()


def response_at(position: int) -> Subquery:
    places = TaskResponse.objects.filter(task=OuterRef(f"{OF}task_id"), position=position)
    return Subquery(places.values("response_id")[:1])


def add(gathering: Gathering, *row: Any) -> None:
    """One row of FIELDS."""
    task, annotator, origin, purpose, shown_first, kind, preferred, strength, order, ratings = row[:10]
    low, high, currency, desirable, duration, at, first, second = row[10:]
    is_pair = kind in ("pairwise", "cardinal") and second is not None
    known_side = is_pair and origin != "imported"  # files do not say what was shown where
    values = {
        "task": task,
        "annotator": number(gathering.annotators, annotator),
        "kind": KINDS.index(kind),
        "purpose": PURPOSES.index(purpose),
        "at": at.timestamp(),
        "seconds": duration / 1_000 if duration else float("nan"),
        "side": (1 if shown_first == 0 else -1) if known_side else 0,
        "choice": 0 if preferred is None else (1 if preferred == first else -1),
        "strength": strength or 0,
        "amount": float("nan") if low is None else float(low if high is None else (low + high) / 2),
        "desirable": int(desirable is True),
        "currency": number(gathering.currencies, currency) if currency else -1,
    }
    place = gathering.add(values, first if is_pair else None, second if is_pair else None)
    for aspect, mark in (ratings or {}).items():
        gathering.add_part(place, mark, aspect=aspect)
    for rank, group in enumerate(order or []):
        for response in group:
            gathering.add_part(place, rank, item=response)


def counts(project: Project) -> dict[str, dict[str, int]]:
    """How many judgments are used, by purpose, and left out, by the first reason that holds."""
    why = Case(
        When(withdrawn_at__isnull=False, then=Value("withdrawn")),
        When(set_aside_at__isnull=False, then=Value("set_aside")),
        When(is_late=True, then=Value("late")),
        When(assignment__task__prompt__taken_down_at__isnull=False, then=Value("taken_down")),
        When(assignment__purpose__in=PURPOSES, then=Value("")),
        default=Value("other_purpose"),
        output_field=CharField(),
    )
    mine = Judgment.objects.filter(project=project).order_by()
    used = dict.fromkeys(PURPOSES, 0)
    left_out: dict[str, int] = {}
    for reason, purpose, count in mine.annotate(why=why).values_list("why", "assignment__purpose", Count("pk")):
        if reason:
            left_out[reason] = left_out.get(reason, 0) + count
        else:
            used[purpose] += count
    versions = JudgmentVersion.objects.filter(judgment__project=project).count()
    left_out["earlier_versions"] = max(0, versions - sum(used.values()) - sum(left_out.values()))
    return {"used": used, "left_out": left_out}
