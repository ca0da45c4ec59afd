"""Who wants to know that a job is over: listeners run in the transaction that ends it."""

from collections.abc import Callable

from jobs.models import Job

Listener = Callable[[Job], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Called from AppConfig.ready; a second time changes nothing."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell(job: Job) -> None:
    for listener in _listeners:
        listener(job)
