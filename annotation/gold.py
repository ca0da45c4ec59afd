"""Tasks whose answer is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation.feedback import kinds
from annotation.feedback.reading import Context
from annotation.models import Gold, Project, Seat, Task
from annotation.projects import newest_guidelines
from annotation.settings import Terms
from annotation.trust import marks
from api.refusals import Invalid, Refusal
from api.schemas import build


@dataclass(frozen=True)
class Item:
    """The known answer of one task, and how far off an answer may be to count as right."""

    task: UUID
    answer: Any
    tolerance: float | None = None
    explanation: str = ""
    in_test: bool = False  # asked in the project's test instead of being mixed into the work


@transaction.atomic
def put(*, scope: Scope, project: Project, items: Sequence[Item]) -> list[Gold]:
    """All of the items or none; what a task had before is replaced, and what was said about it is marked anew."""
    lock_seats(project)
    tasks = Task.objects.filter(project=project, pk__in={item.task for item in items}).prefetch_related(
        "places__response"
    )
    found = {task.pk: task for task in tasks}
    terms = build(Terms, newest_guidelines(project).terms)
    errors: list[tuple[str, str]] = []
    for number, item in enumerate(items):
        if item.task not in found:
            errors.append((f"items.{number}.task", _("This project has no such task.")))
            continue
        try:
            kinds.parse(found[item.task].kind, item.answer, context(found[item.task], terms))
        except Refusal as refusal:
            errors += [(f"items.{number}.{field}", message) for field, message in refusal.errors]
    if errors:
        raise Invalid(f"{errors[0][0]}: {errors[0][1]}", errors=errors)
    rows = {
        item.task: Gold(
            task_id=item.task,
            project=project,
            answer=item.answer,
            tolerance=item.tolerance,
            explanation=item.explanation,
            in_test=item.in_test,
            set_by=scope.person,
            set_at=now(),
        )
        for item in items
    }
    made = Gold.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["task"],
        update_fields=["answer", "tolerance", "explanation", "in_test", "set_by", "set_at"],
    )
    marks.anew(project, list(rows))
    scope.record("gold.set", "project", project.pk, tasks=len(made))
    return made


@transaction.atomic
def remove(*, scope: Scope, task: Task) -> None:
    """The task is like any other again, and nobody's count holds it against them."""
    lock_seats(task.project)
    if Gold.objects.filter(task=task).delete()[0]:
        marks.anew(task.project, [task.pk])
        scope.record("gold.removed", "task", task.pk)


def lock_seats(project: Project) -> None:
    """Nobody's answer is marked while the known ones change."""
    list(Seat.objects.filter(project=project).order_by("pk").select_for_update(no_key=True).values("pk"))


def context(task: Task, terms: Terms) -> Context:
    places = sorted(task.places.all(), key=lambda place: place.position)
    return Context({str(place.response_id): place.response.text for place in places}, terms)
