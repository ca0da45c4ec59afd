"""Bodies up to a size, in UTF-8, with nothing in them that a database or a float cannot hold; or a clear refusal."""

import json
import math
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import DataAndFiles, JSONParser, MultiPartParser

from api.refusals import Malformed, TooLarge

DEEPEST = 64  # levels of nesting; a conversation with metadata needs five
WIDEST_INTEGER = 2**63  # what a bigint column holds


class BoundedJSONParser(JSONParser):
    """One JSON object; DRF reads it through Django, which takes at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        return read_object(stream.read())


class BoundedMultiPartParser(MultiPartParser):
    """Forms with files of at most MAX_UPLOAD_BYTES together."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> "DataAndFiles[Any, Any]":
        declared = str((parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0)
        if not declared.isdecimal() or int(declared) > settings.MAX_UPLOAD_BYTES:
            most = settings.MAX_UPLOAD_BYTES // 1024 // 1024
            raise TooLarge(_("The files of one call may hold at most %(most)s MiB.") % {"most": most})
        found = super().parse(stream, media_type, parser_context)
        for name, values in found.data.lists():
            for value in values:
                refuse_text(name, name)
                refuse_text(value, name)
        return found


def read_object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body.decode())
    except UnicodeDecodeError as error:
        raise ParseError(_("The body is not UTF-8: byte %(at)s cannot be read.") % {"at": error.start}) from None
    except RecursionError:
        raise ParseError(_("The body is nested too deep.")) from None
    except json.JSONDecodeError as error:
        raise ParseError(_("The body is not JSON: %(why)s.") % {"why": error}) from None
    except ValueError:  # more digits than Python reads
        raise ParseError(_("A whole number in the body is too large.")) from None
    if not isinstance(found, dict):
        raise ParseError(_("The body must be a JSON object: {…}."))
    refuse_unstorable(found)
    return found


def refuse_unstorable(body: dict[str, Any]) -> None:
    """Names the first value that PostgreSQL or JSON itself cannot hold, and refuses bombs of nesting."""
    level: list[tuple[str, Any]] = [("", body)]
    for _depth in range(DEEPEST):
        below: list[tuple[str, Any]] = []
        for path, value in level:
            if isinstance(value, dict):
                for name, part in value.items():
                    inner = f"{path}.{name}" if path else name
                    refuse_text(name, inner)
                    below.append((inner, part))
            elif isinstance(value, list):
                below.extend((f"{path}.{index}", part) for index, part in enumerate(value))
            elif isinstance(value, str):
                refuse_text(value, path)
            elif isinstance(value, float) and not math.isfinite(value):
                raise Malformed(_("NaN and infinite numbers are no JSON."), field=path)
            elif isinstance(value, int) and not -WIDEST_INTEGER <= value < WIDEST_INTEGER:
                raise Malformed(_("This whole number is too large."), field=path)
        if not below:
            return
        level = below
    raise Malformed(_("The body is nested more than %(most)s levels deep.") % {"most": DEEPEST}, field=level[0][0])


def refuse_text(text: str, field: str) -> None:
    if "\0" in text:
        raise Malformed(_("Text may not hold the character NUL (\\u0000)."), field=printable(field))
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            message = _("Text may not hold half of a surrogate pair (\\ud800 to \\udfff).")
            raise Malformed(message, field=printable(field)) from None


def printable(field: str) -> str:
    """A name as an answer can carry it."""
    return field.replace("\0", "\\u0000").encode(errors="backslashreplace").decode()
