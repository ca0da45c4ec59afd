"""Starting, cancelling and retrying: what people may do with a job."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from accounts.models import Workspace
from accounts.scope import Scope
from api.refusals import Conflict
from jobs import ends, kinds, rings
from jobs.models import Job


@transaction.atomic
def start(
    kind: str,
    *,
    scope: Scope,
    arguments: dict[str, Any],
    subject: tuple[str, UUID] | None = None,
    queue: str | None = None,
) -> Job:
    """Save the job and ring for a worker when the caller's transaction commits."""
    job = Job.objects.create(
        workspace=scope.workspace,
        created_by=scope.person,
        request_id=scope.request_id,
        **details(kind, arguments, subject, queue),
    )
    scope.record("job.started", "job", job.pk, job_kind=kind)
    rings.ring_on_commit(job)
    return job


@transaction.atomic
def start_unasked(
    kind: str, *, workspace: Workspace, arguments: dict[str, Any], subject: tuple[str, UUID] | None = None
) -> Job:
    """The same for a chore: nobody asked, so nobody stands in the trail."""
    job = Job.objects.create(workspace=workspace, **details(kind, arguments, subject, None))
    rings.ring_on_commit(job)
    return job


def details(
    kind: str, arguments: dict[str, Any], subject: tuple[str, UUID] | None, queue: str | None
) -> dict[str, Any]:
    subject_kind, subject_id = subject or ("", None)
    return {
        "kind": kind,
        "queue": queue or kinds.find(kind).queue,
        "arguments": arguments,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "rung_at": now(),
    }


@transaction.atomic
def cancel(job: Job, scope: Scope) -> Job:
    """A waiting job ends at once; a running one is told to stop and ends within seconds."""
    job = Job.objects.select_for_update().get(pk=job.pk, workspace=scope.workspace)
    if job.state == Job.State.CANCELLED or (job.cancel_requested_at and not job.is_over):
        return job
    if job.is_over:
        raise Conflict(_("This job is already over: it cannot be cancelled any more."))
    job.cancel_requested_at = now()
    if job.state == Job.State.QUEUED:
        job.state, job.finished_at, job.parked_at = Job.State.CANCELLED, job.cancel_requested_at, None
    job.save(update_fields=["cancel_requested_at", "state", "finished_at", "parked_at"])
    scope.record("job.cancelled", "job", job.pk)
    if job.is_over:
        ends.tell(job)
    return job


@transaction.atomic
def retry(job: Job, scope: Scope) -> Job:
    """Wait again, with all tries; the folder and what was measured are still there to go on from.

    It works in the name of whoever asks now: the first one may have left, or may do less or more than this one.
    """
    job = Job.objects.select_for_update().get(pk=job.pk, workspace=scope.workspace)
    if job.state not in {Job.State.FAILED, Job.State.CANCELLED}:
        raise Conflict(_("Only a job that failed or was cancelled can be tried again."))
    job.state, job.error, job.finished_at, job.cancel_requested_at = Job.State.QUEUED, "", None, None
    job.progress, job.phase, job.pace = 0, "", None
    job.created_by, job.request_id = scope.person, scope.request_id
    job.tries_left, job.rung_at = Job.MOST_ATTEMPTS, now()
    job.save()
    scope.record("job.retried", "job", job.pk)
    rings.ring_on_commit(job)
    return job


@transaction.atomic
def wake(job: Job) -> bool:
    """What it waited for is there: it waits for a worker now. Whether it was parked."""
    if not Job.objects.filter(pk=job.pk, parked_at__isnull=False).update(parked_at=None, phase="", rung_at=now()):
        return False
    rings.ring_on_commit(job)
    return True
