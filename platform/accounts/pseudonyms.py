"""Who stands behind a pseudonym: told to admins alone, and every telling is in the trail."""

from typing import NamedTuple

from django.db import transaction

from accounts.models import Annotator, Person
from accounts.scope import Scope


class Behind(NamedTuple):
    annotator: Annotator
    person: Person | None  # None for imported, simulated and erased records
    source_name: str


@transaction.atomic
def reveal(*, scope: Scope, annotator: Annotator) -> Behind:
    scope.record("identity.seen", "annotator", annotator.pk)
    return Behind(annotator, annotator.person, annotator.source_name)
