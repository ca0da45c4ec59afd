"""`manage.py worker`: hears rings and supervises jobs, each in a child process of its own.

For two cores `make up` starts two: `worker --queues short` (two jobs at once: imports, exports) and
`worker --queues cpu,gpu` (one at once: training has every core but one). On a machine with a GPU beside one without,
start `worker --queues gpu` there. A worker is told to stop with SIGTERM: what runs is given back and begun by the next.
"""

import os
import warnings
from argparse import ArgumentParser
from typing import Any

from celery import current_app
from celery.platforms import SecurityWarning
from django.core.management.base import BaseCommand, CommandError

from jobs import supervisor
from jobs.heart import Heart, name_of
from jobs.models import Job


class Command(BaseCommand):
    help = "Hear rings and supervise jobs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--queues", default="short,cpu,gpu", help="Some of short,cpu,gpu; all by default.")
        parser.add_argument("--concurrency", type=int, help="Jobs at once; 2 for short alone, else 1.")

    def handle(self, *args: Any, **options: Any) -> None:
        queues = checked_queues(options["queues"])
        slots = options["concurrency"]
        if slots is None:
            slots = 2 if queues == ["short"] else 1
        if not 1 <= slots <= 64:
            raise CommandError(f"--concurrency is {slots}: choose 1 to 64.")
        supervisor.threads_per_child = max(1, ((os.cpu_count() or 2) - 1) // slots)
        current_app.steps["worker"].add(Heart)
        warnings.filterwarnings("ignore", category=SecurityWarning)  # said of root; rings hold an id in JSON, no code
        names = ",".join(queues)
        alone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        self.stdout.write(f"Serving {names}, {slots} at once.")
        current_app.worker_main(
            ["--quiet", "worker", "-P", "threads", "-c", str(slots), "-Q", names, "-n", name_of(names), *alone]
        )


def checked_queues(text: str) -> list[str]:
    queues = [word.strip() for word in text.split(",") if word.strip()]
    unknown = [queue for queue in queues if queue not in Job.Queue.values]
    if unknown or not queues:
        what = f"{unknown[0]!r} is no queue" if unknown else "No queue is named"
        raise CommandError(f"{what}: --queues takes some of {', '.join(Job.Queue.values)}.")
    return queues
