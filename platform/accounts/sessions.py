"""The browsers in which a person is signed in: when each was last seen, and ending them."""

import time
from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now
from django.utils.translation import gettext as _

from accounts.models import Person

# Looked for in this order: each browser also calls itself those below it.
BROWSERS = {"Edg": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iOS",
    "iPad": "iOS",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}
SEEN_EVERY = 300  # seconds; finer would cost a write on every request


class LastSeenMiddleware:
    """Writes `last_seen_at` of a session at most once in five minutes and process."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._window = 0
        self._seen: set[str] = set()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        key = request.session.session_key if request.session.accessed else None
        if key and self._is_first_in_window(key):
            UserSession.objects.filter(session_key=key).update(last_seen_at=now())
        return response

    def _is_first_in_window(self, key: str) -> bool:
        window = int(time.monotonic()) // SEEN_EVERY
        if window != self._window:
            self._window, self._seen = window, set()
        if key in self._seen:
            return False
        self._seen.add(key)
        return True


def device(user_agent: str) -> str:
    """ "Firefox on Linux", as well as a browser tells it; what is unknown is shown as it was sent."""
    browser = next((name for mark, name in BROWSERS.items() if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS.items() if mark in user_agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or user_agent[:80] or _("Unknown browser")


def end_all(person: Person, *, but: str | None = None) -> int:
    """Sign the person out everywhere, except in the session `but`."""
    found = list(UserSession.objects.filter(user=person).exclude(session_key=but))
    for session in found:
        session.end()
    return len(found)


def forget_ended() -> int:
    """Sessions that are over, with the addresses and browsers that were noted of them."""
    Session.objects.filter(expire_date__lt=now()).delete()
    return UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()[0]
