"""The OpenAPI document, made once a process and language: the routes do not change while it runs."""

import hashlib
import json
from functools import cache
from typing import Any, NamedTuple

from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator


class Document(NamedTuple):
    content: dict[str, Any]
    text: bytes
    etag: str


def current() -> Document:
    return made(get_language() or "en")


@cache
def made(language: str) -> Document:
    content = SchemaGenerator().get_schema(request=None, public=True)
    text = json.dumps(content, ensure_ascii=False, default=str).encode()
    return Document(json.loads(text), text, f'"{hashlib.sha256(text).hexdigest()[:32]}"')
