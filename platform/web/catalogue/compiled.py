"""A `.mo` file: the same as the `.po`, as Python's gettext reads it. The same entries give the same bytes anywhere."""

import struct
from collections.abc import Iterable

from web.catalogue.entries import HEADER, Entry

MAGIC, HEAD = 0x950412DE, 7 * 4


def compile_entries(entries: Iterable[Entry], language: str) -> bytes:
    """Entries without a translation are left out: they are said in English."""
    header = "".join(HEADER).format(language=language).replace("\\n", "\n")
    rows = [(b"", header.encode())]
    for entry in entries:
        if entry.translation:
            told = [part for part in entry.message if part]
            rows.append(("\0".join(told).encode(), entry.translation.encode()))
    return packed(sorted(rows))


def packed(rows: list[tuple[bytes, bytes]]) -> bytes:
    """Two tables of (length, offset), then the texts, each ended by a NUL."""
    tables = 2 * 8 * len(rows)
    texts, offset = [], HEAD + tables
    places: list[tuple[int, int]] = []
    for text in [row[0] for row in rows] + [row[1] for row in rows]:
        places.append((len(text), offset))
        texts.append(text + b"\0")
        offset += len(text) + 1
    head = struct.pack("<7I", MAGIC, 0, len(rows), HEAD, HEAD + 8 * len(rows), 0, 0)
    return head + b"".join(struct.pack("<2I", *place) for place in places) + b"".join(texts)
