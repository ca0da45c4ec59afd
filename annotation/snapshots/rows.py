"""Judgments out of the database as rows, in batches: what is frozen, and what lists and exports show."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Annotator, Group
from annotation.feedback.rows import Candidate, Row
from annotation.models import Guidelines, JudgmentVersion, TaskResponse
from annotation.settings import stored_terms

BATCH = 500
OF = "judgment__assignment__"
FIELDS = (
    "pk", "judgment_id", "version", f"{OF}task_id", "kind", f"{OF}purpose", f"{OF}annotator_id",
    f"{OF}annotator__pseudonym", f"{OF}annotator__origin", f"{OF}task__prompt__messages", f"{OF}shown_order", "answer",
    "currency", "guidelines_id", "duration_ms", "judgment__created_at", "outcome", f"{OF}task__sampling",
)  # fmt: skip


class Found(NamedTuple):
    """FIELDS of one version: a model for each of its eight tables would cost more than all else here."""

    key: int
    judgment: UUID
    version: int
    task: UUID
    kind: str
    purpose: str
    annotator_key: UUID
    annotator: str
    origin: str
    prompt: list[dict[str, Any]]
    shown_order: list[int]
    answer: dict[str, Any]
    currency: str
    guidelines: int
    duration_ms: int | None
    created_at: datetime
    outcome: int | None  # what followed from the amount, where something did
    sampling: str


def rows(versions: QuerySet[JudgmentVersion]) -> Iterator[tuple[int, Row]]:
    """(the version's key, the row); the split is left empty."""
    guidelines: dict[int, Guidelines] = {}
    found = map(Found._make, versions.values_list(*FIELDS).iterator(chunk_size=BATCH))
    while batch := list(islice(found, BATCH)):
        guidelines |= Guidelines.objects.in_bulk({one.guidelines for one in batch} - set(guidelines))
        responses = of_tasks({one.task for one in batch})
        groups = of_annotators({one.annotator_key for one in batch})
        for one in batch:
            yield one.key, row(one, responses[one.task], guidelines[one.guidelines], groups[one.annotator_key])


def of_tasks(tasks: set[UUID]) -> dict[UUID, list[Candidate]]:
    found: dict[UUID, list[Candidate]] = {task: [] for task in tasks}
    places = TaskResponse.objects.filter(task__in=tasks).order_by("task", "position")
    for task, pk, text, source in places.values_list("task", "response", "response__text", "response__source"):
        found[task].append(Candidate(str(pk), text, source))
    return found


def of_annotators(annotators: set[UUID]) -> dict[UUID, list[str]]:
    """The names of the groups that each is in now."""
    found: dict[UUID, list[str]] = {annotator: [] for annotator in annotators}
    belongs = Group.annotators.through.objects.filter(annotator__in=annotators).order_by("group__name")
    for annotator, name in belongs.values_list("annotator", "group__name"):
        found[annotator].append(name)
    return found


def row(found: Found, responses: list[Candidate], guidelines: Guidelines, groups: list[str]) -> Row:
    return Row(
        judgment=str(found.judgment),
        version=found.version,
        task=str(found.task),
        kind=found.kind,
        purpose=found.purpose,
        annotator=found.annotator,
        origin=found.origin,
        prompt=found.prompt,
        responses=responses,
        shown_order=[responses[place].id for place in found.shown_order],
        answer=found.answer,
        currency=found.currency,
        guidelines_version=guidelines.version,
        duration_ms=found.duration_ms,
        created_at=timestamp(found.created_at),
        split="",
        elicitation=elicitation(found, guidelines),
        incentive=incentive(found),
        groups=groups,
        sampling=found.sampling,
    )


def incentive(found: Found) -> str:
    """Incentivised exactly where something followed from the amount."""
    if found.kind != "cardinal":
        return ""
    if found.origin == Annotator.Origin.IMPORTED:
        return "unknown"
    return "hypothetical" if found.outcome is None else "incentivised"


def elicitation(found: Found, guidelines: Guidelines) -> str:
    """How the amount was asked for."""
    stakes = incentive(found)
    if stakes in ("", "unknown"):
        return stakes
    if stakes == "incentivised":
        return "bdm"
    says_nothing = found.answer.get("preferred", "single") is None  # said alike whichever way it is asked
    asks_by_list = stored_terms(json.dumps(guidelines.terms)).method == "list"
    return "list" if "rows" in found.answer or (says_nothing and asks_by_list) else "direct"


def timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
