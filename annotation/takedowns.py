"""Taking a prompt out: of the queue at once, of every snapshot from now on; frozen ones name it in their cards."""

from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.timezone import now

from accounts.scope import Scope
from annotation.models import Project, Prompt, Takedown, Task


@transaction.atomic
def make(*, scope: Scope, project: Project, prompt: UUID, reason: str) -> tuple[Takedown, bool]:
    """The takedown, and whether it is new: a prompt is taken down once."""
    found = Prompt.objects.select_for_update(no_key=True).filter(pk=prompt, project=project).first()
    if found is None:
        raise Http404
    takedown, is_new = Takedown.objects.get_or_create(prompt=found, defaults={"reason": reason, "by": scope.person})
    if is_new:
        Prompt.objects.filter(pk=found.pk).update(taken_down_at=now())
        Task.objects.filter(prompt=found).update(status=Task.Status.CLOSED)
        scope.record("prompt.taken_down", "prompt", found.pk, project=str(project.pk))
    return takedown, is_new
