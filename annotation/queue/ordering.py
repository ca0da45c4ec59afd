"""Where tasks stand for everybody: ranks, priorities, overlap and status, and the cursors that must follow."""

from dataclasses import asdict, dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation.models import Project, Seat, Task
from annotation.queue import leases
from annotation.queue.statements import fetch
from api.refusals import Conflict

FIRST = float("-inf")
RANKS = {"sequential": F("position"), "random": F("random_key"), "priority": -F("priority")}

# Locks come in one order everywhere: seats, assignments, tasks, the project's row.
PULL_BACK = """
UPDATE annotation_seat SET reached_rank = %(rank)s, reached_position = %(position)s
 WHERE project_id = %(project)s AND (reached_rank, reached_position) > (%(rank)s::float8, %(position)s::bigint)
"""

COUNT_PLACES = """
UPDATE annotation_task t
   SET overlap = %(overlap)s, open_places = GREATEST(0, %(overlap)s - (
           SELECT count(*) FROM annotation_assignment a WHERE a.task_id = t.id AND a.holds_place))
 WHERE t.project_id = %(project)s AND t.overlap = %(before)s
"""


def rank(ordering: str, *, position: int, random_key: float, priority: float) -> float:
    return {"sequential": float(position), "random": random_key, "priority": -priority}[ordering]


def pull_back(project: UUID, *, rank: float, position: int) -> None:
    """Cursors beyond a place go back to just before it, as something new stands there."""
    fetch(PULL_BACK, {"project": project, "rank": rank, "position": position - 1})


def reorder(project: Project) -> None:
    """Every task gets its rank anew, and everybody begins again at the first one that is open to them."""
    Seat.objects.filter(project=project).update(reached_rank=FIRST, reached_position=0)
    Task.objects.filter(project=project).update(rank=RANKS[project.ordering])


def change_overlap(project: Project, before: int) -> None:
    """Tasks that wanted what the project wanted want what it wants now."""
    Seat.objects.filter(project=project).update(reached_rank=FIRST, reached_position=0)
    list(
        Task.objects.filter(project=project, overlap=before).order_by("pk").select_for_update(no_key=True).values("pk")
    )
    fetch(COUNT_PLACES, {"project": project.pk, "before": before, "overlap": project.overlap})


@dataclass(frozen=True)
class Change:
    """What shall be otherwise about a task; None leaves a thing as it is."""

    priority: float | None = None
    overlap: int | None = None
    status: str | None = None


@transaction.atomic
def change_task(task: Task, *, scope: Scope, change: Change) -> Task:
    """Another priority, more or fewer labels, paused or closed."""
    project = task.project
    by_priority = project.ordering == Project.Ordering.PRIORITY
    if change.priority is not None and by_priority:
        pull_back(project.pk, rank=-change.priority, position=task.position)
    task = Task.objects.select_for_update(no_key=True, of=("self",)).select_related("prompt", "project").get(pk=task.pk)
    if change.status == Task.Status.OPEN and task.prompt.taken_down_at is not None:
        raise Conflict(_("The prompt of this task was taken down."))
    if change.priority is not None:
        task.priority = change.priority
        task.rank = -change.priority if by_priority else task.rank
    task.overlap, task.status = change.overlap or task.overlap, change.status or task.status
    task.is_aside = task.is_aside and change.status is None  # a state that was chosen by hand stays
    task.open_places = min(task.open_places, task.overlap)
    task.save(update_fields=["priority", "rank", "overlap", "status", "is_aside", "open_places"])
    leases.return_places(project.pk, [task.pk])
    wished = {name: value for name, value in asdict(change).items() if value is not None}
    scope.record("task.changed", "task", task.pk, **wished)
    task.refresh_from_db()
    return task
