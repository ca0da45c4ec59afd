"""What happens around every request: an id that follows into logs and jobs, and addresses behind proxies."""

import re
from collections.abc import Callable
from contextvars import ContextVar
from ipaddress import ip_address
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse

current_request_id: ContextVar[str] = ContextVar("current_request_id", default="")
GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
Handler = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    """`X-Request-ID` is taken when it is well formed, else made; it comes back with the answer."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request.id = given if GIVEN_ID.fullmatch(given) else uuid4().hex  # type: ignore[attr-defined]
        reset = current_request_id.set(request.id)  # type: ignore[attr-defined]
        try:
            response = self.get_response(request)
        finally:
            current_request_id.reset(reset)
        response["X-Request-ID"] = request.id  # type: ignore[attr-defined]
        return response


class TrustedProxyMiddleware:
    """Takes address and scheme from X-Forwarded-* only when the peer is one of TRUSTED_PROXIES."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        forwarded = request.META.pop("HTTP_X_FORWARDED_FOR", "")
        scheme = request.META.pop("HTTP_X_FORWARDED_PROTO", "")
        if is_trusted(request.META.get("REMOTE_ADDR", "")):
            if client := nearest_stranger(forwarded):
                request.META["REMOTE_ADDR"] = client
            if scheme.split(",")[-1].strip() == "https":
                request.META["wsgi.url_scheme"] = "https"
        return self.get_response(request)


def is_trusted(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in settings.TRUSTED_PROXIES)


def nearest_stranger(forwarded: str) -> str:
    """The last address in the chain that is not a proxy of ours: the ones before it may be made up."""
    for address in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
        try:
            ip_address(address)
        except ValueError:
            return ""
        if not is_trusted(address):
            return address
    return ""
