"""`manage.py study`: runs a study, its estimate first, its result as JSON lines."""

import json
import tempfile
from argparse import ArgumentParser
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from rewardmodels import places
from rewardmodels.learning.settings.fields import SettingError
from training.learning.studies import parts, registry, settings
from training.learning.studies.registry import STUDIES, Commission, OtherStudy, Study


class Command(BaseCommand):
    help = (
        "Run a study on the simulated text world. The first line is what it will take; then each chart, fit, peak, "
        "comparison and note is a line of JSON, and the last is the hash of the curves. With --out what is finished "
        "stays in that folder, and a study that was killed goes on there."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=list(STUDIES))
        parser.add_argument("--tier", choices=settings.TIERS, default="quick")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--out", type=Path, help="a folder for this study, its settings and its seed alone")
        parser.add_argument(
            "--set", action="append", default=[], metavar="NAME=JSON", help="in place of the tier's own"
        )
        parser.add_argument("--models", type=Path, help="where the text world's policy is kept, or made")
        parser.add_argument("--threads", type=int, default=0, help="threads that compute; 0 lets torch choose")

    def handle(self, *args: Any, **options: Any) -> None:
        study = registry.find(options["name"])
        try:
            chosen = study.read(options["tier"], dict(assigned(one) for one in options["set"]))
        except SettingError as error:
            raise CommandError(f"{error.name}: {error}") from error
        if not 0 <= options["seed"] <= registry.LARGEST_SEED:
            raise CommandError(f"--seed: this must lie between 0 and {registry.LARGEST_SEED}.")
        self.tell_estimate(study, chosen, options["seed"])
        with ExitStack() as stack:
            folder = options["out"] or Path(stack.enter_context(tempfile.TemporaryDirectory()))
            self.tell_result(self.run(study, chosen, folder, options))

    def run(self, study: Study, chosen: Any, folder: Path, options: dict[str, Any]) -> dict[str, Any]:
        import torch

        from rewardmodels.learning.world import policies
        from training.learning.observing import RunObserver

        if options["threads"]:
            torch.set_num_threads(options["threads"])
        root = options["models"] or places.made_models()
        commission = Commission(chosen, options["seed"], folder, lambda: policies.make(root))
        try:
            found = registry.run(study, commission, RunObserver(phase=self.tell_phase)).as_dict()
        except OtherStudy as error:
            raise CommandError(str(error)) from error
        parts.write(folder / "result.json", found)
        return found

    def tell_estimate(self, study: Study, chosen: Any, seed: int) -> None:
        estimate = study.estimate(chosen)
        costs = {one.what: {"count": one.count, "seconds": round(one.seconds, 1)} for one in estimate.costs}
        self.tell("estimate", study=study.name, seconds=round(estimate.seconds), seed=seed, costs=costs)
        self.tell("settings", **asdict(chosen))

    def tell_result(self, found: dict[str, Any]) -> None:
        for kind in ("charts", "fits", "peaks", "comparisons"):
            for one in found[kind]:
                self.tell(kind.removesuffix("s"), **one)
        for note in found["notes"]:
            self.tell("note", text=note)
        self.tell("hash", sha256=found["sha256"])

    def tell(self, line: str, **values: Any) -> None:
        self.stdout.write(json.dumps({"line": line, "simulated": True, **values}, ensure_ascii=False))
        self.stdout.flush()

    def tell_phase(self, phase: str, share: float) -> None:
        self.stderr.write(f"{share:4.0%} {phase}")


def assigned(given: str) -> tuple[str, Any]:
    """A setting and its value, as JSON."""
    name, _equals, value = given.partition("=")
    try:
        return name, json.loads(value)
    except ValueError:
        raise CommandError(f"--set {given}: write NAME=JSON, such as --set seeds=2 or --set sizes=[0,8].") from None
