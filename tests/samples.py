"""Things to put into the addresses of the project, for tests that visit every one of them.

Each app adds its own below: `@sample("api-project.pk", "project_id")` on a function that makes the thing for an actor
and answers what stands in the address. The key is the route's name, or its basename in the API, a dot and the name of
the part; a key without a dot serves every route that has a part of that name. The thing must be one that the actor may
act upon wherever the role allows it: the actor's own token, an assignment of the actor's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from allauth.usersessions.models import UserSession
from django.urls import URLPattern

from accounts import annotators, invitations
from accounts.models import Annotator, Group, Invitation, Token, Workspace
from accounts.roles import Role
from jobs.models import Job
from tests.conftest import Member, make_member


@dataclass
class World:
    """A workspace with one member of each role, and an admin of another one."""

    workspace: Workspace
    members: dict[str, Member]
    stranger: Member

    @property
    def admin(self) -> Member:
        return self.members["admin"]


Factory = Callable[[World, Member], Any]
_samples: dict[str, Factory] = {}


class NoSample(LookupError):
    """A route has a part that nobody knows how to fill."""


def sample(*keys: str) -> Callable[[Factory], Factory]:
    def keep(factory: Factory) -> Factory:
        for key in keys:
            assert key not in _samples, f"two samples for {key}"
            _samples[key] = factory
        return factory

    return keep


def address(route: URLPattern, prefix: str, world: World, actor: Member) -> dict[str, Any]:
    """What fills each part of the route's address for this actor."""
    names = [route.name or "", getattr(route.callback, "initkwargs", {}).get("basename") or ""]
    filled: dict[str, Any] = {}
    for part in parts(route, prefix):
        keys = [*(f"{name}.{part}" for name in names if name), part]
        factory = next((_samples[key] for key in keys if key in _samples), None)
        if factory is None:
            raise NoSample(f"add @sample({keys[0]!r}) to tests/samples.py: something for {prefix}{route.pattern}")
        filled[part] = factory(world, actor)
    return filled


def parts(route: URLPattern, prefix: str) -> list[str]:
    above = [piece.split(":")[-1].split(">")[0] for piece in prefix.split("<")[1:]]
    return [*above, *route.pattern.converters]


# -- accounts ---------------------------------------------------------------------------------------------------------


@sample("slug")
def slug(world: World, actor: Member) -> str:
    return world.workspace.slug


@sample("person_id")
def person_id(world: World, actor: Member) -> Any:
    """Somebody of whom anything may be asked: not the last admin, with an address of their own."""
    return make_member(world.workspace, "annotator", "sample@home.example").person.pk


@sample("invitation_id", "api-invitation.pk")
def invitation_id(world: World, actor: Member) -> Any:
    invitations.invite(scope=world.admin.scope, email="asked@home.example", role=Role.ANNOTATOR)
    return Invitation.objects.latest("created_at").pk


@sample("invitation.secret")
def secret(world: World, actor: Member) -> str:
    _invitation, link = invitations.invite(scope=world.admin.scope, email="asked@home.example", role=Role.ANNOTATOR)
    return link.rstrip("/").rsplit("/", 1)[1]


@sample("group_id", "api-group.pk")
def group_id(world: World, actor: Member) -> Any:
    return Group.objects.create(workspace=world.workspace, name="Sample").pk


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


# -- jobs -------------------------------------------------------------------------------------------------------------


@sample("api-job.pk", "job_id")
def job_id(world: World, actor: Member) -> Any:
    return Job.objects.create(workspace=world.workspace, kind="sample", queue="short").pk
