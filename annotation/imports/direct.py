"""Tasks that another part of the product makes: stored at once, in the caller's transaction."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from annotation.imports import records, running, storing
from annotation.imports.questions import Question
from annotation.imports.storing import Line, Plan
from annotation.models import Project, Response, Task
from annotation.projects import newest_guidelines
from annotation.queue import ordering


class Made(NamedTuple):
    """A task, and its responses in the order in which they were given."""

    task: UUID
    responses: tuple[UUID, ...]


def store(project: Project, kind: str, given: Sequence[dict[str, Any]]) -> list[Made]:
    """One task of the kind about all responses of each record; what is there already is found, not made again."""
    running.serialise(project.pk)
    lines = []
    for number, values in enumerate(given):
        record = records.read(values)
        question = Question(kind, tuple(range(len(record.responses))))
        lines.append(Line(number, record, [question], is_labelled=False))
    plan = Plan(project, newest_guidelines(project), project.overlap, counts=False)
    storing.store(plan, lines)
    if plan.lowest is not None:
        rank, position = plan.lowest
        ordering.pull_back(project.pk, rank=rank, position=position)
    return [made(project, line) for line in lines]


def made(project: Project, line: Line) -> Made:
    task = Task.objects.get(project=project, sha256=line.task_digest(line.questions[0]))
    known = Response.objects.filter(prompt=task.prompt_id, sha256__in=line.response_digests)
    by_digest = {bytes(digest): pk for digest, pk in known.values_list("sha256", "pk")}
    return Made(task.pk, tuple(by_digest[digest] for digest in line.response_digests))
