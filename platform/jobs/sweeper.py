"""Rings again for what waits, takes jobs from the silent, does chores. Many may stand by; one acts."""

import logging
import threading
import time
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from jobs import chores, claims, rings, workers
from jobs.claims import Claim
from jobs.models import Job

log = logging.getLogger(__name__)
EVERY = 2.0
RING_AGAIN_AFTER = timedelta(seconds=10)
ASLEEP = 15.0  # a gap between two rounds that says that this machine slept, and its workers with it
LOCK = 7_426_531  # any number that no other program on this database uses


class Turn:
    """The advisory lock that makes one sweeper act. It lives in a session of its own, apart from the pool."""

    def __init__(self) -> None:
        self._connection = connection.copy()
        self._connection.settings_dict["OPTIONS"].pop("pool", None)
        self.is_held = False

    def take(self) -> bool:
        """Whether this process acts. A session that died has lost its turn."""
        try:
            with self._connection.cursor() as cursor:
                if self.is_held:
                    cursor.execute("SELECT 1")
                else:
                    cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
                    self.is_held = cursor.fetchone()[0]
        except DatabaseError:
            self.give_up()
            raise
        return self.is_held

    def give_up(self) -> None:
        """Unlocked before the session ends: PostgreSQL may notice a closed connection only a while later."""
        if self.is_held:
            self.is_held = False
            with suppress(DatabaseError), self._connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        self._connection.close()


def run(stop: threading.Event) -> None:
    """Rounds until told to stop. Chores have a thread of their own, so that a slow one holds up no job."""
    turn, awake_since, last_round = Turn(), 0.0, time.time()
    helper = threading.Thread(target=do_chores, args=(turn, stop), name="chores", daemon=True)
    helper.start()
    while not stop.wait(EVERY):
        if time.time() - last_round > ASLEEP:
            awake_since = time.time()
        last_round = time.time()
        try:
            if turn.take():
                if last_round - awake_since > workers.SILENCE.total_seconds():
                    recover()
                ring_again()
        except DatabaseError as error:
            log.warning("The database is away: %s", error)
            connection.close()
    helper.join(10)
    turn.give_up()


def do_chores(turn: Turn, stop: threading.Event) -> None:
    while not stop.wait(EVERY):
        if turn.is_held:
            try:
                chores.do_due()
            except DatabaseError as error:
                log.warning("The database is away: %s", error)
                connection.close()


def recover() -> list[Job]:
    """Take running jobs from supervisors that have been silent: tried again, or failed in words."""
    silent = Q(state=Job.State.RUNNING, seen_at__lt=Now() - workers.SILENCE)
    return [job for pk in Job.objects.filter(silent).values_list("pk", flat=True) if (job := take_away(silent, pk))]


def take_away(silent: Q, pk: UUID) -> Job | None:
    with transaction.atomic():
        job = Job.objects.select_for_update(skip_locked=True).filter(silent, pk=pk).first()
        if job is None:  # it was heard of in the meantime
            return None
        reason = _("The worker that ran it fell silent: its machine was switched off, or the worker was killed.")
        job.state = claims.crash(Claim(job.pk, job.attempt), reason)
    log.warning("Took a job from a silent worker.", extra={"job": job.pk, "attempt": job.attempt, "state": job.state})
    if job.state == Job.State.QUEUED:
        rings.ring(job)
    return job


def ring_again() -> list[Job]:
    """Ring for the oldest of what waits, as far as workers have room: rings do not pile up while all are busy."""
    rung = []
    overdue = Q(rung_at=None) | Q(rung_at__lt=Now() - RING_AGAIN_AFTER)
    for queue in Job.Queue.values:
        waiting = Job.objects.filter(overdue, state=Job.State.QUEUED, parked_at=None, queue=queue)
        waiting = waiting.order_by("created_at")
        for job in waiting[: workers.room(queue)]:
            if Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(rung_at=Now()):
                rings.ring(job)
                rung.append(job)
    return rung
