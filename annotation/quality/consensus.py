"""What other parts of the product ask: what the votes on a task amount to, and which tasks are disputed."""

from uuid import UUID

from django.db.models import F, QuerySet

from annotation.models import Project, TaskFigure


def of(project: Project) -> QuerySet[TaskFigure]:
    """The newest figures of every task with a vote."""
    return TaskFigure.objects.filter(project=project)


def of_task(task: UUID) -> TaskFigure | None:
    return TaskFigure.objects.filter(task=task).first()


def disputed(project: Project, kind: str | None = None) -> QuerySet[TaskFigure]:
    """Tasks whose votes compare, the most disputed first; kinds take turns, for their units are different."""
    found = of(project).filter(place__isnull=False)
    return (found.filter(kind=kind) if kind else found).order_by(F("place").asc(), "task")
