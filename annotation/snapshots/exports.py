"""One file of a snapshot in a layout and a format."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from annotation.feedback.rows import Row
from annotation.models import Snapshot
from annotation.snapshots import files, reading
from annotation.snapshots.formats import FORMATS
from annotation.snapshots.layouts import LAYOUTS, Layout, Line
from api.refusals import Conflict, Invalid, Unready

VERSION = 3  # of what this module writes; part of the ETag
PARTS = ("main", "ties")
PEEKED = 200  # rows that a preview looks at


@dataclass(frozen=True)
class Export:
    """What is asked for; `split` is empty for all of them."""

    snapshot: Snapshot
    layout: str = "raw"
    format: str = "jsonl"
    split: str = ""
    part: str = "main"

    def check(self) -> None:
        """Refuse what cannot be written, before the first byte is."""
        self.check_choice()
        try:
            for name in [self.split] if self.split else self.snapshot.files:
                files.verify(self.snapshot.files[name]["sha256"])
        except files.Damaged as damage:
            raise Unready(str(damage), retry_after=3_600) from None

    def check_choice(self) -> None:
        """Refuse a choice that makes no sense."""
        if self.snapshot.frozen_at is None:
            raise Conflict(_("This snapshot is not frozen yet."))
        choose("layout", self.layout, list(LAYOUTS))
        choose("format", self.format, list(FORMATS))
        choose("part", self.part, list(PARTS))
        choose("split", self.split, ["", *self.snapshot.splits])
        kinds = set(self.snapshot.counts) & set(self.chosen.kinds)
        if not kinds:
            held, said = ", ".join(sorted(self.snapshot.counts)), ", ".join(self.chosen.kinds)
            message = _("This layout says {said}; the snapshot holds {held}.").format(said=said, held=held)
            raise Invalid(message, field="layout")
        if self.part == "ties" and self.chosen.ties is None:
            raise Invalid(_("This layout says ties in its main part."), field="part")

    @property
    def chosen(self) -> Layout:
        return LAYOUTS[self.layout]

    @property
    def is_text(self) -> bool:
        """Whether prompts and answers are written as plain text: where every prompt came so."""
        return bool(self.snapshot.card.get("prompts_are_text")) and not self.chosen.is_always_messages

    @property
    def etag(self) -> str:
        named = [self.snapshot.sha256, self.layout, self.format, self.split, self.part, str(VERSION)]
        return hashlib.sha256("\n".join(named).encode()).hexdigest()

    @property
    def filename(self) -> str:
        ties = "-ties" if self.part == "ties" else ""
        return f"{self.snapshot.sha256[:12]}-{self.layout}-{self.split or 'all'}{ties}.{FORMATS[self.format].suffix}"

    @property
    def columns(self) -> dict[str, str]:
        is_ties = self.part == "ties" and self.chosen.tie_columns is not None
        return self.chosen.tie_columns or {} if is_ties else self.chosen.columns

    def lines(self) -> Iterator[Line]:
        return self.made(reading.read(self.snapshot, self.split or None))

    def first(self, count: int) -> list[Line]:
        """A few of the lines, from among the first rows."""
        return list(islice(self.made(iter(reading.peek(self.snapshot, self.split or None, PEEKED))), count))

    def made(self, rows: Iterator[Row]) -> Iterator[Line]:
        make = self.chosen.ties if self.part == "ties" else self.chosen.lines
        assert make is not None
        for row in rows:
            if row.kind in self.chosen.kinds:
                yield from make(row, self.is_text)

    def stream(self) -> Iterator[bytes]:
        return FORMATS[self.format].write(self.lines(), self.columns, self.is_text)


def choose(field: str, value: Any, known: list[str]) -> None:
    if value not in known:
        message = _("Choose one of: {known}.").format(known=", ".join(name for name in known if name))
        raise Invalid(message, field=field)
