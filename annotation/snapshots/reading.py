"""Reading a frozen snapshot: rows out of its files, without the database's tables behind it."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from annotation.feedback.rows import Row
from annotation.models import Snapshot
from annotation.snapshots import content, files
from annotation.snapshots.hashing import Hash
from api.refusals import Conflict, Unready


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


def recompute(snapshot: Snapshot) -> str:
    """The hash that the files give now: equal to the snapshot's, or they were changed."""
    found = Hash()
    for line in sorted(content.line(row) for row in read(snapshot)):
        found.add(line)
    return found.hexdigest()
