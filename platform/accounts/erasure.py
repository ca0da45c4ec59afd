"""Erasing a person on request: what identifies goes, judgments stay under a pseudonym that leads nowhere.

What this cannot reach is said on the page and in docs/admin.md: frozen files and what was downloaded, backups until
they are rotated out, and logs.

Who may erase whom: a person themselves, wholly. An admin, wholly, when the person belongs to no other workspace; else
only the link between person and pseudonym in the admin's own workspace, for the account is not theirs to take from
others. Staff accounts and all the rest: whoever runs the installation, with `manage.py erase_person`.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.timezone import now
from django.utils.translation import gettext as _

from accounts import memberships, people, sessions
from accounts.models import Annotator, Invitation, Membership, Person, Token, Workspace
from accounts.scope import Scope
from api.models import Idempotency
from api.refusals import Conflict
from audit import identities

# Other apps clear what else they keep of an annotator, such as words beside a verdict: ids of annotators → nothing.
_also: list[Callable[[Sequence[UUID]], None]] = []


def also(clear: Callable[[Sequence[UUID]], None]) -> None:
    """Called from AppConfig.ready; runs within the erasure's own transaction."""
    if clear not in _also:
        _also.append(clear)


@dataclass(frozen=True)
class Actor:
    """Who erases: a person, or, with None, the installation itself."""

    person: UUID | None
    request_id: str = ""


def may_erase_wholly(scope: Scope, person: Person) -> bool:
    """An admin's own member who belongs to nobody else."""
    elsewhere = person.memberships.exclude(workspace=scope.workspace).filter(workspace__deleted_at=None)
    return person.pk == scope.person.pk or not (person.is_staff or elsewhere.exists())


@transaction.atomic
def erase_member(*, scope: Scope, membership: Membership) -> bool:
    """Whether the whole person is gone; else they are out of this workspace and their pseudonym here leads nowhere."""
    person = membership.person
    if may_erase_wholly(scope, person):
        erase(person=person, by=Actor(scope.person.pk, scope.request_id))
        return True
    memberships.remove(scope=scope, membership=membership)
    cut(Annotator.objects.filter(workspace=scope.workspace, person=person))
    Idempotency.objects.filter(person=person.pk, workspace=scope.workspace.pk).delete()  # names person and judgment
    scope.record("member.pseudonym_cut", "person", person.pk)
    return False


@transaction.atomic
def erase(*, person: Person, by: Actor) -> None:
    """Nothing is left in the database that says who this was."""
    person = Person.objects.select_for_update().get(pk=person.pk)
    if person.erased_at:
        raise Conflict(_("This account has been erased already."))
    refuse_for_a_last_admin(person)
    people.record("person.erased", person, actor=by.person, request_id=by.request_id)
    sessions.end_all(person)
    UserSession.objects.filter(user=person).delete()
    Authenticator.objects.filter(user=person).delete()
    EmailAddress.objects.filter(user=person).delete()
    Token.objects.filter(person=person).delete()
    memberships.withdraw_invitations(person, *Workspace.objects.filter(memberships__person=person))
    Membership.objects.filter(person=person).delete()
    cut(Annotator.objects.filter(person=person))
    forget_invitations(person)
    Idempotency.objects.filter(Q(person=person.pk) | Q(answer__icontains=person.email)).delete()
    identities.forget([person.pk])
    person.email, person.name = f"erased-{secrets.token_hex(12)}@invalid", ""
    person.set_unusable_password()
    person.is_active, person.is_staff, person.last_login, person.erased_at = False, False, None, now()
    person.save()


def cut(records: QuerySet[Annotator]) -> None:
    """From now on nothing leads from the pseudonym to the person."""
    ids = list(records.values_list("pk", flat=True))
    Annotator.objects.filter(pk__in=ids).update(person=None, source_name="", erased_at=now())
    for clear in _also:
        clear(ids)


def forget_invitations(person: Person) -> None:
    """The invitation by which the person came holds the address too."""
    found = Invitation.objects.filter(Q(email=person.email) | Q(accepted_by=person))
    identities.forget(found.values_list("pk", flat=True))
    found.delete()


def refuse_for_a_last_admin(person: Person) -> None:
    own = Membership.objects.select_related("workspace").filter(person=person, workspace__deleted_at=None)
    for membership in own.order_by("workspace_id"):
        Workspace.objects.select_for_update(no_key=True).get(pk=membership.workspace_id)
        if memberships.is_last_admin(membership):
            raise Conflict(
                _("They are the last admin of %(workspace)s: make somebody else an admin there first.")
                % {"workspace": membership.workspace.name}
            )
