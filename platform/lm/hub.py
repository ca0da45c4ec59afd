"""Models of the hub, where the operator allows it: from this machine's copy first, and a quick no without a network."""

import os
import socket
import threading
from pathlib import Path
from urllib.parse import urlsplit

from huggingface_hub import constants, snapshot_download
from huggingface_hub.errors import LocalEntryNotFoundError

from lm.names import Place, Unavailable, first_line

FILES = ["*.safetensors", "*.json", "*.jinja", "*.txt", "*.model"]
AWAY = "“{name}” is not on this machine, and the hub cannot be reached from here."
SECONDS = 1.0  # how long a name may keep a person waiting before the answer is no


def fetch(place: Place) -> Path:
    """The folder of a hub id on this machine."""
    try:
        return Path(download(place, local_files_only=True))
    except LocalEntryNotFoundError:
        pass
    except Exception as error:
        raise Unavailable(f"The hub knows no model called “{place.hub_id}”: {first_line(error)}") from error
    if not is_reachable():
        raise Unavailable(AWAY.format(name=place.hub_id))
    try:
        return Path(download(place, local_files_only=False))
    except Exception as error:
        raise Unavailable(f"The hub gave no model called “{place.hub_id}”: {first_line(error)}") from error


def ensure_at_hand(place: Place) -> None:
    """Unavailable, within a second or two, where a hub id is neither on this machine nor to be asked for."""
    try:
        download(place, local_files_only=True)
    except Exception:  # whatever the cache says: what counts is whether somebody answers
        if not is_reachable():
            raise Unavailable(AWAY.format(name=place.hub_id)) from None


def download(place: Place, *, local_files_only: bool) -> str:
    return snapshot_download(
        place.hub_id,
        revision=place.revision,
        allow_patterns=FILES,
        etag_timeout=SECONDS * 5,
        local_files_only=local_files_only,
    )


def is_reachable() -> bool:
    """Whether the hub, or the proxy on the way to it, takes a connection within a second."""
    proxy = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy")
    target = urlsplit(proxy or constants.ENDPOINT)
    port = target.port or (443 if target.scheme == "https" else 80)
    answered: list[bool] = []

    def knock() -> None:
        try:
            socket.create_connection((target.hostname or "", port), timeout=SECONDS).close()
            answered.append(True)
        except OSError:
            pass

    thread = threading.Thread(target=knock, daemon=True)  # resolving a name heeds no timeout of a socket's
    thread.start()
    thread.join(SECONDS)
    return bool(answered)
