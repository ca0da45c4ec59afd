"""Deleting, and bringing back what was deleted."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.timezone import now
from django.utils.translation import gettext as _

from accounts.deletion import kinds
from accounts.deletion.kinds import Kind
from accounts.models import Workspace
from accounts.scope import Scope
from api.refusals import Conflict


def kept() -> timedelta:
    """How long a deletion can be undone."""
    return timedelta(days=settings.KEEP_DELETED_DAYS)


def standing(scope: Scope, kind: Kind, pk: UUID) -> Any:
    found = kind.of_workspace(scope.workspace).filter(pk=pk, deleted_at=None).first()
    if found is None:
        raise Http404(_("There is no such thing here, or it was deleted already."))
    return found


@transaction.atomic
def delete(*, scope: Scope, kind: str, pk: UUID) -> None:
    """Out of sight at once; its work ends; for as long as `kept` says nothing of it is lost."""
    found = kinds.find(kind)
    thing = locked(found, scope.workspace, pk)
    if thing is None or thing.deleted_at is not None:
        raise Http404(_("There is no such thing here, or it was deleted already."))
    if bar := found.bar(thing):
        raise Conflict(bar)
    found.stop(scope, thing)
    thing.deleted_at = now()
    thing.save(update_fields=["deleted_at"])
    scope.record(f"{kind}.deleted", kind, pk)


@transaction.atomic
def restore(*, scope: Scope, kind: str, pk: UUID) -> Any:
    """As it stood when it was deleted; what stands already is left as it is."""
    found = kinds.find(kind)
    thing = locked(found, scope.workspace, pk)
    if thing is None:
        raise Http404(_("There is no such thing here, or what it lies in was deleted too."))
    if thing.deleted_at is not None:
        if thing.deleted_at <= now() - kept():
            raise Http404(_("It was deleted too long ago: it cannot be brought back any more."))
        thing.deleted_at = None
        thing.save(update_fields=["deleted_at"])
        scope.record(f"{kind}.restored", kind, pk)
    return thing


def locked(kind: Kind, workspace: Workspace, pk: UUID) -> Any:
    rows = kind.of_workspace(workspace).select_for_update(of=("self",), no_key=True)
    return rows.filter(pk=pk).first()


def deleted(scope: Scope, kind: Kind) -> QuerySet[Any]:
    """What can still be brought back, the last first."""
    rows = kind.of_workspace(scope.workspace).filter(deleted_at__gt=now() - kept())
    return rows.order_by("-deleted_at", "pk")


def count(scope: Scope) -> int:
    return sum(deleted(scope, kind).count() for kind in kinds.known())
