"""Who holds a job. One conditional UPDATE takes it; every later write names the attempt, and is refused to another."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils.timezone import now

from jobs import ends
from jobs.models import Attempt, Job


class LostClaim(Exception):
    """Another attempt holds the job, or it is over: nothing of this attempt is kept any more."""


@dataclass(frozen=True)
class Claim:
    job_id: UUID
    attempt: int

    @property
    def held(self) -> QuerySet[Job]:
        """The job's row while this attempt holds it, else nothing."""
        return Job.objects.filter(pk=self.job_id, state=Job.State.RUNNING, attempt=self.attempt)


TAKE = """
UPDATE jobs_job
   SET state = 'running', attempt = attempt + 1, tries_left = tries_left - 1, worker = %(worker)s, progress = 0,
       phase = '', pace = NULL, progressed_at = NULL, started_at = statement_timestamp(),
       seen_at = statement_timestamp()
 WHERE id = %(job)s AND state = 'queued' AND parked_at IS NULL
RETURNING attempt
"""


@transaction.atomic
def take(job_id: UUID, *, worker: str) -> Claim | None:
    """The claim, or None when the job is not waiting: somebody was faster, or it is over."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"job": job_id, "worker": worker})
        row = cursor.fetchone()
    if row is None:
        return None
    Attempt.objects.create(job_id=job_id, number=row[0], worker=worker)
    return Claim(job_id, row[0])


def beat(claim: Claim) -> None:
    _write(claim, seen_at=Now())  # the database's clock: machines need not agree


def is_cancel_requested(claim: Claim) -> bool:
    """Whether somebody asked to stop; raises LostClaim when there is nothing left to stop."""
    rows = list(claim.held.values_list("cancel_requested_at", flat=True))
    if not rows:
        raise LostClaim(claim)
    return rows[0] is not None


def check(claim: Claim) -> None:
    if not claim.held.exists():
        raise LostClaim(claim)


@contextmanager
def holding(claim: Claim) -> Iterator[None]:
    """A transaction that commits only while the attempt holds the job; the row is locked last, so no beat waits."""
    with transaction.atomic():
        yield
        if not claim.held.select_for_update().exists():
            raise LostClaim(claim)


def succeed(claim: Claim, result: dict[str, Any]) -> None:
    done = {"progress": 1, "phase": "", "pace": None, "result": result}
    _end(claim, "Finished.", state=Job.State.SUCCEEDED, finished_at=now(), **done)


def fail(claim: Claim, error: str) -> None:
    """The end, in words, with nothing tried again."""
    _end(claim, error, state=Job.State.FAILED, finished_at=now(), error=error)


def cancel(claim: Claim) -> None:
    _end(claim, "Cancelled.", state=Job.State.CANCELLED, finished_at=now())


@transaction.atomic
def give_back(claim: Claim, reason: str) -> Job.State:
    """Wait again without having spent a try: the worker stops, the work did nothing wrong."""
    job = _locked(claim)
    if job.cancel_requested_at is None:
        return _wait_again(claim, reason, tries_left=F("tries_left") + 1)
    cancel(claim)
    return Job.State.CANCELLED


@transaction.atomic
def park(claim: Claim, what: str) -> Job.State:
    """Wait for something else than a worker, without having spent a try: whoever sees to it wakes the job."""
    job = _locked(claim)
    if job.cancel_requested_at is not None:
        cancel(claim)
        return Job.State.CANCELLED
    return _wait_again(claim, what, tries_left=F("tries_left") + 1, parked_at=Now(), phase=what)


@transaction.atomic
def crash(claim: Claim, reason: str) -> Job.State:
    """An end that nobody meant: cancelled if that was asked, else tried again while tries are left, else failed."""
    job = _locked(claim)
    if job.cancel_requested_at is not None:
        cancel(claim)
        return Job.State.CANCELLED
    if job.tries_left > 0:
        return _wait_again(claim, reason)
    fail(claim, f"Given up after {job.attempt} attempts. {reason}")
    return Job.State.FAILED


def _locked(claim: Claim) -> Job:
    job = claim.held.select_for_update().first()
    if job is None:
        raise LostClaim(claim)
    return job


def _wait_again(claim: Claim, reason: str, **fields: Any) -> Job.State:
    _end(claim, reason, state=Job.State.QUEUED, pace=None, rung_at=Now(), **fields)
    return Job.State.QUEUED


def _end(claim: Claim, ending: str, **fields: Any) -> None:
    with transaction.atomic():
        _write(claim, **fields)
        Attempt.objects.filter(job_id=claim.job_id, number=claim.attempt).update(finished_at=now(), ending=ending)
        if fields["state"] in Job.OVER:
            ends.tell(Job.objects.get(pk=claim.job_id))


def _write(claim: Claim, **fields: Any) -> None:
    if not claim.held.update(**fields):
        raise LostClaim(claim)
