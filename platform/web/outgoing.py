"""The one client through which the installation calls other hosts: webhooks, deliveries, addresses of models.

Where it may go says `web.destinations`. A name is resolved once and the connection goes to the address that was looked
at, so a name that changes its mind in between reaches nothing. Redirects are answers like any other. The answer has a
limit in bytes, and everything together one in seconds.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext as _

from web.destinations import PORTS, Address, Failed, Place, Refused, allowed, resolve

__all__ = ["Answer", "Call", "Failed", "Limits", "Refused", "allowed", "send"]
OWN_HEADERS = {"User-Agent": "Touchstone", "Accept-Encoding": "identity", "Connection": "close"}


@dataclass(frozen=True)
class Limits:
    seconds: float = 10.0  # for all of it: the name, the connection, the request, the answer
    size: int = 1024 * 1024  # bytes of the answer's body


@dataclass(frozen=True)
class Call:
    method: str
    url: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = Limits()


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes


def send(call: Call) -> Answer:
    """The answer, whatever its status. Refused before anything is sent, Failed afterwards."""
    place = allowed(call.url)
    deadline = time.monotonic() + call.limits.seconds
    connection = connect(place, resolve(place, deadline), deadline)
    with ended_in_time(connection, deadline) as is_late:
        try:
            answer = exchange(connection, place, call)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if not is_late():
                why = str(error) or type(error).__name__
                raise Failed(_("%(host)s did not answer: %(why)s.") % {"host": place.host, "why": why}) from None
        if is_late():
            raise Failed(_("%(host)s took longer than the time allowed.") % {"host": place.host})
        return answer


def connect(place: Place, address: Address, deadline: float) -> http.client.HTTPConnection:
    """To the address that was looked at; certificate and Host are those of the name."""
    left = max(0.01, deadline - time.monotonic())
    connection = http.client.HTTPConnection(place.host, place.port, timeout=left)
    connection.default_port = PORTS[place.scheme]
    try:
        plain = socket.create_connection((str(address), place.port), timeout=left)
    except OSError as error:
        raise Failed(_("%(host)s cannot be reached: %(why)s.") % {"host": place.host, "why": error}) from None
    try:
        connection.sock = tls().wrap_socket(plain, server_hostname=place.host) if place.scheme == "https" else plain
    except (OSError, ValueError) as error:
        plain.close()
        raise Failed(_("No safe connection to %(host)s: %(why)s.") % {"host": place.host, "why": error}) from None
    return connection


def tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@contextmanager
def ended_in_time(connection: http.client.HTTPConnection, deadline: float) -> Iterator[Callable[[], bool]]:
    """Cuts the connection at the deadline: a socket's own timeout begins anew with every byte that trickles in."""
    late, wire = threading.Event(), connection.sock

    def cut() -> None:
        late.set()
        with suppress(OSError):
            socket.socket.shutdown(wire, socket.SHUT_RDWR)  # under TLS, which is not told: it would wait for the peer

    timer = threading.Timer(max(0.0, deadline - time.monotonic()), cut)
    timer.daemon = True
    timer.start()
    try:
        yield late.is_set
    finally:
        timer.cancel()
        connection.close()
        wire.close()


def exchange(connection: http.client.HTTPConnection, place: Place, call: Call) -> Answer:
    connection.request(call.method, place.path, call.body or None, {**call.headers, **OWN_HEADERS})
    response = connection.getresponse()
    body = response.read(call.limits.size + 1)
    if len(body) > call.limits.size:
        raise ValueError(_("its answer is larger than %(most)s bytes") % {"most": call.limits.size})
    if response.length:
        raise ValueError(_("its answer broke off"))
    headers: dict[str, str] = {}
    for name, value in response.getheaders():
        headers[name.lower()] = f"{headers[name.lower()]}, {value}" if name.lower() in headers else value
    return Answer(response.status, headers, body)
