"""Another order or another overlap for all tasks of a large project, in batches that each leave the queue true.

A batch pulls back the cursors that are beyond its first task, in the transaction that changes it: nothing is lost
between two batches, nor when the work ends half-way and is begun again.
"""

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from annotation.models import Project, Seat, Task
from annotation.queue import leases, ordering
from annotation.queue.statements import fetch

AT_ONCE = 20_000  # tasks that are rearranged inside the request
BATCH = 2_000
REORDER, CHANGE_OVERLAP = "annotation.reorder", "annotation.change_overlap"

NEXT = """
SELECT id, position, random_key, priority FROM annotation_task
 WHERE project_id = %(project)s AND position > %(position)s ORDER BY position LIMIT %(batch)s::int
"""
RANK = """
UPDATE annotation_task
   SET rank = CASE %(ordering)s::text WHEN 'sequential' THEN position WHEN 'random' THEN random_key ELSE -priority END
 WHERE id = ANY (%(tasks)s)
"""
WANTING = """
SELECT id, position, rank FROM annotation_task
 WHERE project_id = %(project)s AND position > %(position)s AND overlap = %(before)s
 ORDER BY position LIMIT %(batch)s::int
"""
# After the rows are locked, so that what was leased meanwhile is seen.
COUNT_PLACES = """
UPDATE annotation_task t
   SET overlap = %(overlap)s, open_places = GREATEST(0, %(overlap)s - (
           SELECT count(*) FROM annotation_assignment a WHERE a.task_id = t.id AND a.holds_place))
 WHERE t.id = ANY (%(tasks)s) AND t.overlap = %(before)s
"""


class Batch(NamedTuple):
    """Tasks by id, and the first place of the new order that any of them has."""

    tasks: list[UUID]
    rank: float
    position: int


def is_large(project: Project) -> bool:
    return project.tasks.order_by().values("pk")[: AT_ONCE + 1].count() > AT_ONCE


def hold(project: Project) -> None:
    """Lock what a small project's rearranging touches, in the order of everywhere: seats, tasks, then the project."""
    list(Seat.objects.filter(project=project).order_by("pk").select_for_update(no_key=True).values("pk"))
    list(Task.objects.filter(project=project).order_by("pk").select_for_update(no_key=True).values("pk"))


def is_outdated(project: UUID, *, order: str) -> bool:
    """Whether the project was given yet another order meanwhile."""
    return not Project.objects.standing().filter(pk=project, ordering=order).exists()


def by_order(project: UUID, order: str) -> Iterator[Batch]:
    """All tasks, in the order of import."""
    position = -1
    while rows := fetch(NEXT, {"project": project, "position": position, "batch": BATCH}):
        position = rows[-1][1]
        places = [
            (ordering.rank(order, position=place, random_key=key, priority=priority), place)
            for _task, place, key, priority in rows
        ]
        yield Batch([row[0] for row in rows], *min(places))


def by_overlap(project: UUID, before: int) -> Iterator[Batch]:
    """The tasks that want as many labels as all wanted before."""
    position = -1
    while rows := fetch(WANTING, {"project": project, "position": position, "before": before, "batch": BATCH}):
        position = rows[-1][1]
        rank, place = min((rank, place) for _task, place, rank in rows)
        yield Batch([row[0] for row in rows], rank, place)


def reorder(project: UUID, order: str, batch: Batch) -> None:
    """Inside the caller's transaction."""
    ordering.pull_back(project, rank=batch.rank, position=batch.position)
    fetch(leases.LOCK_TASKS, {"tasks": batch.tasks})
    fetch(RANK, {"ordering": order, "tasks": batch.tasks})


def change_overlap(project: UUID, before: int, overlap: int, batch: Batch) -> None:
    """Inside the caller's transaction."""
    ordering.pull_back(project, rank=batch.rank, position=batch.position)
    fetch(leases.LOCK_TASKS, {"tasks": batch.tasks})
    fetch(COUNT_PLACES, {"before": before, "overlap": overlap, "tasks": batch.tasks})
