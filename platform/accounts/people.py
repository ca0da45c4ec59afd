"""Making a person, and what may change of one."""

from typing import Any
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Person
from api.refusals import Conflict, Invalid
from audit import identities, trail

LONGEST_NAME = 120


def label(person: Person) -> str:
    """How a person is called in the audit trail, until erased."""
    return f"{person.name} <{person.email}>" if person.name else person.email


def check_password(password: str, person: Person) -> None:
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), errors=[("password", message) for message in error.messages]) from None


def create(*, email: str, name: str = "", password: str | None = None) -> Person:
    """Somebody new; without a password they cannot sign in until they set one by a link."""
    person = Person(email=email.strip().lower(), name=name.strip())
    if password is not None:
        check_password(password, person)
    person.set_password(password)
    try:
        person.full_clean(exclude=["password"], validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        rows = [(field, message) for field, messages in error.message_dict.items() for message in messages]
        raise Invalid(rows[0][1], errors=rows) from None
    try:
        with transaction.atomic():
            person.save(force_insert=True)
    except IntegrityError:
        raise Conflict(_("Somebody with this address is here already."), field="email") from None
    identities.remember(person.pk, label(person))
    return person


def claim(*, person: Person, name: str, password: str) -> Person:
    """Somebody who was made without a password chooses one."""
    check_password(password, person)
    person.set_password(password)
    person.name = name.strip()[:LONGEST_NAME] or person.name
    person.save(update_fields=["password", "name"])
    return person


@transaction.atomic
def set_password(*, person: Person, password: str) -> None:
    """By the installation itself; whoever is signed in with the old one is out."""
    check_password(password, person)
    person.set_password(password)
    person.save(update_fields=["password"])
    record("person.password_reset", person, actor=None)


def record(action: str, person: Person, *, actor: UUID | None, request_id: str = "", **details: Any) -> None:
    """What happened to an account stands in the trail of every workspace that it may enter."""
    entered = person.memberships.filter(workspace__deleted_at=None)
    places: list[UUID | None] = list(entered.values_list("workspace", flat=True))
    for workspace in places or [None]:
        trail.record(
            action,
            workspace=workspace,
            actor=actor,
            object_kind="person",
            object_id=str(person.pk),
            details=details,
            request_id=request_id,
        )


def rename(*, person: Person, name: str) -> Person:
    person.name = name.strip()[:LONGEST_NAME]
    person.save(update_fields=["name"])
    identities.remember(person.pk, label(person))
    return person
