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


def labels(ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """How these ids were called; the erased and the unknown are not among them."""
    asked = {id for id in ids if id is not None}
    return dict(Identity.objects.filter(pk__in=asked).values_list("pk", "label")) if asked else {}
