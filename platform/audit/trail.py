"""Writing into the trail: opaque ids only."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from audit.models import Entry

Listener = Callable[[Entry], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Called from AppConfig.ready: it hears each entry in the deed's own transaction."""
    if listener not in _listeners:
        _listeners.append(listener)


def record(
    action: str,
    *,
    workspace: UUID | None,
    actor: UUID | None,
    token: UUID | None = None,
    object_kind: str = "",
    object_id: str = "",
    details: dict[str, Any] | None = None,
    request_id: str = "",
) -> Entry:
    """One entry, in the transaction of the deed itself: both are kept or neither is."""
    entry = Entry.objects.create(
        workspace=workspace,
        actor=actor,
        token=token,
        action=action,
        object_kind=object_kind,
        object_id=object_id,
        details=details or {},
        request_id=request_id,
    )
    for listener in _listeners:
        listener(entry)
    return entry
