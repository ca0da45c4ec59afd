"""What changed between two texts, word by word; and between two sets of terms, setting by setting."""

import re
from collections.abc import Iterator
from dataclasses import fields
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from django.utils.translation import gettext

from annotation.settings import Terms
from web.words import Words

WORD = re.compile(r"\s+|\w+|[^\w\s]")
MOST_WORDS = 4_000  # on both sides of one changed place; a larger one is shown as a whole
MOST_LINES = 4_000
SAME, ADDED, REMOVED = "same", "added", "removed"


class Piece(NamedTuple):
    kind: str
    text: str


class Changed(NamedTuple):
    """One setting that is otherwise than before."""

    title: Words
    before: str
    after: str


def between(before: str, after: str) -> list[Piece]:
    """First the lines that differ, then the words in them: the cost stays bounded for long texts."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    pieces: list[Piece] = []
    if max(len(old), len(new)) > MOST_LINES:
        return list(joined(replaced(before, after)))
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece(SAME, "".join(old[a:b])))
        else:
            pieces += words("".join(old[a:b]), "".join(new[c:d]))
    return list(joined(pieces))


def words(before: str, after: str) -> list[Piece]:
    old, new = WORD.findall(before), WORD.findall(after)
    if len(old) + len(new) > MOST_WORDS:
        return replaced(before, after)
    pieces: list[Piece] = []
    gone = come = ""  # what was replaced by what since the last word that stayed
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        left, right = "".join(old[a:b]), "".join(new[c:d])
        if tag != "equal" or ((gone or come) and left.isspace() and b < len(old) and d < len(new)):
            gone, come = gone + left, come + right  # a space between two changed words is part of the change
        else:
            pieces += [*replaced(gone, come), Piece(SAME, left)]
            gone = come = ""
    return pieces + replaced(gone, come)


def replaced(before: str, after: str) -> list[Piece]:
    return [Piece(REMOVED, before), Piece(ADDED, after)]


def joined(pieces: list[Piece]) -> Iterator[Piece]:
    """Neighbours of one kind as one piece; empty ones are left out."""
    kind, text = SAME, ""
    for piece in pieces:
        if piece.kind != kind and piece.text:
            if text:
                yield Piece(kind, text)
            kind, text = piece
        else:
            text += piece.text
    if text:
        yield Piece(kind, text)


def of_terms(before: dict[str, Any], after: dict[str, Any]) -> list[Changed]:
    """Settings by their titles; one that a version knows nothing of had its default."""
    return [
        Changed(one.metadata.get("title", one.name), told(before.get(one.name)), told(after.get(one.name)))
        for one in fields(Terms)
        if before.get(one.name) != after.get(one.name) and one.name in before and one.name in after
    ]


def told(value: Any) -> str:
    """A setting's value as a person reads it."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, dict):
        return ", ".join(f"{name}: {told(part)}" for name, part in value.items() if part)
    return "; ".join(map(told, value)) if isinstance(value, list) else str(value)
