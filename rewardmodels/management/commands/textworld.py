"""`manage.py textworld`: makes the small policy of the text world, once a machine."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from rewardmodels import places


class Command(BaseCommand):
    help = (
        "Train the small policy builtin:textworld of the simulated text world and keep it in DATA_DIR. "
        "Takes about three minutes of one core; an interrupted training goes on where it was."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--threads", type=int, default=0, help="threads that compute; 0 lets torch choose")

    def handle(self, *args: Any, **options: Any) -> None:
        from rewardmodels.learning.observing import Observer
        from rewardmodels.learning.world import policies

        root = places.made_models()
        if policies.is_made(root, policies.STANDARD_RECIPE):
            self.stdout.write(f"{policies.NAME} is here already: {policies.folder_of(root, policies.STANDARD_RECIPE)}")
            return
        import torch

        if options["threads"]:
            torch.set_num_threads(options["threads"])
        observer = Observer(phase=self.tell, resumed=lambda step: self.stdout.write(f"Going on after step {step}."))
        folder = policies.make(root, policies.STANDARD_RECIPE, observer)
        self.stdout.write(f"{policies.NAME} is ready: {folder}")

    def tell(self, phase: str, share: float) -> None:
        self.stdout.write(f"{phase} {share:.0%}")
        self.stdout.flush()
