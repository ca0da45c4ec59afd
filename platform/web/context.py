"""What every template may use of the shell."""

from typing import Any

from django.http import HttpRequest

from web import navigation


def shell(request: HttpRequest) -> dict[str, Any]:
    scope = getattr(request, "scope", None)
    return {"scope": scope, "navigation": navigation.items(scope) if scope else []}
