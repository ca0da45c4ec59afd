"""Tasks to try: the project's own, or examples of its kinds while it has none."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID, uuid5

from django.http import Http404

from accounts.scope import Scope
from annotation.feedback.kinds import KINDS
from annotation.feedback.rows import Candidate
from annotation.models import Project, Task
from annotation.sandbox.examples import ANSWERS, PROMPT
from annotation.snapshots.rows import of_tasks

MOST = 60  # of the project's own tasks


@dataclass(frozen=True)
class Trial:
    """A task that is shown and answered like any other, and never leased."""

    id: UUID
    kind: str
    prompt: list[dict[str, Any]]
    responses: list[Candidate]
    is_example: bool

    def shown_to(self, scope: Scope) -> list[Candidate]:
        """In an order of the person's own, the same one each time."""
        shuffled = list(self.responses)
        random.Random(f"{self.id} {scope.person.pk}").shuffle(shuffled)
        return shuffled


def pick(project: Project, holding: list[UUID]) -> Trial:
    """Any that the page does not hold already."""
    own = own_tasks(project)
    free = [pk for pk in own if pk not in holding] or own
    if free:
        return find(project, random.choice(free))
    made = examples(project)
    return random.choice([trial for trial in made if trial.id not in holding] or made)


def own_tasks(project: Project) -> list[UUID]:
    """Tasks of each kind that is asked, as they were brought in."""
    found = Task.objects.filter(project=project, prompt__taken_down_at=None).order_by("position")
    each = -(-MOST // len(project.kinds))
    return [pk for kind in project.kinds for pk in found.filter(kind=kind).values_list("pk", flat=True)[:each]]


def find(project: Project, trial: UUID) -> Trial:
    task = Task.objects.select_related("prompt").filter(project=project, pk=trial).first()
    if task is not None:
        return Trial(task.pk, task.kind, task.prompt.messages, of_tasks({task.pk})[task.pk], is_example=False)
    found = next((example for example in examples(project) if example.id == trial), None)
    if found is None:
        raise Http404
    return found


def examples(project: Project) -> list[Trial]:
    return list(of_kinds(project))


def of_kinds(project: Project) -> Iterator[Trial]:
    """The example prompt with as many answers as each kind takes; a kind that takes one asks about each."""
    texts = [str(text) for text in ANSWERS]
    prompt = [{"role": "user", "content": str(PROMPT)}]
    for kind in project.kinds:
        size = max(KINDS[kind].responses[0], min(3, KINDS[kind].responses[1]))
        groups = [[text] for text in texts] if size == 1 else [list(islice(texts, size))]
        for number, group in enumerate(groups):
            name = f"{kind} {number}"
            candidates = [Candidate(str(uuid5(project.pk, f"{name} {text}")), text, "example") for text in group]
            yield Trial(uuid5(project.pk, name), kind, prompt, candidates, is_example=True)
