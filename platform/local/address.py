"""The address that the web server listens on: taken before anything else is started."""

import errno
import socket
import struct
from typing import Any
from urllib.parse import urlsplit

from local.environment import Environment
from local.trouble import Trouble

SILENCE = 30  # seconds without a byte after which a visitor who began to speak no longer holds up a thread


def reserve(environment: Environment) -> socket.socket:
    """Bound but not yet listening: the port is ours, and a visitor is refused until there is a page to show."""
    host, port = environment.text("HOST", "127.0.0.1"), environment.number("PORT", 8000, least=1)
    if port > 65535:
        raise Trouble(f"PORT is {port}: write a number up to 65535.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError:
        raise Trouble(f"HOST is {host!r}, which is no address of a machine: write 127.0.0.1 or 0.0.0.0.") from None
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", SILENCE, 0))  # connections inherit it
    try:
        if is_listening(family, address):
            raise OSError(errno.EADDRINUSE, "in use")
        made.bind(address)
    except OSError as error:
        made.close()
        raise Trouble(complaint(error, host, port)) from None
    return made


def is_listening(family: int, address: Any) -> bool:
    """Two programs may bind one port while neither listens, so a bind alone proves nothing on every system."""
    with socket.socket(family, socket.SOCK_STREAM) as line:
        line.settimeout(1)
        return line.connect_ex(address) == 0


def complaint(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is taken by another program: stop it, or choose another: `make up PORT={port + 1}`."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} may be used by root alone: choose one above 1023: `make up PORT=8000`."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"HOST is {host}, which is no address of this machine: write 127.0.0.1 or 0.0.0.0."
    return f"{host}:{port} cannot be listened on: {error.strerror}."


def public(environment: Environment) -> str:
    """Where people find the first page."""
    host, port = environment.text("HOST", "127.0.0.1"), environment.number("PORT", 8000, least=1)
    named = {"127.0.0.1": "localhost", "0.0.0.0": socket.gethostname(), "::": socket.gethostname()}  # noqa: S104
    shown = named.get(host, f"[{host}]" if ":" in host else host)
    return environment.text("PUBLIC_URL", f"http://{shown}:{port}").rstrip("/")


def known(environment: Environment) -> str:
    """The same in a second shell, which need not be given what `make up` was given."""
    own = environment.given("PUBLIC_URL") or any(environment.given_here(name) for name in ("HOST", "PORT"))
    return public(environment) if own else environment.running("PUBLIC_URL") or public(environment)


def answers(listener: socket.socket, environment: Environment) -> bool:
    """Whether a page comes: any answer of ours below 500 will do."""
    name = urlsplit(public(environment)).netloc
    host, port = listener.getsockname()[:2]
    loopback = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    try:
        with socket.create_connection((loopback, port), timeout=5) as line:
            line.sendall(f"GET /healthz HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
            status = line.recv(100).split()
    except OSError:
        return False
    return len(status) > 1 and status[0].startswith(b"HTTP/") and status[1] < b"500"
