"""Annotators under one name: for who may label what, and for slices of the data."""

from collections.abc import Iterable
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext as _

from accounts import annotators
from accounts.models import Annotator, Group, Membership
from accounts.scope import Scope
from api.refusals import Conflict, Invalid
from audit import identities

LONGEST_NAME = 80


@transaction.atomic
def create(*, scope: Scope, name: str, members: Iterable[UUID] = ()) -> Group:
    group = Group(workspace=scope.workspace)
    give_name(group, name)
    put(group, members)
    scope.record("group.created", "group", group.pk, annotators=group.annotators.count())
    return group


@transaction.atomic
def change(*, scope: Scope, group: Group, name: str | None = None, members: Iterable[UUID] | None = None) -> Group:
    """What is None stays as it is."""
    if name is not None:
        give_name(group, name)
    if members is not None:
        put(group, members)
    scope.record("group.changed", "group", group.pk, annotators=group.annotators.count())
    return group


@transaction.atomic
def add_members(*, scope: Scope, group: Group, memberships: Iterable[Membership]) -> Group:
    """For admins, who think of people: the members' pseudonyms join the group without being shown."""
    group.annotators.add(*(annotators.of_person(scope.workspace, one.person) for one in memberships))
    scope.record("group.changed", "group", group.pk, annotators=group.annotators.count())
    return group


@transaction.atomic
def delete(*, scope: Scope, group: Group) -> None:
    key = group.pk
    try:
        group.delete()
    except (ProtectedError, RestrictedError):
        raise Conflict(_("This group is still in use: take it out of the projects that name it first.")) from None
    scope.record("group.deleted", "group", key)


def give_name(group: Group, name: str) -> None:
    group.name = name.strip()
    if not 0 < len(group.name) <= LONGEST_NAME:
        raise Invalid(_("A group's name has 1 to 80 characters."), field="name")
    try:
        with transaction.atomic():
            group.save()
    except IntegrityError:
        raise Conflict(_("There is a group of this name already."), field="name") from None
    identities.remember(group.pk, group.name)


def put(group: Group, members: Iterable[UUID]) -> None:
    """These annotators and no others; each has to be of the group's workspace."""
    wanted = set(members)
    found = Annotator.objects.filter(workspace=group.workspace, pk__in=wanted)
    if len(found) < len(wanted):
        raise Invalid(_("Some of these annotators are not of this workspace."), field="annotators")
    group.annotators.set(found)
