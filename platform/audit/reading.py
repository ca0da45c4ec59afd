"""Reading the trail of one workspace: which entries, in whose name, and all of them as a file."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from audit import identities
from audit.models import Entry

BATCH = 2_000
COLUMNS = ["id", "at", "actor", "actor_label", "token", "action", "object_kind", "object_id", "details", "request_id"]
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four are wide forms


@dataclass(frozen=True)
class Filters:
    actor: UUID | None = None
    action: str = ""  # "member.removed", or "member" for all that happened to members
    object_kind: str = ""
    object_id: str = ""
    since: datetime | None = None
    until: datetime | None = None  # exclusive

    def condition(self) -> Q:
        found = Q()
        if self.action:
            found &= Q(action=self.action) | Q(action__startswith=f"{self.action}.")
        if self.since:
            found &= Q(at__gte=self.since)
        if self.until:
            found &= Q(at__lt=self.until)
        plain = {"actor": self.actor, "object_kind": self.object_kind, "object_id": self.object_id}
        return found & Q(**{name: value for name, value in plain.items() if value})


def entries(workspace: UUID, filters: Filters) -> QuerySet[Entry]:
    return Entry.objects.filter(filters.condition(), workspace=workspace)


def name_actors(rows: Iterable[Entry]) -> None:
    """Gives each entry `actor_label`, how its actor was called (empty when erased)."""
    rows = list(rows)
    known = identities.labels(row.actor for row in rows)
    for row in rows:
        row.actor_label = known.get(row.actor, "") if row.actor else ""  # type: ignore[attr-defined]


def words_of(details: dict[str, Any]) -> str:
    """`role=admin, fields=name status`."""
    shown = {name: " ".join(map(str, value)) if isinstance(value, list) else value for name, value in details.items()}
    return ", ".join(f"{name}={value}" for name, value in shown.items())


def rows(workspace: UUID, filters: Filters) -> Iterator[dict[str, Any]]:
    """Oldest first, a batch at a time: a file may be as long as the trail."""
    last = 0
    while batch := list(entries(workspace, filters).filter(id__gt=last).order_by("id")[:BATCH]):
        name_actors(batch)
        for entry in batch:
            yield {name: plain(getattr(entry, name)) for name in COLUMNS}
        last = batch[-1].pk


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def as_jsonl(found: Iterable[dict[str, Any]]) -> Iterator[str]:
    for row in found:
        yield json.dumps(row, ensure_ascii=False) + "\n"


def as_csv(found: Iterable[dict[str, Any]]) -> Iterator[str]:
    """No cell begins with what a spreadsheet would take for a formula."""
    yield csv_line(COLUMNS)
    for row in found:
        yield csv_line(cell(value) for value in row.values())


def csv_line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(map(guarded, cells))
    return line.getvalue()


def cell(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)


def guarded(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
