"""Right or wrong, on tasks whose answer is known; kept as two counts on the seat of whoever answered."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from annotation import wording
from annotation.feedback import kinds
from annotation.feedback.kind import Answer
from annotation.feedback.kinds import KINDS
from annotation.feedback.reading import Context
from annotation.models import Assignment, Gold, JudgmentVersion, Mark, Project, TaskResponse
from annotation.queue.statements import fetch, fetch_one
from annotation.settings import EXTRAS, Terms, stored_terms

if TYPE_CHECKING:  # the queue marks what it takes
    from annotation.queue.answers import Held

MARKED = (Assignment.Purpose.LABEL, Assignment.Purpose.GOLD)


@dataclass(frozen=True)
class Told:
    """What somebody is told of a known answer after giving theirs."""

    is_right: bool
    answer: dict[str, Any]
    words: str  # the known answer, by the order in which its reader saw the responses
    explanation: str
    about: str  # how the prompt began: by now its reader has the next task before them


@dataclass(frozen=True)
class Count:
    """How a person has done on known answers since the count began, and what they are told of the last one."""

    right: int
    seen: int
    told: Told | None


# Shared with other submissions, but not with whoever changes the known answer and marks everything anew.
KNOWN = """
SELECT answer::text, tolerance, explanation FROM annotation_gold
 WHERE task_id = %(task)s AND NOT in_test FOR SHARE
"""
BEFORE = """
SELECT m.is_right, m.was_shown, m.created_at >= COALESCE(s.gold_from, '-infinity')
  FROM annotation_mark m JOIN annotation_seat s ON s.id = %(seat)s WHERE m.judgment_id = %(judgment)s
"""
ABOUT = """
SELECT p.messages::text FROM annotation_prompt p JOIN annotation_task t ON t.prompt_id = p.id WHERE t.id = %(task)s
"""
ABOUT_LENGTH = 160
WRITE = """
INSERT INTO annotation_mark (judgment_id, project_id, task_id, annotator_id, version, is_right, was_shown, created_at)
VALUES (%(judgment)s, %(project)s, %(task)s, %(annotator)s, %(version)s, %(is_right)s, %(was_shown)s, clock_timestamp())
ON CONFLICT (judgment_id) DO UPDATE
   SET version = excluded.version, is_right = excluded.is_right, was_shown = excluded.was_shown
"""
ADD = """
UPDATE annotation_seat SET gold_seen = gold_seen + %(seen)s::int, gold_right = gold_right + %(right)s::int
 WHERE id = %(seat)s RETURNING gold_right, gold_seen
"""
COUNT = """
UPDATE annotation_seat s
   SET gold_seen = found.seen, gold_right = found.right_ones
  FROM (SELECT s2.id, count(m.judgment_id) AS seen, count(m.judgment_id) FILTER (WHERE m.is_right) AS right_ones
          FROM annotation_seat s2
          LEFT JOIN annotation_mark m ON m.project_id = s2.project_id AND m.annotator_id = s2.annotator_id
                AND m.created_at >= COALESCE(s2.gold_from, '-infinity')
         WHERE s2.project_id = %(project)s GROUP BY s2.id) found
 WHERE s.id = found.id AND (s.gold_seen, s.gold_right) IS DISTINCT FROM (found.seen, found.right_ones)
"""


def give(held: "Held", *, judgment: UUID, version: int, checked: Answer, tells: bool) -> Count | None:
    """Mark an answer under the lock of its seat. What was said after the known answer was shown is not marked."""
    known = fetch_one(KNOWN, {"task": held.task})
    if known is None:
        return None
    answer = json.loads(known[0])
    is_right = compare(held.kind, checked, answer, known[1], held.responses)
    values = {"judgment": judgment, "seat": held.seat}
    before = fetch_one(BEFORE, values) if held.judgment else None
    new, more = 1, int(is_right)
    if before is not None:
        had, was_shown, counts = before
        new, more = 0, (int(is_right) - int(had)) * int(counts and not was_shown)
    if before is None or not before[1]:
        row = {"project": held.project, "task": held.task, "annotator": held.annotator, "version": version}
        fetch(WRITE, {**values, **row, "is_right": is_right, "was_shown": tells})
    total = fetch_one(ADD, {"seat": held.seat, "seen": new, "right": more})
    assert total is not None
    right, seen = total
    return Count(right, seen, told(held, is_right, answer, known[2]) if tells else None)


def told_again(held: "Held", checked: Answer) -> Told | None:
    """What an answer that was sent a second time is told; nothing is written."""
    known = fetch_one(KNOWN, {"task": held.task})
    if known is None:
        return None
    answer = json.loads(known[0])
    return told(held, compare(held.kind, checked, answer, known[1], held.responses), answer, known[2])


def told(held: "Held", is_right: bool, answer: dict[str, Any], explanation: str) -> Told:
    shown = [held.responses[place] for place in held.shown_order]
    currency = stored_terms(held.terms).currency if held.kind == "cardinal" else ""
    ((messages,),) = fetch(ABOUT, {"task": held.task})
    about = " ".join(str(json.loads(messages)[-1].get("content", "")).split())[:ABOUT_LENGTH]
    return Told(is_right, answer, wording.say(held.kind, answer, shown, currency), explanation, about)


def compare(
    kind: str, checked: Answer, known: dict[str, Any], tolerance: float | None, responses: Iterable[Any]
) -> bool:
    """Whether the verdict is right, by the rule of the kind."""
    return KINDS[kind].is_correct(checked, verdict(kind, known, responses), tolerance)


def verdict(kind: str, answer: dict[str, Any], responses: Iterable[Any]) -> Answer:
    """A stored answer without what stands beside its verdict, whatever terms it was given under."""
    bare = {name: value for name, value in answer.items() if name not in EXTRAS}
    return kinds.parse(kind, bare, Context({str(response): "" for response in responses}, Terms(), is_bounded=False))


def anew(project: Project, tasks: Sequence[UUID]) -> None:
    """Mark everything again that was said about these tasks; the caller holds the seats of the project locked."""
    golds = {gold.task_id: gold for gold in Gold.objects.filter(task__in=tasks, in_test=False)}
    responses = in_order(golds)
    Mark.objects.filter(task__in=[task for task in tasks if task not in golds]).delete()
    found = []
    for version in versions_to_mark(project, golds):
        task = version.judgment.assignment.task_id
        gold, ids = golds[task], responses[task]
        is_right = compare(version.kind, verdict(version.kind, version.answer, ids), gold.answer, gold.tolerance, ids)
        found.append(new_mark(version, task, is_right))
    Mark.objects.bulk_create(
        found,
        batch_size=1_000,
        update_conflicts=True,
        unique_fields=["judgment"],
        update_fields=["is_right", "version"],
    )
    fetch(COUNT, {"project": project.pk})


def in_order(tasks: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {}
    places = TaskResponse.objects.filter(task__in=list(tasks)).order_by("task", "position")
    for task, response in places.values_list("task", "response"):
        found.setdefault(task, []).append(response)
    return found


def versions_to_mark(project: Project, tasks: Iterable[UUID]) -> QuerySet[JudgmentVersion]:
    """The version that was marked before the known answer was told, or else the one that counts."""
    was_told = Q(judgment__mark__was_shown=True)
    return (
        JudgmentVersion.objects.filter(
            judgment__project=project,
            judgment__assignment__task__in=list(tasks),
            judgment__assignment__purpose__in=MARKED,
            judgment__is_late=False,
        )
        .filter(
            was_told & Q(version=F("judgment__mark__version"))
            | (~was_told | Q(judgment__mark=None)) & Q(judgment__withdrawn_at=None, version=F("judgment__version"))
        )
        .select_related("judgment__assignment")
    )


def new_mark(version: JudgmentVersion, task: UUID, is_right: bool) -> Mark:
    judgment = version.judgment
    return Mark(
        judgment=judgment,
        project_id=judgment.project_id,
        task_id=task,
        annotator_id=judgment.assignment.annotator_id,
        version=version.version,
        is_right=is_right,
        created_at=judgment.created_at,
    )
