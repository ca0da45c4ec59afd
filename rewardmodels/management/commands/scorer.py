"""`manage.py scorer`: the resident process that scores."""

import os
import signal
import threading
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from rewardmodels import places
from rewardmodels.scorer import client


class Command(BaseCommand):
    help = "Keep reward models in memory and answer scores on a unix socket in DATA_DIR, until stopped."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--memory-mb", type=int, default=2_048, help="bytes that models may take, in MiB")
        parser.add_argument("--threads", type=int, default=0, help="threads that compute; 0 lets torch choose")

    def handle(self, *args: Any, **options: Any) -> None:
        address = client.socket_of(settings.DATA_DIR)
        if client.is_answered(address):  # said before torch is loaded
            raise CommandError(f"A scorer listens at {address} already.")
        # Threads that wait by spinning take the cores from whatever else runs here: read by OpenMP when it is loaded.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        import torch

        from rewardmodels.scorer import server
        from rewardmodels.scorer.residents import Residents

        if options["threads"]:
            torch.set_num_threads(options["threads"])
        stop = threading.Event()

        def end(number: int, frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        places.root().mkdir(parents=True, exist_ok=True)
        scorer = server.Scorer(places.root(), Residents(options["memory_mb"] * 1024 * 1024))
        self.stdout.write(f"Scoring at {address}")
        try:
            server.serve(address, scorer, stop)
        except server.AlreadyRunning as error:
            raise CommandError(str(error)) from None
