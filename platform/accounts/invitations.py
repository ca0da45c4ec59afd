"""Asking somebody in by a link, and what happens when they follow it."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext as _

from accounts import languages, mails, people
from accounts.models import Invitation, Membership, Person, Workspace
from accounts.roles import Role
from accounts.scope import Scope
from accounts.tokens import digest
from api.refusals import Conflict, Invalid
from audit import identities

DAYS = 7
MOST_DAYS = 90
KEPT = timedelta(days=90)  # after their last day


def link(secret: str) -> str:
    return settings.PUBLIC_URL + reverse("invitation", kwargs={"secret": secret})


@transaction.atomic
def invite(*, scope: Scope, email: str, role: Role, days: int = DAYS) -> tuple[Invitation, str]:
    """An invitation and, this once, its link; an earlier open one to the same address is void from now on."""
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid(_("Write an e-mail address."), field="email") from None
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(_("An invitation lasts 1 to %(most)d days.") % {"most": MOST_DAYS}, field="days")
    Workspace.objects.select_for_update(no_key=True).get(pk=scope.workspace.pk)  # two invitations follow one another
    if Membership.objects.filter(workspace=scope.workspace, person__email=email).exists():
        raise Conflict(_("This person is a member already."), field="email")
    for earlier in open_ones(scope.workspace).filter(email=email):
        revoke(scope=scope, invitation=earlier)
    secret = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        workspace=scope.workspace,
        email=email,
        role=role,
        sha256=digest(secret),
        invited_by=scope.person,
        expires_at=now() + timedelta(days=days),
    )
    identities.remember(invitation.pk, email)
    scope.record("invitation.made", "invitation", invitation.pk, role=role, days=days)
    send(invitation, link(secret))
    return invitation, link(secret)


def send(invitation: Invitation, address: str) -> None:
    workspace = invitation.workspace.name
    with translation.override(languages.of_address(invitation.email)):
        mails.send_after_commit(
            to=invitation.email,
            subject=_("You are invited to %(workspace)s") % {"workspace": workspace},
            body=_("Follow this link to join %(workspace)s. It works once, until %(day)s.\n\n%(link)s\n")
            % {"workspace": workspace, "day": invitation.expires_at.date().isoformat(), "link": address},
        )


@transaction.atomic
def revoke(*, scope: Scope, invitation: Invitation) -> None:
    """The link opens nothing any more."""
    if Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(revoked_at=now()):
        scope.record("invitation.revoked", "invitation", invitation.pk)


def open_ones(workspace: Workspace) -> QuerySet[Invitation]:
    """Neither accepted nor revoked; they may have run out."""
    return Invitation.objects.filter(workspace=workspace, accepted_at=None, revoked_at=None)


def behind(secret: str) -> Invitation | None:
    """The invitation that a link carries, while it may still be accepted."""
    return (
        Invitation.objects.select_related("workspace")
        .filter(sha256=digest(secret), accepted_at=None, revoked_at=None, expires_at__gt=now())
        .filter(workspace__deleted_at=None)
        .first()
    )


def may_choose_password(invitation: Invitation) -> bool:
    """Whether the link's bearer sets the password: nobody has one yet, and no other workspace is behind the account.

    An admin of one workspace must not come into another one by inviting somebody who has not signed in there yet.
    """
    person = Person.objects.filter(email=invitation.email).first()
    if person is None:
        return True
    elsewhere = person.memberships.exclude(workspace=invitation.workspace).exists()
    return person.is_active and not (person.has_usable_password() or person.is_staff or elsewhere)


@transaction.atomic
def join(*, invitation: Invitation, name: str, password: str) -> Person:
    """Somebody who could not sign in before now can, and is a member."""
    invitation = locked(invitation)
    if not may_choose_password(invitation):
        raise Conflict(_("There is an account with this address: sign in with it to accept."), field="password")
    person = Person.objects.filter(email=invitation.email).first()
    if person is None:
        person = people.create(email=invitation.email, name=name, password=password)
    else:
        people.claim(person=person, name=name, password=password)
    admit(invitation, person)
    return person


@transaction.atomic
def accept(*, invitation: Invitation, person: Person) -> Membership:
    """A person who is signed in becomes a member; only the person to whom the invitation was addressed."""
    invitation = locked(invitation)
    if person.email != invitation.email:
        raise Conflict(_("This invitation is for another address than the one you are signed in with."))
    return admit(invitation, person)


def locked(invitation: Invitation) -> Invitation:
    found = Invitation.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=invitation.pk)
    if found.is_over:
        raise Conflict(_("This invitation is over: ask for a new one."))
    return found


def admit(invitation: Invitation, person: Person) -> Membership:
    membership, _made = Membership.objects.get_or_create(
        workspace=invitation.workspace, person=person, defaults={"role": invitation.role}
    )
    invitation.accepted_at, invitation.accepted_by = now(), person
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    identities.remember(person.pk, people.label(person))
    scope = Scope(person, invitation.workspace, Role(membership.role))
    scope.record("invitation.accepted", "invitation", invitation.pk, role=membership.role)
    return membership


def forget_old() -> int:
    """Invitations that ended long ago, with the addresses that they hold; the trail keeps that they were made."""
    old = Invitation.objects.filter(expires_at__lt=now() - KEPT)
    identities.forget(old.values_list("pk", flat=True))
    return old.delete()[0]
