"""Ringing for a worker; what is not heard is rung for again when it is due."""

import logging
from uuid import UUID

from celery import current_app
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def ring(delivery: UUID) -> None:
    try:
        current_app.send_task("hooks.deliver", (str(delivery),), queue="short", retry=False, ignore_result=True)
    except (KombuError, RedisError, OSError) as error:
        log.warning("The broker is away; the sweeper will ring for the delivery again.", extra={"why": error})
