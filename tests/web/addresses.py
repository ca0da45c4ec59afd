"""Every page: those that need nothing but the workspace, and those of one object (see tests/samples/)."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests import samples
from tests.conftest import Member

OTHERS = ("/api/", "/schema", "/docs", "/healthz", "/readyz", "/metrics")


@dataclass(frozen=True)
class Route:
    """A page of one object, whose address needs a sample."""

    prefix: str
    pattern: URLPattern

    def __str__(self) -> str:
        return f"/{self.prefix}{self.pattern.pattern}"

    def address(self, world: samples.World, actor: Member) -> str:
        return reverse(str(self.pattern.name), kwargs=samples.address(self.pattern, self.prefix, world, actor))


def walk(resolver: URLResolver | None = None, prefix: str = "/") -> Iterator[str]:
    for entry in (resolver or get_resolver()).url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from walk(entry, path)
        elif isinstance(entry, URLPattern) and "<" not in path.replace("<slug:slug>", "") and "(" not in path:
            yield path.replace("<slug:slug>", "home").replace("^", "").replace("$", "").replace("\\Z", "")


PAGES = sorted({path for path in walk() if not path.startswith(OTHERS)})


def walk_objects(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[Route]:
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from walk_objects(entry, prefix + str(entry.pattern))
        elif isinstance(entry, URLPattern) and entry.pattern.converters and entry.name:
            yield Route(prefix, entry)


OBJECTS = sorted((route for route in walk_objects() if not str(route).startswith(OTHERS)), key=str)
