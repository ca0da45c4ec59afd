"""Watching over one attempt: beats apart from the work, passes on a wish to cancel, and judges how it ended."""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from jobs import claims, endings, notes, rings
from jobs.claims import Claim, LostClaim
from jobs.models import Job
from jobs.notes import Batch
from jobs.processes import Child, last_words
from jobs.work import LONGEST_LINE, cut
from web.middleware import current_request_id

log = logging.getLogger(__name__)
BEAT = 5.0  # seconds between two signs of life
LOOK = 1.0  # seconds between two looks whether somebody asked to stop
GRACE = 2.5  # seconds between asking the child to stop and ending its group; with LOOK and TICK well under 5
TICK = 0.2
PATIENCE = 25.0  # seconds in which a database that is away is asked again for the last word; then the sweeper has it

closing = threading.Event()  # the worker is told to stop: no new work, and what runs is given back
threads_per_child = max(1, (os.cpu_count() or 2) - 1)  # one core is left for the web


class Why(Enum):
    """Why the child was asked to stop, if it was."""

    ITS_OWN = "nobody asked"
    CANCELLED = "a person asked"
    LOST = "the job is over, or another attempt holds it"
    CLOSING = "the worker stops"


def serve(job_id: UUID, *, worker: str) -> None:
    """Take the job if it waits, and see it through."""
    if closing.is_set():
        return
    claim = claims.take(job_id, worker=worker)
    if claim is None:
        return
    job = Job.objects.only("request_id", "kind").get(pk=job_id)
    with logged_under(job.request_id):
        log.info("Began a job.", extra={"job": job_id, "kind": job.kind, "attempt": claim.attempt})
        supervise(claim)


def supervise(claim: Claim) -> None:
    try:
        child = Child(claim, threads=threads_per_child)
    except OSError as error:
        settle(claim, Why.ITS_OWN, f"No process could be started for the work: {error}.", [])
        return
    try:
        why = watch(child, claim)
    finally:
        code = child.end()
    lines = last_words(child.tail)
    settle(claim, why, endings.in_words(code, lines), lines)


def watch(child: Child, claim: Claim) -> Why:
    """Until the child has ended, or has been asked to and did not within the grace."""
    why, stop_by, beat_at, look_at = Why.ITS_OWN, float("inf"), 0.0, 0.0
    while not child.has_ended(within=TICK) and time.monotonic() < stop_by:
        at = time.monotonic()
        if at >= beat_at:
            beat_at = at + BEAT
            why = asked(why, beat, claim)
        if at >= look_at or closing.is_set():
            look_at = at + LOOK
            why = asked(why, look, claim)
        if why is not Why.ITS_OWN and stop_by == float("inf"):
            stop_by = at + GRACE
            child.ask_to_stop()
    return why


def beat(claim: Claim) -> Why:
    claims.beat(claim)
    return Why.ITS_OWN


def look(claim: Claim) -> Why:
    if claims.is_cancel_requested(claim):
        return Why.CANCELLED
    return Why.CLOSING if closing.is_set() else Why.ITS_OWN


def asked(before: Why, question: Callable[[Claim], Why], claim: Claim) -> Why:
    """The answer, where the first reason to stop stands; a database that is away is no reason."""
    if before is not Why.ITS_OWN:
        return before
    try:
        return question(claim)
    except LostClaim:
        return Why.LOST
    except DatabaseError as error:
        log.warning("The database is away while job %s runs: %s", claim.job_id, error)
        connection.close()
        return Why.ITS_OWN


def settle(claim: Claim, why: Why, reason: str, lines: list[str]) -> None:
    """Write the end, unless the child wrote it itself; ask again while the database is away."""
    give_up_at = time.monotonic() + PATIENCE
    while True:
        try:
            state = judge(claim, why, reason, lines)
            break
        except LostClaim:
            return
        except DatabaseError as error:
            log.warning("The end of job %s cannot be written now: %s", claim.job_id, error)
            connection.close()
            if time.monotonic() > give_up_at:
                return
            time.sleep(1)
    log.info("A job ended early.", extra={"job": claim.job_id, "attempt": claim.attempt, "state": state, "why": reason})
    if state == Job.State.QUEUED:
        rings.ring(Job.objects.get(pk=claim.job_id))


@transaction.atomic
def judge(claim: Claim, why: Why, reason: str, lines: list[str]) -> Job.State:
    if why is Why.CLOSING:
        return claims.give_back(claim, _("The worker was stopped; the job goes on with the next one."))
    if why is not Why.CANCELLED and lines:
        notes.write(claim, Batch(lines=[(cut(line, LONGEST_LINE), now()) for line in lines]))
    return claims.crash(claim, reason)


@contextmanager
def logged_under(request_id: str) -> Iterator[None]:
    """Log lines carry the id of the request that asked for the work."""
    before = current_request_id.set(request_id)
    try:
        yield
    finally:
        current_request_id.reset(before)
