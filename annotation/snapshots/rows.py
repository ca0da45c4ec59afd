"""Judgments out of the database as rows, in batches: what is frozen, and what lists and exports show."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Annotator
from annotation.feedback.rows import Candidate, Row
from annotation.models import JudgmentVersion, TaskResponse
from annotation.settings import stored_terms

BATCH = 500


def rows(versions: QuerySet[JudgmentVersion]) -> Iterator[tuple[int, Row]]:
    """(the version's key, the row); the split is left empty."""
    found = versions.select_related(
        "judgment__assignment__task__prompt", "judgment__assignment__annotator", "guidelines", "outcome"
    ).iterator(chunk_size=BATCH)
    for batch in in_batches(found):
        responses = of_tasks({version.judgment.assignment.task_id for version in batch})
        for version in batch:
            yield version.pk, row(version, responses[version.judgment.assignment.task_id])


def in_batches(found: Iterable[JudgmentVersion]) -> Iterator[list[JudgmentVersion]]:
    batch: list[JudgmentVersion] = []
    for version in found:
        batch.append(version)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def of_tasks(tasks: set[UUID]) -> dict[UUID, list[Candidate]]:
    found: dict[UUID, list[Candidate]] = {task: [] for task in tasks}
    places = TaskResponse.objects.filter(task__in=tasks).order_by("task", "position")
    for task, pk, text, source in places.values_list("task", "response", "response__text", "response__source"):
        found[task].append(Candidate(str(pk), text, source))
    return found


def row(version: JudgmentVersion, responses: list[Candidate]) -> Row:
    judgment = version.judgment
    assignment = judgment.assignment
    return Row(
        judgment=str(judgment.pk),
        version=version.version,
        task=str(assignment.task_id),
        kind=version.kind,
        purpose=assignment.purpose,
        annotator=assignment.annotator.pseudonym,
        origin=assignment.annotator.origin,
        prompt=assignment.task.prompt.messages,
        responses=responses,
        shown_order=[responses[place].id for place in assignment.shown_order],
        answer=version.answer,
        currency=version.currency,
        guidelines_version=version.guidelines.version,
        duration_ms=version.duration_ms,
        created_at=timestamp(judgment.created_at),
        split="",
        elicitation=elicitation(version),
        incentive=incentive(version),
    )


def incentive(version: JudgmentVersion) -> str:
    """Incentivised exactly where something followed from the amount."""
    if version.kind != "cardinal":
        return ""
    if version.judgment.assignment.annotator.origin == Annotator.Origin.IMPORTED:
        return "unknown"
    return "incentivised" if hasattr(version, "outcome") else "hypothetical"


def elicitation(version: JudgmentVersion) -> str:
    """How the amount was asked for."""
    stakes = incentive(version)
    if stakes in ("", "unknown"):
        return stakes
    if stakes == "incentivised":
        return "bdm"
    says_nothing = version.answer.get("preferred", "single") is None  # said alike whichever way it is asked
    asks_by_list = stored_terms(json.dumps(version.guidelines.terms)).method == "list"
    return "list" if "rows" in version.answer or (says_nothing and asks_by_list) else "direct"


def timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
