"""`manage.py demo`: fills a workspace with something to look at, through the functions that people's pages call."""

import contextlib
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import Workspace
from accounts.scope import Scope
from jobs import workers
from jobs.models import Job
from training.rounds.demo import findings, going
from training.rounds.demo.steps import STEPS

PAUSE = 0.5


class Command(BaseCommand):
    help = (
        "Fill a workspace with projects on an original data set, simulated judgments, figures of quality, snapshots, "
        "reward models, two runs and a study. What is there already is left as it is, and what was broken off goes on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workspace", default="demo", help="its address, as in /w/<workspace>/; demo by default")
        parser.add_argument("--begin", action="store_true", help="begin only: the sweeper goes on in the background")
        parser.add_argument(
            "--if-new", action="store_true", help="do nothing where there is no such, or a used, workspace"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = Workspace.objects.filter(slug=options["workspace"], deleted_at=None).first()
        if options["if_new"] and (workspace is None or is_used(workspace)):
            return
        scope = self.scope(workspace, options["workspace"])
        if options["begin"]:
            going.advance(scope)
            return
        started = time.monotonic()
        with workers_at_hand():
            self.fill(scope, started)
        self.tell(scope.workspace, time.monotonic() - started)

    def scope(self, workspace: Workspace | None, slug: str) -> Scope:
        scope = going.scope_of(workspace) if workspace else None
        if scope is None:
            raise CommandError(
                f"No researcher or admin is in a workspace “{slug}”: `manage.py demo_people` makes the demo workspace, "
                f"`manage.py create_token --email you@example.org --workspace {slug} --role admin` any other."
            )
        return scope

    def fill(self, scope: Scope, started: float) -> None:
        """Until everything is there, or what is missing needs something that failed."""
        told = {name for name, step in going.states(scope.workspace).items() if step.is_done}
        if told:
            self.say(started, f"{len(told)} of {len(STEPS)} steps are there already")
        going.try_again(scope)
        while True:
            going.give_back(scope)
            for step in going.advance(scope):
                self.say(started, f"… {STEPS[step.name].title}" if not step.error else f"{step.name}: {step.error}")
            begun = going.states(scope.workspace)
            for name in [name for name in STEPS if name in begun and begun[name].is_done and name not in told]:
                told.add(name)
                self.say(started, f"✓ {STEPS[name].title}")
            if going.is_over(begun):
                return
            time.sleep(PAUSE)

    def tell(self, workspace: Workspace, seconds: float) -> None:
        self.stdout.write("")
        for line in findings.lines(workspace):
            self.stdout.write(line)
        begun = going.states(workspace)
        broken = {name: step for name, step in begun.items() if step.is_broken}
        for name, step in broken.items():
            self.stderr.write(f"{STEPS[name].title}: {step.error or (step.job and step.job.error) or 'cancelled'}")
        if broken:
            raise CommandError("Not all of it is there; the same command tries again what failed.")
        self.stdout.write(f"\nAll {len(STEPS)} steps are there, after {seconds:.0f} s.")

    def say(self, started: float, text: str) -> None:
        self.stdout.write(f"{time.monotonic() - started:6.0f} s  {text}")
        self.stdout.flush()


def is_used(workspace: Workspace) -> bool:
    return workspace.demo_steps.exists() or workspace.projects.exists()


@contextlib.contextmanager
def workers_at_hand() -> Iterator[None]:
    """Where no worker serves a queue, one does as long as this lasts."""
    missing = [queue for queue in Job.Queue.values if not workers.serving(queue)]
    if not missing:
        yield
        return
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "worker", "--queues", ",".join(missing)]
    helper = subprocess.Popen(
        [*command, "--concurrency", "2"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield
    finally:
        helper.terminate()
        helper.wait()
