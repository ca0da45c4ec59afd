"""Where the installation may call: the operator's list, and the addresses behind its names.

`OUTGOING_HOSTS` lists hosts by commas: `hooks.example.org` (https, port 443), `*.example.org` (every host below it),
`example.org:8443`, `http://example.org` (unencrypted), and `private:models.internal:8000`, which alone may lie in a
private, loopback or link-local range and may be http or https. An empty list is no way out.
"""

import socket
import threading
import time
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

PORTS = {"https": 443, "http": 80}
NAT64 = ip_network("64:ff9b::/96")
Address = IPv4Address | IPv6Address


class Refused(ValueError):
    """The operator has not allowed this address; nothing was sent."""


class Failed(OSError):
    """It was tried, and no whole answer came back."""


class Place(NamedTuple):
    """Where a URL leads, and what the operator's list says of it."""

    scheme: str
    host: str
    port: int
    path: str
    may_be_private: bool


def allowed(url: str) -> Place:
    """Refused, with a sentence for a form, when the operator's list does not hold this address."""
    parts = split(url)
    host, port = str(parts.hostname), parts.port or PORTS[parts.scheme]
    entry = next((one for one in settings.OUTGOING_HOSTS if matches(one, parts.scheme, host, port)), None)
    if entry is None:
        where = host if port == PORTS[parts.scheme] else f"{host}:{port}"
        said = _("%(where)s is not among the hosts that this installation may call (OUTGOING_HOSTS).")
        raise Refused(said % {"where": f"{parts.scheme}://{where}"})
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(parts.scheme, host, port, path, entry.startswith("private:"))


def split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        raise Refused(_("This is no address of the web.")) from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise Refused(_("Write an address that begins with https://."))
    if parts.username is not None or parts.password is not None:
        raise Refused(_("An address may hold no name and password."))
    if not url.isascii() or not url.isprintable() or " " in url:
        raise Refused(_("Write the address in plain ASCII, other characters percent-encoded."))
    return parts


def matches(entry: str, scheme: str, host: str, port: int) -> bool:
    wanted = entry.removeprefix("private:").lower()
    own_scheme = "http" if wanted.startswith("http://") else "https"
    is_private = entry.startswith("private:")
    if scheme != own_scheme and not (is_private and "://" not in wanted):
        return False
    name, known_port = host_and_port(wanted.rpartition("://")[2].rstrip("/"))
    if (known_port or PORTS[scheme]) != port:
        return False
    return host.endswith(name[1:]) and host != name[2:] if name.startswith("*.") else host == name


def host_and_port(text: str) -> tuple[str, int | None]:
    """`[::1]:80`, `name:80`, `name`, `[::1]`."""
    name, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal():
        name, port = text, ""
    return name.strip("[]"), int(port) if port else None


def resolve(place: Place, deadline: float) -> Address:
    """One address of the host, after all of them were looked at: a mixture of public and private ones is a trick."""
    found: list[Address] = []
    failure: list[OSError] = []

    def look_up() -> None:  # the system's resolver knows no deadline, so it is left behind when it takes too long
        try:
            rows = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
            found.extend(ip_address(str(row[4][0]).partition("%")[0]) for row in rows)
        except (OSError, UnicodeError) as error:
            failure.append(OSError(str(error)))

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(max(0.0, deadline - time.monotonic()))
    if not found:
        why = failure[0] if failure else _("no answer in time")
        raise Failed(_("The name %(host)s could not be resolved: %(why)s.") % {"host": place.host, "why": why})
    for address in found:
        if not place.may_be_private and not is_public(address):
            said = _("%(host)s leads to %(address)s, which is no public address.")
            raise Refused(said % {"host": place.host, "address": address})
    return found[0]


def is_public(address: Address) -> bool:
    """An address that stands for another one is judged by that one; old tunnels are never public."""
    if isinstance(address, IPv6Address):
        if address in NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        if address.sixtofour or address.teredo:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved
