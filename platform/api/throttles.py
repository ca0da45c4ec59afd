"""A bound on calls a second, counted in a store that may be away."""

import math
import time
from functools import cache as once
from typing import Any, NamedTuple, cast

from django.conf import settings
from django.core.cache import caches
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

SECONDS = {"second": 1, "minute": 60, "hour": 3_600}


class Rate(NamedTuple):
    calls: int
    seconds: int


@once
def parsed(text: str) -> Rate:
    """`600/second`, `100/minute`, `5000/hour`."""
    calls, _slash, period = text.partition("/")
    return Rate(int(calls), SECONDS[period])


class PerCaller(BaseThrottle):
    """Counts a token's calls in windows of the clock: one round trip to Redis a call, and none while it is away."""

    def allow_request(self, request: Request, view: object) -> bool:
        rate = parsed(settings.API_RATE)
        moment = time.time()
        window = int(moment // rate.seconds)
        self._wait = (window + 1) * rate.seconds - moment
        count = cast(Any, caches["counters"]).count(f"calls:{caller(request)}:{window}", rate.seconds + 1)
        return count <= rate.calls

    def wait(self) -> float:
        return max(1, math.ceil(self._wait))


def caller(request: Request) -> str:
    """The token, else the person, else the address."""
    if token := getattr(request.auth, "token", None):
        return str(token.pk)
    if request.user and request.user.is_authenticated:
        return str(request.user.pk)
    return request.META.get("REMOTE_ADDR", "")
