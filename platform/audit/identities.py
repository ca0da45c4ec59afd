"""What opaque ids were called, apart from the trail so that erasure can take it away."""

from collections.abc import Iterable
from uuid import UUID

from audit.models import Identity

LONGEST = 320


def remember(id: UUID, label: str) -> None:
    """The label under which people will find this id in the trail."""
    label = label[:LONGEST]
    if not Identity.objects.filter(pk=id, label=label).exists():  # the usual case takes no lock
        Identity.objects.update_or_create(pk=id, defaults={"label": label})


def forget(ids: Iterable[UUID]) -> int:
    """The entries stay; nobody can read any more whom they are about."""
    return Identity.objects.filter(pk__in=list(ids)).delete()[0]
