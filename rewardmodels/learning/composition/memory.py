"""Ratings that a judge gave once are kept: by judge and question, so by the template and both texts too."""

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol

from rewardmodels.learning.composition.judges import Judge

PART = 64  # questions between two writes: what an ended job loses at most
MOST_ROWS = 2_000_000
TABLE = "CREATE TABLE IF NOT EXISTS ratings (number INTEGER PRIMARY KEY, key BLOB UNIQUE, value REAL)"


class Remembers(Protocol):
    """Gives ratings, from what it knows or from the judge."""

    def rate(
        self, judge: Judge, questions: Sequence[str], report: Callable[[int, int], None] = lambda done, total: None
    ) -> list[float | None]: ...


class Memory:
    """A file of ratings that several processes may use at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._open()) as file, file:
            file.execute(TABLE)

    def rate(
        self, judge: Judge, questions: Sequence[str], report: Callable[[int, int], None] = lambda done, total: None
    ) -> list[float | None]:
        """A rating a question, in order; the judge is asked for those that it never answered, each once."""
        keys = [key_of(judge, question) for question in questions]
        known = self._known(keys)
        missing = {key: question for key, question in zip(keys, questions, strict=True) if key not in known}
        waiting = list(missing.items())
        for start in range(0, len(waiting), PART):
            report(len(questions) - len(waiting) + start, len(questions))
            part = waiting[start : start + PART]
            values = judge.rate([question for _, question in part])
            fresh = [(key, value) for (key, _), value in zip(part, values, strict=True)]
            self._keep(fresh)
            known.update(fresh)
        report(len(questions), len(questions))
        return [known[key] for key in keys]

    def trim(self, most_rows: int = MOST_ROWS) -> None:
        """Let go of the oldest beyond a number."""
        with closing(self._open()) as file, file:
            newest = file.execute("SELECT max(number) FROM ratings").fetchone()[0] or 0
            file.execute("DELETE FROM ratings WHERE number <= ?", (newest - most_rows,))

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=60)

    def _known(self, keys: Sequence[bytes]) -> dict[bytes, float | None]:
        found: dict[bytes, float | None] = {}
        with closing(self._open()) as file:
            for start in range(0, len(keys), 500):
                part = list(keys[start : start + 500])
                marks = ",".join("?" * len(part))
                found.update(file.execute(f"SELECT key, value FROM ratings WHERE key IN ({marks})", part))  # noqa: S608
        return found

    def _keep(self, fresh: list[tuple[bytes, float | None]]) -> None:
        with closing(self._open()) as file, file:
            file.executemany("INSERT OR IGNORE INTO ratings (key, value) VALUES (?, ?)", fresh)


def key_of(judge: Judge, question: str) -> bytes:
    return hashlib.sha256(f"{judge.key}\0{question}".encode()).digest()
