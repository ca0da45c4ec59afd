"""By what content things are found again, on any machine: canonical JSON and hashes over it."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

Messages = list[dict[str, Any]]


def encode(value: Any) -> bytes:
    """JSON with sorted keys, without spaces, in UTF-8: one value has one spelling."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest(value: Any) -> bytes:
    return hashlib.sha256(encode(value)).digest()


def prompt(messages: Messages, is_text: bool) -> bytes:
    return digest({"messages": messages, "text": is_text})


def response(text: str, source: str) -> bytes:
    return digest({"text": text, "source": source})


def task(kind: str, prompt_digest: bytes, responses: Iterable[bytes]) -> bytes:
    """The order in which the responses came does not make another task."""
    return digest({"kind": kind, "prompt": prompt_digest.hex(), "responses": sorted(part.hex() for part in responses)})


def first_turn(messages: Messages) -> str:
    """The first user turn: what conversations that belong together share."""
    turns = (message["content"] for message in messages if message["role"] == "user")
    return next(turns, messages[0]["content"])


def root(messages: Messages) -> bytes:
    return hashlib.sha256(first_turn(messages).encode()).digest()
