"""`manage.py sweep`: rings again, recovers and does chores until it is told to stop."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from jobs import sweeper


class Command(BaseCommand):
    help = "See that no job is forgotten, and do chores. Several may run: one acts, the others stand by."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        sweeper.run(stop)
