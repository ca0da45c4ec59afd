"""Things to put into the addresses of the project, for tests that visit every one of them.

Each app adds its own in a module beside this one, named in `__init__.py`: `@sample("api-project.pk", "project_id")` on
a function that makes the thing for an actor and answers what stands in the address. The key is the route's name, or
its basename in the API, a dot and the name of the part; a key without a dot serves every route that has a part of that
name, and a `*` in it stands for anything. The thing must be one that the actor may act upon wherever the role allows
it: the actor's own token, an assignment of the actor's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from django.urls import URLPattern

from accounts.models import Workspace
from tests.conftest import Member


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


_bodies: dict[str, Any] = {}


def body(route_name: str, content: Any) -> None:
    """What to send to a route that reads its body before it looks for its object."""
    _bodies[route_name] = content


def body_for(route_name: str) -> Any:
    return _bodies.get(route_name)


def address(route: URLPattern, prefix: str, world: World, actor: Member) -> dict[str, Any]:
    """What fills each part of the route's address for this actor."""
    names = [route.name or "", getattr(route.callback, "initkwargs", {}).get("basename") or ""]
    filled: dict[str, Any] = {}
    for part in parts(route, prefix):
        keys = [*(f"{name}.{part}" for name in names if name), part]
        factory = next((_samples[known] for key in keys for known in _samples if fnmatchcase(key, known)), None)
        if factory is None:
            raise NoSample(f"add @sample({keys[0]!r}) to tests/samples/: something for {prefix}{route.pattern}")
        filled[part] = factory(world, actor)
    return filled


def parts(route: URLPattern, prefix: str) -> list[str]:
    above = [piece.split(":")[-1].split(">")[0] for piece in prefix.split("<")[1:]]
    return [*above, *route.pattern.converters]
