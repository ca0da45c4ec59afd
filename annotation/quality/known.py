"""Answers to tasks whose answer is known: who was right."""

from typing import NamedTuple
from uuid import UUID

from annotation.models import Gold, Project
from annotation.snapshots import filters
from annotation.trust import marks

CHUNK = 2_000
OF = "judgment__assignment__"


class Checked(NamedTuple):
    """One answer to a gold task."""

    annotator: UUID
    kind: str
    is_right: bool


class Known(NamedTuple):
    """All answers to gold tasks, and the right classes of binary ones by position."""

    answers: list[Checked]
    classes: dict[int, int]


def read(project: Project) -> Known:
    """Labels and gold answers, as they were marked when they were given; a repeat is a second try and is left out."""
    golds = {gold.task_id: gold for gold in Gold.objects.filter(project=project, in_test=False).select_related("task")}
    responses = marks.in_order(golds)
    found = filters.select(project, {"purpose": ["label", "gold"]}).filter(**{f"{OF}task__in": list(golds)})
    rows = found.values_list(f"{OF}task_id", f"{OF}annotator_id", "answer", "judgment__mark__is_right")
    answers = []
    for task, annotator, answer, mark in rows.iterator(chunk_size=CHUNK):
        gold = golds[task]
        if mark is None:  # imported: nobody was there to mark it
            said = marks.verdict(gold.task.kind, answer, responses[task])
            mark = marks.compare(gold.task.kind, said, gold.answer, gold.tolerance, responses[task])
        answers.append(Checked(annotator, gold.task.kind, mark))
    classes = {
        gold.task.position: int(gold.answer["desirable"]) for gold in golds.values() if gold.task.kind == "binary"
    }
    return Known(answers, classes)
