"""The kinds of long work: each app's `tasks.py` names its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from jobs.models import Job

if TYPE_CHECKING:
    from jobs.work import Work

Handler = Callable[["Work"], dict[str, Any]]


@dataclass(frozen=True)
class Kind:
    name: str  # "annotation.import"
    handler: Handler
    queue: str
    label: str  # what people read, translated when it is shown
    atomic: bool  # the handler's rows and the job's result are kept together or not at all


_kinds: dict[str, Kind] = {}


class Unknown(LookupError):
    """No app has registered this kind."""


def register(name: str, *, queue: str, label: str | None = None, atomic: bool = False) -> Callable[[Handler], Handler]:
    """Make a function `(work) -> dict` the handler of a kind."""
    if queue not in Job.Queue.values:
        raise ValueError(f"{name}: {queue!r} is no queue; there are {', '.join(Job.Queue.values)}.")

    def keep(handler: Handler) -> Handler:
        known = _kinds.get(name)
        if known and (known.handler.__module__, known.handler.__qualname__) != (
            handler.__module__,
            handler.__qualname__,
        ):
            raise ValueError(f"{name} is already handled by {known.handler.__module__}.{known.handler.__qualname__}.")
        _kinds[name] = Kind(name, handler, queue, label or name, atomic)
        return handler

    return keep


def find(name: str) -> Kind:
    try:
        return _kinds[name]
    except KeyError:
        raise Unknown(f"There is no kind of job called {name!r}; is the app's tasks.py in place?") from None


def label(name: str) -> str:
    """What people call the kind, in the language of whoever reads it; the bare name where its app is gone."""
    return _(_kinds[name].label) if name in _kinds else name


def names() -> list[str]:
    return sorted(_kinds)
