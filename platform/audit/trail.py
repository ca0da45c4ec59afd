"""Writing into the trail: opaque ids only."""

from typing import Any
from uuid import UUID

from audit.models import Entry


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
    return Entry.objects.create(
        workspace=workspace,
        actor=actor,
        token=token,
        action=action,
        object_kind=object_kind,
        object_id=object_id,
        details=details or {},
        request_id=request_id,
    )
