"""Bringing a person into a workspace from the command line, where nobody is signed in yet."""

from datetime import timedelta

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from accounts import memberships, people, tokens, workspaces
from accounts.models import Membership, Person
from accounts.roles import Role
from api.refusals import Invalid
from audit import trail


@transaction.atomic
def enrol(*, email: str, workspace: str, role: Role, password: str | None = None, name: str = "") -> Membership:
    """Person, workspace and membership, each made where it is missing; what stands already is left as it is."""
    place = workspaces.find_or_open(workspace)
    person = Person.objects.filter(email=email.strip().lower()).first()
    if person is None:
        person = people.create(email=email, name=name, password=password)
    elif not person.is_active:
        raise Invalid(_("This account is not active."), field="email")
    membership, _made = memberships.enrol(workspace=place, person=person, role=role)
    return membership


@transaction.atomic
def issue_token(*, email: str, workspace: str, role: Role, days: int | None = None) -> tuple[Membership, str]:
    """A membership as `enrol` finds or makes it, and the secret of a new token for it."""
    if days is not None and not 1 <= days <= tokens.MOST_DAYS:
        raise Invalid(_("A token lasts 1 to %(most)d days.") % {"most": tokens.MOST_DAYS}, field="days")
    membership = enrol(email=email, workspace=workspace, role=role)
    expires_at = now() + timedelta(days=days) if days else None
    token, secret = tokens.make(membership=membership, name="command line", role=role, expires_at=expires_at)
    trail.record(
        "token.created",
        workspace=membership.workspace_id,
        actor=None,
        object_kind="token",
        object_id=str(token.pk),
        details={"person": str(membership.person_id), "role": role},
    )
    return membership, secret
