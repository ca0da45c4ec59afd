"""What the sweeper does every so often: each app's `chores.py` names its own in `CHORES`."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module

from django.apps import AppConfig, apps
from django.db.models.functions import Now
from django.utils.module_loading import module_has_submodule

from jobs.models import Chore as Record

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Chore:
    name: str  # "audit.seal"
    every: float  # seconds
    run: Callable[[], object]


_chores: dict[str, Chore] = {}


def register(name: str, *, every: float, run: Callable[[], object]) -> None:
    """A second call with the same name replaces the first."""
    if every <= 0:
        raise ValueError(f"{name}: a chore is done every so many seconds, not every {every}.")
    _chores[name] = Chore(name, every, run)


def discover() -> None:
    """Read `CHORES = {name: (seconds, function)}` of every app, so that the apps below jobs need not import it."""
    for app in apps.get_app_configs():
        for name, (every, run) in chores_of(app).items():
            register(name, every=every, run=run)


def chores_of(app: AppConfig) -> dict[str, tuple[float, Callable[[], object]]]:
    if app.module is None or app.name == "jobs" or not module_has_submodule(app.module, "chores"):
        return {}
    return import_module(f"{app.name}.chores").CHORES


def do_due() -> list[str]:
    """Do what is due, one after the other; an error is logged and kept with the chore. The names of what was done."""
    done = []
    for chore in list(_chores.values()):
        if take(chore):
            done.append(chore.name)
            do(chore)
    return done


def take(chore: Chore) -> bool:
    """True for exactly one caller each time that the chore is due."""
    due = Record.objects.filter(name=chore.name, ran_at__lt=Now() - timedelta(seconds=chore.every))
    if due.update(ran_at=Now()):
        return True
    _record, is_new = Record.objects.get_or_create(name=chore.name, defaults={"ran_at": Now()})
    return is_new


def do(chore: Chore) -> None:
    error = ""
    try:
        chore.run()
    except Exception as problem:  # one broken chore must not keep the others from being done
        log.exception("A chore failed.", extra={"chore": chore.name})
        error = f"{type(problem).__name__}: {problem}"
    Record.objects.filter(name=chore.name).update(error=error)
