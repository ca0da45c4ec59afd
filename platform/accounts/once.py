"""A secret on its way from the call that made it to the page that shows it once: sealed in the session, gone when seen.

So a page that is loaded anew sends no form a second time, and shows no secret a second time.
"""

from django.http import HttpRequest

from web import sealing


def keep(request: HttpRequest, name: str, secret: str) -> None:
    request.session[f"once-{name}"] = sealing.seal(secret, "once")


def take(request: HttpRequest, name: str) -> str:
    """The secret, the first time; nothing afterwards."""
    sealed = request.session.pop(f"once-{name}", "")
    try:
        return sealing.unseal(sealed, "once") if sealed else ""
    except sealing.Unreadable:  # SECRET_KEY is another by now
        return ""
