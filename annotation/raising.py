"""More labels for some of a project's tasks: those that match, a share of them, or the most disputed."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation.browsing.tasks import Wanted, by_id, condition
from annotation.models import Project, Task
from annotation.models.quality import TaskFigure
from annotation.queue import leases
from annotation.queue.statements import fetch
from api.refusals import Conflict, Invalid
from jobs import launch
from jobs.models import Job

KIND = "annotation.raise_overlap"
BATCH = 500
MOST_LABELS = 1_000
MOST_DISPUTED = 10_000

RAISE = """
UPDATE annotation_task SET overlap = %(overlap)s
 WHERE id = ANY (%(tasks)s) AND overlap < %(overlap)s AND status <> 'closed' RETURNING id
"""


@dataclass(frozen=True)
class Subset:
    """Which tasks; a task that is closed or wants as many labels already is none of them."""

    wanted: Wanted = field(default_factory=Wanted)
    share: float = 1.0  # of those that match, by the random key of each: the same share finds the same tasks
    disputed: int = 0  # only so many, those on which people differ most; 0: all

    @classmethod
    def of(cls, arguments: dict[str, Any]) -> "Subset":
        """As a job holds it."""
        return cls(Wanted(**arguments["wanted"]), arguments["share"], arguments["disputed"])


def matching(project: Project, subset: Subset, overlap: int) -> QuerySet[Task]:
    tasks = Task.objects.filter(project=project, overlap__lt=overlap).exclude(status=Task.Status.CLOSED)
    if subset.share < 1:
        tasks = tasks.filter(random_key__lt=subset.share)
    if (exact := by_id(tasks, subset.wanted.words)) is not None:
        return exact
    found = condition(subset.wanted)
    return tasks if found is None else tasks.filter(found)


def disputed(project: Project, subset: Subset, overlap: int) -> list[UUID]:
    """In the order of the newest quality figures; tasks on which all agree are left out."""
    tasks = matching(project, subset, overlap).filter(figure__place__isnull=False, figure__agreement__lt=1)
    return list(tasks.order_by("figure__place", "pk").values_list("pk", flat=True)[: subset.disputed])


@transaction.atomic
def begin(*, scope: Scope, project: Project, overlap: int, subset: Subset) -> Job:
    """The job that does it; its result says how many tasks want more labels now."""
    if not 1 < overlap <= MOST_LABELS:
        raise Invalid(_("A task can want 2 to 1,000 labels here."), field="overlap")
    if not 0 < subset.share <= 1:
        raise Invalid(_("A share is more than 0 and at most 1."), field="share")
    if not 0 <= subset.disputed <= MOST_DISPUTED:
        raise Invalid(_("At most 10,000 of the most disputed tasks can be raised at once."), field="disputed")
    if subset.disputed and not TaskFigure.objects.filter(project=project).exists():
        sentence = _("Nobody has computed yet on which tasks people differ: compute the quality figures first.")
        raise Conflict(sentence, field="disputed")
    scope.record("tasks.overlap_raised", "project", project.pk, overlap=overlap, **told(subset))
    arguments = {"project": str(project.pk), "overlap": overlap, "subset": asdict(subset)}
    return launch.start(KIND, scope=scope, arguments=arguments, subject=("project", project.pk))


def told(subset: Subset) -> dict[str, Any]:
    """What the trail keeps: which filters, never what somebody searched for."""
    filters = sorted(name for name, value in asdict(subset.wanted).items() if value)
    return {"share": subset.share, "disputed": subset.disputed, "filters": ", ".join(filters)}


def chunks(project: Project, subset: Subset, overlap: int, *, kept: Path) -> Iterator[list[UUID]]:
    """The tasks in batches. The most disputed are chosen once: a second attempt reads from `kept` who they were."""
    if subset.disputed:
        if not kept.exists():
            kept.write_text(json.dumps([str(pk) for pk in disputed(project, subset, overlap)]))
        yield from batched([UUID(pk) for pk in json.loads(kept.read_text())])
        return
    position = -1
    while rows := after(project, subset, overlap, position):
        position = rows[-1][1]
        yield [pk for pk, _position in rows]


def batched(tasks: list[UUID]) -> Iterator[list[UUID]]:
    return (tasks[start : start + BATCH] for start in range(0, len(tasks), BATCH))


def after(project: Project, subset: Subset, overlap: int, position: int) -> list[tuple[UUID, int]]:
    found = matching(project, subset, overlap).filter(position__gt=position).order_by("position")
    return list(found.values_list("pk", "position")[:BATCH])


def lift(project: UUID, tasks: list[UUID], overlap: int) -> int:
    """One batch, inside the caller's transaction; the tasks come before all others."""
    fetch(leases.LOCK_TASKS, {"tasks": sorted(tasks)})
    raised = [pk for (pk,) in fetch(RAISE, {"tasks": tasks, "overlap": overlap})]
    leases.return_places(project, raised)
    return len(raised)
