"""What a batch found out so far, answer by answer: an attempt that comes after another reads it before it scores."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from rewardmodels.batches.questions import Question


class Said(NamedTuple):
    """The score of an answer, or why it has none."""

    score: dict[str, Any] | None = None
    field: str = ""
    message: str = ""


class Journal:
    """Lines of JSON in the order of the questions; it is read as far as the questions are still the same.

    A file of a batch never changes, but a project gets answers while it waits; and a killed attempt may have left half
    a line. From there on everything is scored again.
    """

    def __init__(self, path: Path, model_sha256: str) -> None:
        self.file = path.open("a+b")
        self.file.seek(0)
        self.model_sha256 = model_sha256
        self.is_read = False

    def take(self, one: Question) -> Said | None:
        """What an earlier attempt found for this question; None from the first on that it did not come to."""
        if self.is_read:
            return None
        begin = self.file.tell()
        try:
            key, *said = json.loads(self.file.readline())
        except (ValueError, TypeError):
            key, said = "", []
        if key == self.key(one):
            return Said(*said)
        self.is_read = True
        self.file.truncate(begin)
        return None

    def keep(self, asked: Iterable[Question], found: Iterable[Said]) -> None:
        for one, said in zip(asked, found, strict=True):
            self.file.write(json.dumps([self.key(one), *said]).encode() + b"\n")
        self.file.flush()

    def key(self, one: Question) -> str:
        said = json.dumps([self.model_sha256, *one], ensure_ascii=False).encode(errors="replace")
        return hashlib.blake2b(said, digest_size=16).hexdigest()

    def close(self) -> None:
        self.file.close()
