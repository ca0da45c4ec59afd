"""Telling the workers that a job waits. A ring that is lost costs seconds, never the job: the sweeper rings again."""

import logging
import time
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from jobs.models import Job

log = logging.getLogger(__name__)
PAUSE = 5.0  # seconds in which a broker that failed is not asked again, so that requests stay quick
_away_until = 0.0


def ring_on_commit(job: Job) -> None:
    """Ring once the job's row can be seen; not at all when its transaction is rolled back."""
    transaction.on_commit(partial(ring, job), robust=True)


def ring(job: Job) -> bool:
    """Whether the broker took it."""
    global _away_until
    if time.monotonic() < _away_until:
        return False
    try:
        current_app.send_task("jobs.ring", (str(job.pk),), queue=job.queue, retry=False, ignore_result=True)
    except (KombuError, RedisError, OSError) as error:
        _away_until = time.monotonic() + PAUSE
        log.warning("The broker is away; the sweeper will ring for the job again.", extra={"job": job.pk, "why": error})
        return False
    return True
