"""What happens around every request: an id that follows into logs and jobs, and addresses behind proxies."""

import logging
import re
import time
from collections.abc import Callable
from contextvars import ContextVar
from ipaddress import IPv4Address, IPv6Address, ip_address
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from web import errors, tally

access_log = logging.getLogger("web.access")
current_request_id: ContextVar[str] = ContextVar("current_request_id", default="")
GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
SECRETS = {"key", "secret", "token", "uidb36"}  # parts of addresses that open something: no log keeps them
LONG_WORD = re.compile(r"[\w-]{20,}")  # a link of ours cut or lengthened, or sent on to https before any view
OF_PROXIES = ("HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP", "HTTP_X_FORWARDED_HOST")  # headers that only proxies set
Handler = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    """`X-Request-ID` is taken when it is well formed, else made; it comes back and stands in every line of the log."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request.id = given if GIVEN_ID.fullmatch(given) else uuid4().hex  # type: ignore[attr-defined]
        begin = time.perf_counter()
        reset = current_request_id.set(request.id)  # type: ignore[attr-defined]
        try:
            response = self.get_response(request)
            seconds = time.perf_counter() - begin
            tally.count(part_of(request.path), request.method or "", response.status_code, seconds)
            write_access(request, response.status_code, seconds)
        finally:
            current_request_id.reset(reset)
        response["X-Request-ID"] = request.id  # type: ignore[attr-defined]
        return response


def part_of(path: str) -> str:
    if path.startswith(settings.STATIC_URL):
        return "static"
    return "api" if path.startswith("/api/") else "page"


def write_access(request: HttpRequest, status: int, seconds: float) -> None:
    """One line a request, without querystring; files that were served well are not worth one."""
    if status < 400 and request.path.startswith(settings.STATIC_URL):
        return
    told = {"method": request.method, "path": shown_path(request), "status": status, "ms": round(seconds * 1000, 1)}
    access_log.info("%s %s %s", request.method, told["path"], status, extra=told)


def shown_path(request: HttpRequest) -> str:
    """The path, with what opens something blacked out; of an address that no view took, every long word."""
    path = request.path
    if request.resolver_match is None:
        return LONG_WORD.sub("…", path)
    for name, value in request.resolver_match.kwargs.items():
        if name in SECRETS and value:
            path = path.replace(str(value), "…")
    return path


class WordsMiddleware:
    """A page that answers 405 with nothing says what that means; below /api/ it has done so already."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_mute = response.status_code == 405 and not response.streaming and not response.content
        return errors.no_page(request, response) if is_mute and request.method != "HEAD" else response


class TrustedProxyMiddleware:
    """Takes address and scheme from X-Forwarded-* only when the peer is one of TRUSTED_PROXIES."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        forwarded = request.META.pop("HTTP_X_FORWARDED_FOR", "")
        scheme = request.META.pop("HTTP_X_FORWARDED_PROTO", "")
        is_passed_on = bool(forwarded or scheme) or any(name in request.META for name in OF_PROXIES)
        request.is_forwarded = is_passed_on  # type: ignore[attr-defined]  # also by a proxy that nobody trusts
        if is_trusted(request.META.get("REMOTE_ADDR", "")):
            if client := nearest_stranger(forwarded):
                request.META["REMOTE_ADDR"] = client
            if scheme.split(",")[-1].strip() == "https":
                request.META["wsgi.url_scheme"] = "https"
        return self.get_response(request)


def parse(address: str) -> IPv4Address | IPv6Address | None:
    """An address, where an IPv4 one may be written as IPv6."""
    try:
        found = ip_address(address)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def is_trusted(address: str) -> bool:
    found = parse(address)
    return found is not None and any(found in network for network in settings.TRUSTED_PROXIES)


def nearest_stranger(forwarded: str) -> str:
    """The last address in the chain that is not a proxy of ours: the ones before it may be made up."""
    for address in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
        if parse(address) is None:
            return ""
        if not is_trusted(address):
            return address
    return ""
