"""Where frozen content lies: files named by the hash of their bytes, written once."""

import gzip
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from django.conf import settings

CHUNK = 1024 * 1024


class Damaged(Exception):
    """A frozen file is not there, or its bytes are others."""


def place(sha256: str) -> Path:
    return Path(settings.MEDIA_ROOT) / "snapshots" / sha256[:2] / f"{sha256}.jsonl.gz"


class Writer:
    """Compressed lines on their way to a file that is named when it is complete."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0
        self._file: BinaryIO = path.open("wb")
        self._lines = gzip.GzipFile(filename="", mode="wb", fileobj=self._file, mtime=0, compresslevel=6)

    def write(self, line: bytes) -> None:
        self._lines.write(line)
        self.rows += 1

    def __enter__(self) -> "Writer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def keep(self) -> dict[str, Any]:
        """Put the file where its hash says; the facts that the snapshot remembers."""
        sha256 = digest(self.path)
        target = place(sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        self.path.replace(target)
        return {"sha256": sha256, "rows": self.rows, "bytes": target.stat().st_size}


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(sha256: str) -> Path:
    """The file, its bytes found to be those that were frozen."""
    path = place(sha256)
    if not path.is_file() or digest(path) != sha256:
        raise Damaged(f"The frozen file {path.name} is missing or was changed; restore it from a backup.")
    return path


def lines(sha256: str) -> Iterator[dict[str, Any]]:
    """The rows of a frozen file."""
    path = verify(sha256)
    with gzip.open(path, "rb") as file:
        for line in file:
            yield json.loads(line)
