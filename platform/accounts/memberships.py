"""Who belongs to a workspace, with which role; a workspace never loses its last admin."""

from typing import Any

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from accounts import people, sessions
from accounts.models import Invitation, Membership, Person, Token, Workspace
from accounts.roles import Role
from accounts.scope import Scope
from api.refusals import Conflict
from audit import identities, trail


@transaction.atomic
def enrol(*, workspace: Workspace, person: Person, role: Role) -> tuple[Membership, bool]:
    """The person's membership, made where it is missing; the installation itself acts."""
    membership, made = Membership.objects.get_or_create(workspace=workspace, person=person, defaults={"role": role})
    if made:
        identities.remember(person.pk, people.label(person))
        trail.record(
            "member.added",
            workspace=workspace.pk,
            actor=None,
            object_kind="person",
            object_id=str(person.pk),
            details={"role": role},
        )
    return membership, made


@transaction.atomic
def change_role(*, scope: Scope, membership: Membership, role: Role) -> Membership:
    member = locked(membership)
    before = member.role
    if before == role:
        return member
    if before == Role.ADMIN:
        refuse_to_lose_the_last_admin(member)
    member.role = role
    member.save(update_fields=["role"])
    details: dict[str, Any] = {"before": before, "after": role}
    if before == Role.ADMIN:
        details["invitations"] = withdraw_invitations(member.person, member.workspace)
    scope.record("member.role_changed", "person", member.person_id, **details)
    return member


@transaction.atomic
def remove(*, scope: Scope, membership: Membership) -> None:
    """Tokens here die, sessions too where no other workspace is left; judgments stay under the pseudonym."""
    member = locked(membership)
    if member.role == Role.ADMIN:
        refuse_to_lose_the_last_admin(member)
    person = member.person
    is_own = person.pk == scope.person.pk
    details: dict[str, Any] = {"role": member.role, "tokens": revoke_tokens(person, member.workspace)}
    if member.role == Role.ADMIN:
        details["invitations"] = withdraw_invitations(person, member.workspace)
    member.delete()
    if not person.memberships.filter(workspace__deleted_at=None).exists():
        details["sessions"] = sessions.end_all(person)
    scope.record("member.left" if is_own else "member.removed", "person", person.pk, **details)


def revoke_tokens(person: Person, workspace: Workspace) -> int:
    return Token.objects.filter(person=person, workspace=workspace, revoked_at=None).update(revoked_at=now())


def withdraw_invitations(person: Person, *workspaces: Workspace) -> int:
    """Those that somebody made who is admin no longer: they know the links, and could come back as anybody."""
    open_ones = Invitation.objects.filter(invited_by=person, accepted_at=None, revoked_at=None)
    return open_ones.filter(workspace__in=workspaces).update(revoked_at=now())


def locked(membership: Membership) -> Membership:
    """The membership as it stands now; changes of one workspace's members follow one another."""
    Workspace.objects.select_for_update(no_key=True).get(pk=membership.workspace_id)
    found = Membership.objects.select_related("person", "workspace").filter(pk=membership.pk).first()
    if found is None:
        raise Conflict(_("This person is no longer a member."))
    return found


def is_last_admin(membership: Membership) -> bool:
    if membership.role != Role.ADMIN:
        return False
    others = Membership.objects.filter(workspace=membership.workspace_id, role=Role.ADMIN).exclude(pk=membership.pk)
    return not others.exists()


def refuse_to_lose_the_last_admin(membership: Membership) -> None:
    if is_last_admin(membership):
        raise Conflict(_("A workspace keeps at least one admin: make somebody else an admin first."), field="role")
