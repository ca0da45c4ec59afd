"""What every template may use of the shell."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from web import navigation

THEMES = {"light", "dark"}


def shell(request: HttpRequest) -> dict[str, Any]:
    scope = getattr(request, "scope", None)
    rooms_of = scope or getattr(request, "last_place", None)  # a page outside of all leads back to where one was
    return {
        "scope": scope,
        "rooms_of": rooms_of,
        "navigation": navigation.parts(navigation.items(rooms_of, request.path)) if rooms_of else [],
        "personal": lambda: navigation.personal_items(request.path),
        "memberships": lambda: memberships(request),
        "theme": theme(request),
        "languages": settings.LANGUAGES,
    }


def theme(request: HttpRequest) -> str:
    """The chosen one, or nothing: then the system's preference decides."""
    chosen = request.COOKIES.get("theme", "")
    return chosen if chosen in THEMES else ""


def memberships(request: HttpRequest) -> list[Any]:
    """The workspaces that the person may enter; asked only by a template that shows them."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    found = user.memberships.filter(workspace__deleted_at=None)
    return list(found.select_related("workspace").order_by("workspace__name"))
