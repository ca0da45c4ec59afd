"""Labels that came with a file become judgments of imported annotators."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.timezone import now
from django.utils.translation import gettext as _

from accounts.models import Annotator
from annotation.feedback import kinds
from annotation.feedback.reading import Context
from annotation.imports import questions
from annotation.imports.faults import BadRecord, Fault
from annotation.imports.labels import Label
from annotation.models import Assignment, Guidelines, Judgment, JudgmentVersion, Project
from annotation.settings import Terms, stored_terms
from api.refusals import Refusal
from web.database import copying

People = dict[tuple[str, str], Annotator]  # by origin and name


@dataclass(frozen=True)
class Vote:
    """One imported answer, checked like any other but for this project's range and step of amounts."""

    line: int
    task: UUID
    annotator: Annotator
    kind: str
    ids: list[str]
    answer: dict[str, Any]
    columns: dict[str, Any]
    duration_ms: int | None
    shown_order: list[int]  # places in the task


def vote(
    line: int,
    label: Label | None,
    kind: str,
    task: UUID,
    texts: dict[str, str],
    people: People,
    guidelines: Guidelines,
    places: list[str],
) -> Vote:
    """`texts` are the responses by id in the order of the record, `places` their ids in that of the task."""
    assert label is not None
    answer, columns = checked(label, kind, texts, terms_of(guidelines))
    ids = list(texts)
    shown = list(range(len(ids))) if label.shown is None else [places.index(ids[one]) for one in label.shown]
    annotator = people[label.origin, label.annotator]
    return Vote(line, task, annotator, kind, ids, answer, columns, label.duration_ms, shown)


def checked(label: Label, kind: str, texts: dict[str, str], terms: Terms) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answer about these responses, and what follows from it; faults are those of any answer."""
    if kind == "cardinal" and label.currency not in ("", terms.currency):
        message = _("This amount is in {theirs}; the project asks in {ours}.")
        raise BadRecord("currency", message.format(theirs=label.currency, ours=terms.currency))
    answer = questions.answer(label, kind, list(texts))
    try:
        return answer, kinds.parse(kind, answer, Context(texts, terms, is_bounded=False)).columns
    except Refusal as refusal:
        raise BadRecord("label", refusal.message) from None


def terms_of(guidelines: Guidelines) -> Terms:
    """Read once for a whole file: reading them costs more than all else that an answer takes."""
    return stored_terms(json.dumps(guidelines.terms))


def store(project: Project, guidelines: Guidelines, votes: list[Vote], *, counts: bool) -> tuple[int, int, list[Fault]]:
    """How many were made, how many were there already, and which contradict what the annotator had said before."""
    before = earlier(project, votes)
    fresh: dict[tuple[UUID, UUID], Vote] = {}
    duplicates, faults = 0, []
    for found in votes:
        key = (found.task, found.annotator.pk)
        known = before.get(key) or (fresh[key].answer if key in fresh else None)
        if known is None:
            fresh[key] = found
        elif known == found.answer:
            duplicates += 1
        else:
            faults.append(Fault(found.line, "label", _("This annotator has answered the same task otherwise.")))
    write(project, guidelines, list(fresh.values()), counts)
    return len(fresh), duplicates, faults


def earlier(project: Project, votes: list[Vote]) -> dict[tuple[UUID, UUID], dict[str, Any]]:
    """What the same annotators have said about the same tasks."""
    found = JudgmentVersion.objects.filter(
        judgment__assignment__task__in={vote.task for vote in votes},
        judgment__assignment__annotator__in={vote.annotator.pk for vote in votes},
        judgment__assignment__purpose=Assignment.Purpose.LABEL,
        judgment__project=project,
    ).order_by("version")
    rows = found.values_list("judgment__assignment__task_id", "judgment__assignment__annotator_id", "answer")
    return {(task, annotator): answer for task, annotator, answer in rows}


def write(project: Project, guidelines: Guidelines, votes: list[Vote], counts: bool) -> None:
    """Objects are named by their keys: what a model does with a whole object costs as much as all else here."""
    moment, currency = now(), terms_of(guidelines).currency
    assignments = copying.create(
        Assignment(
            project_id=project.pk,
            task_id=found.task,
            annotator_id=found.annotator.pk,
            guidelines_id=guidelines.pk,
            purpose=Assignment.Purpose.LABEL,
            shown_order=found.shown_order,
            holds_place=counts,
            state=Assignment.State.SUBMITTED,
            created_at=moment,
            ended_at=moment,
        )
        for found in votes
    )
    judgments = copying.create(
        Judgment(project_id=project.pk, assignment_id=assignment.pk, created_at=moment) for assignment in assignments
    )
    copying.create(
        JudgmentVersion(
            judgment_id=judgment.pk,
            version=1,
            kind=found.kind,
            answer=found.answer,
            preferred_id=found.columns.get("preferred"),
            amount_low=found.columns.get("amount_low"),
            amount_high=found.columns.get("amount_high"),
            desirable=found.columns.get("desirable"),
            is_consistent=found.columns.get("is_consistent", True),
            currency=currency if found.kind == "cardinal" else "",
            duration_ms=found.duration_ms,
            guidelines_id=guidelines.pk,
            created_at=moment,
        )
        for judgment, found in zip(judgments, votes, strict=True)
    )
    if counts:
        note_taken({found.task for found in votes})


# Places are counted when the whole file is read: tasks locked batch by batch would be locked in the order of the file,
# against somebody who labels them in another. Labels that came only take places, so no task needs a turn.
MAKE_TAKEN = "CREATE TEMPORARY TABLE IF NOT EXISTS import_taken (task uuid PRIMARY KEY) ON COMMIT DROP"
NOTE_TAKEN = "INSERT INTO import_taken SELECT unnest(%s::uuid[]) ON CONFLICT DO NOTHING"
LOCK_TAKEN = """
SELECT count(*) FROM (
    SELECT FROM annotation_task t JOIN import_taken ON import_taken.task = t.id ORDER BY t.id FOR NO KEY UPDATE OF t
) locked
"""
COUNT_TAKEN = """
UPDATE annotation_task t
   SET open_places = GREATEST(0, t.overlap - (
           SELECT count(*) FROM annotation_assignment a WHERE a.task_id = t.id AND a.holds_place))
  FROM import_taken WHERE import_taken.task = t.id
"""


def begin_taking() -> None:
    """Before the first label that holds a place; gone with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(MAKE_TAKEN)
        cursor.execute("TRUNCATE import_taken")


def note_taken(tasks: set[UUID]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(NOTE_TAKEN, [sorted(tasks)])


def count_taken() -> None:
    """Tasks whose labels came with the file have so many places less; after all seats, before the project's row."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE import_taken")
        cursor.execute(LOCK_TAKEN)
        cursor.execute(COUNT_TAKEN)
