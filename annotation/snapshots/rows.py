"""Judgments out of the database as rows, in batches: what is frozen, and what lists and exports show."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import QuerySet

from annotation.feedback.rows import Candidate, Row
from annotation.models import JudgmentVersion, TaskResponse

BATCH = 500


def rows(versions: QuerySet[JudgmentVersion]) -> Iterator[tuple[int, Row]]:
    """(the version's key, the row); the split is left empty."""
    found = versions.select_related(
        "judgment__assignment__task__prompt", "judgment__assignment__annotator", "guidelines"
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
    )


def timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
