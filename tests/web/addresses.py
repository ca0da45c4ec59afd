"""Every page that can be opened knowing nothing but the workspace."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

OTHERS = ("/api/", "/schema", "/docs", "/healthz", "/readyz", "/metrics")


def walk(resolver: URLResolver | None = None, prefix: str = "/") -> Iterator[str]:
    for entry in (resolver or get_resolver()).url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from walk(entry, path)
        elif isinstance(entry, URLPattern) and "<" not in path.replace("<slug:slug>", "") and "(" not in path:
            yield path.replace("<slug:slug>", "home").replace("^", "").replace("$", "").replace("\\Z", "")


PAGES = sorted({path for path in walk() if not path.startswith(OTHERS)})
