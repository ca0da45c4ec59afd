"""Writing records into a project in batches; what is there already is found by its content and not made again."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection

from accounts import annotators
from annotation import canonical
from annotation.imports import labelling
from annotation.imports.faults import BadRecord, Fault
from annotation.imports.labels import Label
from annotation.imports.questions import Question
from annotation.imports.records import Record
from annotation.models import Guidelines, Project, Prompt, Response, Task, TaskResponse
from annotation.queue import ordering
from web.database import copying


@dataclass
class Tally:
    """What an import made."""

    tasks: int = 0
    prompts: int = 0
    responses: int = 0
    judgments: int = 0
    duplicates: int = 0


@dataclass
class Plan:
    """How this import shall go, and what it has made so far."""

    project: Project
    guidelines: Guidelines
    overlap: int
    counts: bool  # whether imported judgments hold places
    tally: Tally = field(default_factory=Tally)
    lowest: tuple[float, int] | None = None  # the first (rank, position) of the new tasks


@dataclass
class Line:
    """A record that was read, the tasks it makes, and the label to keep where judgments are wanted."""

    number: int
    record: Record
    questions: list[Question]
    is_labelled: bool
    prompt_digest: bytes = b""
    response_digests: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        self.prompt_digest = canonical.prompt(self.record.prompt, self.record.is_text)
        self.response_digests = tuple(canonical.response(part.text, part.source) for part in self.record.responses)

    @property
    def is_simulated(self) -> bool:
        return self.record.label is not None and self.record.label.shown is not None

    def task_digest(self, question: Question) -> bytes:
        responses = [self.response_digests[index] for index in question.responses]
        return canonical.task(question.kind, self.prompt_digest, responses)


def store(plan: Plan, lines: Sequence[Line]) -> list[Fault]:
    """One batch, all its tables; what came twice is counted, what contradicts an earlier label is a fault."""
    prompts = store_prompts(plan, lines)
    responses = store_responses(plan, lines, prompts)
    tasks, fresh = store_tasks(plan, lines, prompts, responses)
    faults: list[Fault] = []
    if any(line.is_labelled for line in lines):
        faults = store_labels(plan, lines, tasks, responses)
    else:
        plan.tally.duplicates += sum(
            not (fresh & {line.task_digest(part) for part in line.questions}) for line in lines
        )
    return faults


def store_prompts(plan: Plan, lines: Sequence[Line]) -> dict[bytes, UUID]:
    wanted = {line.prompt_digest: line.record for line in reversed(lines)}
    known = by_digest(Prompt.objects.filter(project=plan.project, sha256__in=list(wanted)).values_list("sha256", "pk"))
    made = copying.create(
        Prompt(
            project_id=plan.project.pk,
            messages=record.prompt,
            is_text=record.is_text,
            metadata=record.metadata,
            external_id=record.external_id,
            sha256=digest,
            root=canonical.root(record.prompt),
        )
        for digest, record in wanted.items()
        if digest not in known
    )
    plan.tally.prompts += len(made)
    return known | {bytes(prompt.sha256): prompt.pk for prompt in made}


def store_responses(plan: Plan, lines: Sequence[Line], prompts: dict[bytes, UUID]) -> dict[tuple[UUID, bytes], UUID]:
    wanted = {
        (prompts[line.prompt_digest], digest): part
        for line in reversed(lines)
        for digest, part in zip(line.response_digests, line.record.responses, strict=True)
    }
    found = Response.objects.filter(prompt__in=set(prompts.values()), sha256__in={digest for _prompt, digest in wanted})
    known = {(prompt, bytes(digest)): pk for prompt, digest, pk in found.values_list("prompt_id", "sha256", "pk")}
    made = copying.create(
        Response(prompt_id=prompt, text=part.text, source=part.source, metadata=part.metadata, sha256=digest)
        for (prompt, digest), part in wanted.items()
        if (prompt, digest) not in known
    )
    plan.tally.responses += len(made)
    return known | {(response.prompt_id, bytes(response.sha256)): response.pk for response in made}


def store_tasks(
    plan: Plan, lines: Sequence[Line], prompts: dict[bytes, UUID], responses: dict[tuple[UUID, bytes], UUID]
) -> tuple[dict[bytes, UUID], set[bytes]]:
    """All tasks of the batch by content, and the contents that are new."""
    wanted: dict[bytes, tuple[Line, Question]] = {}
    for line in lines:
        for question in line.questions:
            wanted.setdefault(line.task_digest(question), (line, question))
    known = by_digest(Task.objects.filter(project=plan.project, sha256__in=list(wanted)).values_list("sha256", "pk"))
    fresh = {digest: pair for digest, pair in wanted.items() if digest not in known}
    made = [
        new_task(plan, digest, line, question, prompts[line.prompt_digest], position)
        for (digest, (line, question)), position in zip(fresh.items(), positions(len(fresh)), strict=True)
    ]
    copying.create(made)
    places = []
    for task, (line, question) in zip(made, fresh.values(), strict=True):
        for place, index in enumerate(question.responses):
            response = responses[task.prompt_id, line.response_digests[index]]
            places.append(TaskResponse(task_id=task.pk, response_id=response, position=place))
    copying.create(places)
    plan.tally.tasks += len(made)
    note_lowest(plan, made)
    return known | {bytes(task.sha256): task.pk for task in made}, set(fresh)


def new_task(plan: Plan, digest: bytes, line: Line, question: Question, prompt: UUID, position: int) -> Task:
    key, priority = random.random(), line.record.priority
    return Task(
        project_id=plan.project.pk,
        prompt_id=prompt,
        kind=question.kind,
        sha256=digest,
        overlap=plan.overlap,
        open_places=plan.overlap,
        priority=priority,
        position=position,
        random_key=key,
        rank=ordering.rank(plan.project.ordering, position=position, random_key=key, priority=priority),
    )


def note_lowest(plan: Plan, made: list[Task]) -> None:
    places = [(task.rank, task.position) for task in made]
    if plan.lowest is not None:
        places.append(plan.lowest)
    plan.lowest = min(places, default=None)


def positions(count: int) -> list[int]:
    """Numbers that only grow, over all projects and imports."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('annotation_task_position') FROM generate_series(1, %s)", [count])
        return [number for (number,) in cursor.fetchall()]


def by_digest(rows: Iterable[tuple[Any, UUID]]) -> dict[bytes, UUID]:
    return {bytes(digest): pk for digest, pk in rows}


def store_labels(
    plan: Plan, lines: Sequence[Line], tasks: dict[bytes, UUID], responses: dict[tuple[UUID, bytes], UUID]
) -> list[Fault]:
    people = annotators_of(plan, [line.record.label for line in lines if line.record.label])
    places = places_of(set(tasks.values())) if any(line.is_simulated for line in lines) else {}
    prompts = dict(Task.objects.filter(pk__in=tasks.values()).values_list("pk", "prompt_id"))
    faults, votes = [], []
    for line in lines:
        question = line.questions[0]
        task = tasks[line.task_digest(question)]
        texts = {
            str(responses[prompts[task], line.response_digests[index]]): line.record.responses[index].text
            for index in question.responses
        }
        try:
            label, shown = line.record.label, places.get(task, [])
            votes.append(labelling.vote(line.number, label, question.kind, task, texts, people, plan.guidelines, shown))
        except BadRecord as bad:
            faults.append(Fault(line.number, bad.field, bad.message))
    made, duplicates, contradicted = labelling.store(plan.project, plan.guidelines, votes, counts=plan.counts)
    plan.tally.judgments += made
    plan.tally.duplicates += duplicates
    return faults + contradicted


def annotators_of(plan: Plan, labels: Iterable[Label]) -> labelling.People:
    """The records of those who gave the labels: a simulation's are told apart from what others said."""
    names: dict[str, set[str]] = {}
    for label in labels:
        names.setdefault(label.origin, set()).add(label.annotator)
    return {
        (origin, name): record
        for origin, found in names.items()
        for name, record in annotators.of_sources(plan.project.workspace, origin, found).items()
    }


def places_of(tasks: set[UUID]) -> dict[UUID, list[str]]:
    """The responses of each task in their order: another record may have made the task with another one."""
    found: dict[UUID, list[str]] = {}
    rows = TaskResponse.objects.filter(task__in=tasks).order_by("task", "position")
    for task, response in rows.values_list("task", "response"):
        found.setdefault(task, []).append(str(response))
    return found
