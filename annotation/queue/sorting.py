"""Open tasks put in an order by somebody who knows their worth: priorities, and marks of what was left to chance.

A mark says how a task came to be asked: at random, or chosen by a rule. It is set anew until the task is given to
anybody, and never after, so that what was asked at random stays known. Overlap, leases and skips are as ever.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, QuerySet
from django.utils.timezone import now

from annotation.models import Assignment, Project, SortedTask, Sorting, Task
from annotation.queue import leases, ordering
from annotation.queue.statements import fetch

BATCH = 1_000

# A mark stands from the first lease of a label on. `before` is read before the priority changes.
KEEP = """
INSERT INTO annotation_sortedtask (sorting_id, task_id, worth, before, priority, sampling)
SELECT %(sorting)s, t.id, CASE WHEN m.sampling = 'random' THEN NULL ELSE n.worth END, t.priority, n.priority, m.sampling
  FROM unnest(%(tasks)s::uuid[], %(worths)s::float8[], %(priorities)s::float8[], %(samplings)s::text[])
           AS n(id, worth, priority, sampling)
  JOIN annotation_task t ON t.id = n.id
 CROSS JOIN LATERAL (SELECT CASE WHEN EXISTS (
           SELECT FROM annotation_assignment a WHERE a.task_id = t.id AND a.purpose = 'label')
       THEN t.sampling ELSE n.sampling END AS sampling) m
ON CONFLICT DO NOTHING
"""
SET = """
UPDATE annotation_task t
   SET priority = s.priority, sampling = s.sampling,
       rank = CASE WHEN p.ordering = 'priority' THEN -s.priority ELSE t.rank END
  FROM annotation_sortedtask s, annotation_project p
 WHERE s.sorting_id = %(sorting)s AND s.task_id = t.id AND t.id = ANY (%(tasks)s) AND p.id = t.project_id
"""


@dataclass(frozen=True)
class Sorted:
    """What shall order the tasks of a project."""

    rule: str
    source: dict[str, str]
    random_share: float
    seed: int


class Place(NamedTuple):
    """What one task is given."""

    task: UUID
    worth: float | None
    priority: float
    sampling: str


def open_tasks(project: Project) -> QuerySet[Task]:
    """Those that are still to be asked, in the order of import, with whether each `was_given` to anybody."""
    given = Assignment.objects.filter(task=OuterRef("pk"), purpose=Assignment.Purpose.LABEL)
    found = Task.objects.filter(project=project, status=Task.Status.OPEN, open_places__gt=0, prompt__taken_down_at=None)
    return found.annotate(was_given=Exists(given)).order_by("position")


def begin(project: Project, *, job: UUID, how: Sorted) -> Sorting:
    """The row of this job; a second attempt finds that of the first. Inside the caller's transaction."""
    values = {"rule": how.rule, "source": how.source, "random_share": how.random_share, "seed": how.seed}
    return Sorting.objects.get_or_create(job=job, defaults={"project": project, **values})[0]


def place(sorting: Sorting, places: Sequence[Place]) -> None:
    """Give each task its priority and its mark, and pull back who is beyond. Inside the caller's transaction."""
    if not places:
        return
    tasks = sorted(one.task for one in places)
    if Project.objects.filter(pk=sorting.project_id, ordering=Project.Ordering.PRIORITY).exists():
        ordering.pull_back(sorting.project_id, rank=min(-one.priority for one in places), position=0)
    fetch(leases.LOCK_TASKS, {"tasks": tasks})
    columns = {
        "tasks": [one.task for one in places],
        "worths": [one.worth for one in places],
        "priorities": [one.priority for one in places],
        "samplings": [one.sampling for one in places],
    }
    fetch(KEEP, {"sorting": sorting.pk, **columns})
    fetch(SET, {"sorting": sorting.pk, "tasks": tasks})


def end(sorting: Sorting) -> Sorting:
    """Count what became of the tasks. Inside the caller's transaction."""
    rows = SortedTask.objects.filter(sorting=sorting)
    found = dict(rows.order_by().values_list("sampling").annotate(n=Count("pk")))
    moved = rows.exclude(before=F("priority")).count()
    sorting.counts = {
        "tasks": sum(found.values()),
        "random": found.get("random", 0),
        "chosen": found.get("chosen", 0),
        "worth": rows.filter(worth__isnull=False).count(),
        "moved": moved,
    }
    sorting.ended_at = sorting.ended_at or now()
    sorting.save(update_fields=["counts", "ended_at"])
    return sorting


def newest(project: Project) -> QuerySet[Sorting]:
    """The orders that were given, the newest first."""
    return Sorting.objects.filter(project=project).order_by("-begun_at", "id")
