"""People, invitations, groups, pseudonyms, tokens, sessions."""

from typing import Any
from uuid import uuid4

from allauth.usersessions.models import UserSession

from accounts import addresses, annotators, invitations
from accounts.models import Annotator, Group, Invitation, Token
from accounts.roles import Role
from tests.conftest import Member, make_member
from tests.samples.registry import World, sample


@sample("slug")
def slug(world: World, actor: Member) -> str:
    return world.workspace.slug


@sample("person_id")
def person_id(world: World, actor: Member) -> Any:
    """Somebody of whom anything may be asked: not the last admin, with an address of their own."""
    person = make_member(world.workspace, "annotator", f"sample-{uuid4().hex[:8]}@home.example").person
    person.name = "Sample"
    person.save()
    return person.pk


@sample("invitation_id", "api-invitation.pk")
def invitation_id(world: World, actor: Member) -> Any:
    invitations.invite(scope=world.admin.scope, email=f"asked-{uuid4().hex[:8]}@home.example", role=Role.ANNOTATOR)
    return Invitation.objects.latest("created_at").pk


@sample("invitation.secret")
def secret(world: World, actor: Member) -> str:
    _invitation, link = invitations.invite(
        scope=world.admin.scope, email=f"asked-{uuid4().hex[:8]}@home.example", role=Role.ANNOTATOR
    )
    return link.rstrip("/").rsplit("/", 1)[1]


@sample("group_id", "api-group.pk")
def group_id(world: World, actor: Member) -> Any:
    return Group.objects.get_or_create(workspace=world.workspace, name="Sample")[0].pk


@sample("annotator_id", "api-annotator.pk")
def annotator_id(world: World, actor: Member) -> Any:
    return annotators.of_source(world.workspace, Annotator.Origin.IMPORTED, "sample").pk


@sample("token_id", "api-token.pk")
def token_id(world: World, actor: Member) -> Any:
    owner = actor if actor.membership.workspace == world.workspace else world.admin
    return Token.objects.filter(person=owner.person).latest("created_at").pk


@sample("session_id")
def session_id(world: World, actor: Member) -> int:
    session = UserSession.objects.create(
        user=actor.person, ip="127.0.0.1", session_key="sample", user_agent="A browser"
    )
    return session.pk


@sample("account_reset_password_from_key.uidb36", "account_reset_password_from_key.key")
def wrong_key(world: World, actor: Member) -> str:
    return "nonsense"


@sample("own_email_confirm.key")
def email_key(world: World, actor: Member) -> str:
    return addresses.key(actor.person, f"moved-{actor.person.pk}@home.example")


@sample("trail_file.layout")
def layout(world: World, actor: Member) -> str:
    return "csv"
