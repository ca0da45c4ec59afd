"""Removing for good what was deleted and can be brought back no more."""

import logging
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.timezone import now

from accounts.deletion import kinds
from accounts.deletion.deleting import kept
from accounts.deletion.kinds import Kind
from audit import trail

log = logging.getLogger(__name__)


def overdue() -> int:
    """The sweeper's chore: how many things went. What was made from others goes before them."""
    return sum(of_kind(kind) for kind in reversed(kinds.known()))


def of_kind(kind: Kind) -> int:
    gone = kind.rows().filter(deleted_at__lte=now() - kept()).order_by("deleted_at")
    return sum(is_removed(kind, thing) for thing in gone)


def is_removed(kind: Kind, thing: Any) -> bool:
    """False where something that stands was made from it: the database keeps the row, for the lineage of that."""
    try:
        with transaction.atomic():
            remove(kind, thing)
    except IntegrityError:
        log.info("What was deleted is kept for what was made from it.", extra={"kind": kind.name, "id": str(thing.pk)})
        kind.clear(thing)
        return False
    return True


def remove(kind: Kind, thing: Any) -> None:
    workspace = kind.rows().filter(pk=thing.pk).values_list(kind.workspace, flat=True).get()
    pk = thing.pk
    kind.remove(thing)
    trail.record(f"{kind.name}.purged", workspace=workspace, actor=None, object_kind=kind.name, object_id=str(pk))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else what still points here is found at the commit only
