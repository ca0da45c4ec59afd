"""A bound on calls a second, counted in a store that may be away."""

import math
import threading
import time
from functools import cache as once
from typing import Any, NamedTuple, cast

from django.conf import settings
from django.core.cache import caches
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

SECONDS = {"second": 1, "minute": 60, "hour": 3_600}
COUNTED_AT_ONCE = 100  # the part of a rate that a process counts at once: what it does not use, others lack
MOST_CALLERS = 10_000


class Rate(NamedTuple):
    calls: int
    seconds: int


@once
def parsed(text: str) -> Rate:
    """`600/second`, `100/minute`, `5000/hour`."""
    calls, _slash, period = text.partition("/")
    return Rate(int(calls), SECONDS[period])


class PerCaller(BaseThrottle):
    """Counts a token's calls in windows of the clock, and lets all of them through while the store is away."""

    def allow_request(self, request: Request, view: object) -> bool:
        rate = parsed(settings.API_RATE)
        moment = time.time()
        window = int(moment // rate.seconds)
        self._wait = (window + 1) * rate.seconds - moment
        who = caller(request)
        return _counted.take(who, window) or count(who, window, rate)

    def wait(self) -> float:
        return max(1, math.ceil(self._wait))


def count(who: str, window: int, rate: Rate) -> bool:
    """Count the next few calls together in the store that all processes share; whether there was room for one."""
    together = max(1, rate.calls // COUNTED_AT_ONCE)
    counted = cast(Any, caches["counters"]).count(f"calls:{who}:{window}", rate.seconds + 1, together)
    room = rate.calls - max(0, counted - together)
    if room > 1:
        _counted.add(who, window, min(together, room) - 1)
    return room > 0


class Counted:
    """Calls of this process that were counted before they came: a trip to the store takes longer than all else here."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: dict[str, tuple[int, int]] = {}  # caller → (window, calls)

    def take(self, who: str, window: int) -> bool:
        with self._lock:
            known, left = self._left.get(who, (window, 0))
            if known != window or not left:
                return False
            self._left[who] = (window, left - 1)
            return True

    def add(self, who: str, window: int, calls: int) -> None:
        with self._lock:
            if len(self._left) > MOST_CALLERS:
                self._left.clear()
            known, left = self._left.get(who, (window, 0))
            self._left[who] = (window, calls + (left if known == window else 0))


_counted = Counted()


def caller(request: Request) -> str:
    """The token, else the person, else the address."""
    if token := getattr(request.auth, "token", None):
        return str(token.pk)
    if request.user and request.user.is_authenticated:
        return str(request.user.pk)
    return request.META.get("REMOTE_ADDR", "")
