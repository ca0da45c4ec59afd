"""`manage.py work <job> <attempt>`: one attempt at a job, started by its supervisor."""

import logging
import os
import signal
import threading
import traceback
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand

from jobs import child
from jobs.claims import Claim, LostClaim
from jobs.supervisor import logged_under
from jobs.work import Cancelled

log = logging.getLogger(__name__)
NICENESS = 10  # the web goes first


class Command(BaseCommand):
    help = "Run one attempt at a job. Supervisors call this; it reads end of file on stdin when they are gone."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("job", type=UUID)
        parser.add_argument("attempt", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        if os.getpgrp() == os.getpid():
            threading.Thread(target=end_with_the_supervisor, name="lifeline", daemon=True).start()
        os.nice(NICENESS)
        raise SystemExit(attempt(Claim(options["job"], options["attempt"]), stop))


def end_with_the_supervisor() -> None:
    """Blocks until the other end of stdin is gone, then ends the whole group."""
    while os.read(0, 1):
        pass
    os.killpg(os.getpid(), signal.SIGKILL)


def attempt(claim: Claim, stop: threading.Event) -> int:
    """The exit status; 0 when nothing is left for the supervisor to judge."""
    try:
        kind, work, notes = child.open_work(claim)
        work.is_cancelled = stop.is_set
        with logged_under(work.request_id):
            child.carry_out(kind, work, notes, apart=True)
    except LostClaim:
        log.info("Another attempt holds the job.", extra={"job": claim.job_id, "attempt": claim.attempt})
    except Cancelled:
        return 3
    except Exception:
        traceback.print_exc()  # the supervisor reads the last lines
        return 1
    return 0
