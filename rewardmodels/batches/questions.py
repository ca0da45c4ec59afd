"""The answers to be scored, one after the other: of a file in any layout that imports read, a snapshot, a project."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from annotation.canonical import Messages
from annotation.imports import files, records
from annotation.imports.faults import BadRecord, Fault
from annotation.imports.files import Meter
from annotation.models import Project, Response, Snapshot
from annotation.snapshots import reading


class Question(NamedTuple):
    """One answer to one prompt, and how its place is named in the result."""

    line: int  # of the file, of the snapshot's rows or of the project's answers, counted from 1
    id: str  # what the file called the record; of answers of ours, the prompt's id
    answer: int  # which of the record's answers, counted from 0
    response: str  # the id of an answer of ours
    source: str
    prompt: Messages
    text: str

    @property
    def size(self) -> int:
        return len(self.text) + sum(len(turn["content"]) for turn in self.prompt)


Found = Iterator[Question | Fault]


def of_file(path: Path, suffix: str, meter: Meter) -> Found:
    for found in files.read(path, suffix, meter):
        if isinstance(found, Fault):
            yield found
            continue
        number, values = found
        try:
            record = read(values)
        except BadRecord as bad:
            yield Fault(number, bad.field, bad.message)
            continue
        for place, part in enumerate(record.responses):
            yield Question(number, record.external_id, place, "", part.source, record.prompt, part.text)


def read(values: dict[str, Any]) -> records.Record:
    """A record in a layout that imports read, or a prompt with one `response`; equal answers are no fault here."""
    values = {name: value for name, value in values.items() if value is not None}
    if "response" in values and not records.layout_of(values):
        values["completion"] = values.pop("response")
    layout = records.layout_of(values)
    if not layout:
        raise BadRecord("response", _("Expected prompt and response, or responses, or chosen and rejected."))
    return records.READERS[layout](values)


def of_snapshot(snapshot: Snapshot, split: str, meter: Meter) -> Found:
    """Each answer once, however many people judged it."""
    total = sum(part["rows"] for name, part in snapshot.files.items() if split in ("", name)) or 1
    seen: set[bytes] = set()
    for number, row in enumerate(reading.read(snapshot, split or None), start=1):
        meter.share = number / total
        for place, part in enumerate(row.responses):
            key = hashlib.blake2b(f"{row.prompt!r}\0{part.text}".encode(errors="replace"), digest_size=16).digest()
            if key not in seen:
                seen.add(key)
                yield Question(number, row.task, place, part.id, part.source, row.prompt, part.text)


def of_project(project: Project, meter: Meter) -> Found:
    """Every answer of every prompt that was not taken down."""
    found = Response.objects.filter(prompt__project=project, prompt__taken_down_at=None).select_related("prompt")
    total = found.count() or 1
    for number, one in enumerate(found.order_by("prompt", "pk").iterator(chunk_size=500), start=1):
        meter.share = number / total
        yield Question(number, str(one.prompt_id), 0, str(one.pk), one.source, one.prompt.messages, one.text)
