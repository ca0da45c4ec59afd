"""Questions that nobody waits for: taken off the desks for a while or for good, and put back for everybody.

Whoever has one open at that moment may still answer it.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from annotation.models import Task
from annotation.queue import leases


@transaction.atomic
def take(tasks: Iterable[UUID], *, for_good: bool) -> int:
    """How many went that still wanted an answer."""
    status = Task.Status.CLOSED if for_good else Task.Status.PAUSED
    before = [Task.Status.OPEN, Task.Status.PAUSED] if for_good else [Task.Status.OPEN]
    found = Task.objects.filter(pk__in=list(tasks), status__in=before, open_places__gt=0)
    locked = list(found.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    return Task.objects.filter(pk__in=locked).update(status=status, is_aside=not for_good)


@transaction.atomic
def put_back(tasks: Iterable[UUID]) -> int:
    """Those that were taken for a while have a new turn, so that nobody's place in the queue is beyond them.

    What somebody paused by hand stays so.
    """
    taken = Task.objects.filter(pk__in=list(tasks), is_aside=True, prompt__taken_down_at=None)
    rows = list(taken.order_by("pk").select_for_update(no_key=True, of=("self",)).values_list("pk", "project"))
    Task.objects.filter(pk__in=[pk for pk, _project in rows]).update(status=Task.Status.OPEN, is_aside=False)
    for project in {project for _pk, project in rows}:
        leases.return_places(project, [pk for pk, own in rows if own == project])
    return len(rows)
