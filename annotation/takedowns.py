"""Taking a prompt out: of the queue at once, of every snapshot from now on; frozen ones name it in their cards."""

from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.timezone import now

from accounts.scope import Scope
from annotation.models import Project, Prompt, Takedown, Task
from annotation.queue import leases
from annotation.queue.statements import fetch

# Whose answer is being written at this moment may finish it. A test that asks it is mended when a question is due.
OUT_OF_HANDS = """
WITH held AS (
    SELECT a.id FROM annotation_assignment a
     WHERE a.task_id = ANY (%(tasks)s) AND a.state = 'open'
     ORDER BY a.id FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE annotation_assignment a
   SET state = 'released', slot = NULL, ended_at = now(), lease_expires_at = NULL, holds_place = false
  FROM held WHERE a.id = held.id
"""


@transaction.atomic
def make(*, scope: Scope, project: Project, prompt: UUID, reason: str) -> tuple[Takedown, bool]:
    """The takedown, and whether it is new: a prompt is taken down once."""
    found = Prompt.objects.select_for_update(no_key=True).filter(pk=prompt, project=project).first()
    if found is None:
        raise Http404
    takedown, is_new = Takedown.objects.get_or_create(prompt=found, defaults={"reason": reason, "by": scope.person})
    if is_new:
        Prompt.objects.filter(pk=found.pk).update(taken_down_at=now())
        close(project, found)
        scope.record("prompt.taken_down", "prompt", found.pk, project=str(project.pk))
    return takedown, is_new


def close(project: Project, prompt: Prompt) -> None:
    """Nobody is given the tasks any more, and who holds one is not shown it again."""
    locked = Task.objects.filter(prompt=prompt).order_by("pk").select_for_update(no_key=True)
    tasks = list(locked.values_list("pk", flat=True))
    Task.objects.filter(pk__in=tasks).update(status=Task.Status.CLOSED, is_aside=False)
    fetch(OUT_OF_HANDS, {"tasks": tasks})
    leases.return_places(project.pk, tasks)
