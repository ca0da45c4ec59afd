"""Reading a frozen snapshot: rows out of its files, without the database's tables behind it."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.utils.translation import gettext as _

from annotation.feedback.rows import Row
from annotation.models import Snapshot
from annotation.snapshots import content, files, sorting
from annotation.snapshots.hashing import Hash
from api.refusals import Conflict, Unready

Progress = Callable[[float, str], None]


def silent(share: float, phase: str) -> None:
    """For those who watch nothing."""


def read(snapshot: Snapshot, split: str | None = None) -> Iterator[Row]:
    """The rows of one split, or of all of them, in the order of their content."""
    if snapshot.frozen_at is None:
        raise Conflict(_("This snapshot is not frozen yet."))
    for name in sorted(snapshot.files) if split is None else [split]:
        if name in snapshot.files:
            yield from (Row.from_json(values) for values in whole(snapshot.files[name]["sha256"]))


def whole(sha256: str) -> Iterator[dict[str, Any]]:
    try:
        yield from files.lines(sha256)
    except files.Damaged as damage:
        raise Unready(str(damage), retry_after=3_600) from None


def recompute(snapshot: Snapshot, folder: Path | None = None, progress: Progress = silent) -> str:
    """The hash that the files give now: equal to the snapshot's, or they were changed. Sorts on disk, in `folder`."""
    total = max(1, sum(part["rows"] for part in snapshot.files.values()))
    with TemporaryDirectory(dir=folder) as own:
        found = Hash()
        lines = (content.line(row) + b"\n" for row in told(read(snapshot), total, progress))
        for line in sorting.sorted_lines(lines, Path(own)):
            found.add(line[:-1])
        return found.hexdigest()


def told(rows: Iterator[Row], total: int, progress: Progress) -> Iterator[Row]:
    for number, row in enumerate(rows):
        if number % 2_000 == 0:
            progress(0.9 * number / total, _("Reading rows"))
        yield row


def peek(snapshot: Snapshot, split: str | None, count: int) -> list[Row]:
    """The first rows, without looking whether all of the file is as it was."""
    found: list[Row] = []
    for name in sorted(snapshot.files) if not split else [split]:
        try:
            with gzip.open(files.place(snapshot.files[name]["sha256"]), "rb") as file:
                found += [Row.from_json(json.loads(line)) for line in islice(file, count - len(found))]
        except (OSError, EOFError, zlib.error, ValueError):
            message = _("The frozen file of {split} is missing or was changed.").format(split=name)
            raise Unready(message, retry_after=3_600) from None
    return found
