"""Hashes of entries and seals: what `verify_audit` computes again."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC

from audit.models import Entry

FIRST = "0" * 64  # what the first seal has before it
WIDTH = 8 + 32  # an id and a SHA-256


def line(entry: Entry) -> bytes:
    """All that an entry says, in one form only."""
    said = {
        "id": entry.pk,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "workspace": str(entry.workspace or ""),
        "actor": str(entry.actor or ""),
        "token": str(entry.token or ""),
        "action": entry.action,
        "object_kind": entry.object_kind,
        "object_id": entry.object_id,
        "details": entry.details,
        "request_id": entry.request_id,
    }
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def leaf(entry: Entry) -> bytes:
    return entry.pk.to_bytes(8, "big") + hashlib.sha256(line(entry)).digest()


def seal_hash(previous: str, leaves: bytes) -> str:
    return hashlib.sha256(previous.encode() + leaves).hexdigest()


def read_leaves(leaves: bytes | memoryview) -> Iterator[tuple[int, bytes]]:
    """Ids with their leaves, in the order in which they were sealed."""
    for start in range(0, len(leaves), WIDTH):
        part = bytes(leaves[start : start + WIDTH])
        yield int.from_bytes(part[:8], "big"), part
