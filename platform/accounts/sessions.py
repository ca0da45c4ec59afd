"""The browsers in which a person is signed in: when each was last seen, and ending them."""

import time
from collections.abc import Callable
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now

from accounts.models import Person

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


def end_all(person: Person, *, but: str | None = None) -> int:
    """Sign the person out everywhere, except in the session `but`."""
    found = list(UserSession.objects.filter(user=person).exclude(session_key=but))
    for session in found:
        session.end()
    return len(found)


def forget_ended(*, older_than: timedelta = timedelta(days=1)) -> int:
    """Rows of sessions that are over, whose address and browser need not be kept."""
    rows = UserSession.objects.filter(last_seen_at__lt=now() - older_than)
    return sum(1 for session in rows.iterator() if session.purge())
