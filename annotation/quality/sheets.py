"""A project's judgments as plain arrays, and how rows become them."""

from array import array
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from annotation.agreement.votes import Flags, Floats, Integers
from annotation.models.projects import Kind

KINDS: list[str] = list(Kind.values)
LABEL, REPEAT, GOLD = range(3)
PURPOSES = ["label", "repeat", "gold"]
NO_ITEM = bytes(16)
Items = NDArray[np.bytes_]  # ids as 16 bytes
COLUMNS: dict[str, str] = {
    "task": "q", "annotator": "i", "kind": "b", "purpose": "b", "at": "d", "seconds": "d", "side": "b", "choice": "b",
    "strength": "b", "amount": "d", "desirable": "b", "currency": "b",
}  # fmt: skip
KEPT: dict[str, Any] = {"q": np.int64, "i": np.int64, "b": np.int64, "d": np.float64}


class Parts(NamedTuple):
    """The pieces of answers that have several, a row each: a mark for an aspect, or a rank for a response."""

    row: Integers  # of the sheet
    aspect: Integers  # place in `Sheet.aspects`; −1 in a ranking
    item: Items  # the response; empty in a rating
    value: Integers


@dataclass(frozen=True)
class Sheet:
    """One row a judgment that counts. Of a pair, `first` is the response that the task names first."""

    task: Integers  # the task's position, which names it within its project
    annotator: Integers  # place in `annotators`
    kind: Integers  # place in KINDS
    purpose: Integers  # place in PURPOSES
    at: Floats  # seconds since 1970
    seconds: Floats  # how long it took; NaN where nobody knows
    side: Integers  # 1 where the first was shown first, −1 where second, 0 where nobody knows
    choice: Integers  # 1 where the first is better, −1 the second, 0 neither
    strength: Integers  # 0 where it was not said
    amount: Floats  # NaN where none was asked
    desirable: Integers
    currency: Integers  # place in `currencies`; −1 where no amount was asked
    first: Items
    second: Items  # NO_ITEM where the question is about one response
    parts: Parts
    annotators: list[UUID]
    aspects: list[str]
    currencies: list[str]

    def rows(self, kind: str, *purposes: int, pairs: bool | None = None) -> Integers:
        """Which rows are of a kind and of these purposes, about two responses or about one."""
        chosen: Flags = (self.kind == KINDS.index(kind)) & np.isin(self.purpose, purposes)
        if pairs is not None:
            chosen &= self.is_pair == pairs
        return np.flatnonzero(chosen)

    @property
    def is_pair(self) -> Flags:
        return self.second != b""  # numpy drops the zeros of NO_ITEM


@dataclass
class Gathering:
    """Rows one by one into typed arrays: a million take some hundred megabytes and no more."""

    numbers: dict[str, "array[Any]"] = field(
        default_factory=lambda: {name: array(code) for name, code in COLUMNS.items()}
    )
    first: bytearray = field(default_factory=bytearray)
    second: bytearray = field(default_factory=bytearray)
    parts: dict[str, "array[Any]"] = field(
        default_factory=lambda: {name: array("q") for name in ("row", "aspect", "value")}
    )
    items: bytearray = field(default_factory=bytearray)
    annotators: dict[UUID, int] = field(default_factory=dict)
    aspects: dict[str, int] = field(default_factory=dict)
    currencies: dict[str, int] = field(default_factory=dict)

    def add(self, values: dict[str, float], first: UUID | None, second: UUID | None) -> int:
        """The number of the new row."""
        for name, column in self.numbers.items():
            column.append(values[name])
        self.first += first.bytes if first else NO_ITEM
        self.second += second.bytes if second else NO_ITEM
        return len(self.numbers["task"]) - 1

    def add_part(self, row: int, value: int, *, aspect: str | None = None, item: str | None = None) -> None:
        self.parts["row"].append(row)
        self.parts["value"].append(value)
        self.parts["aspect"].append(-1 if aspect is None else number(self.aspects, aspect))
        self.items += NO_ITEM if item is None else UUID(item).bytes

    def sheet(self) -> Sheet:
        columns: dict[str, Any] = {name: np.array(column, KEPT[COLUMNS[name]]) for name, column in self.numbers.items()}
        parts = {name: np.array(column, np.int64) for name, column in self.parts.items()}
        return Sheet(
            **columns,
            first=np.frombuffer(bytes(self.first), "S16"),
            second=np.frombuffer(bytes(self.second), "S16"),
            parts=Parts(parts["row"], parts["aspect"], np.frombuffer(bytes(self.items), "S16"), parts["value"]),
            annotators=list(self.annotators),
            aspects=list(self.aspects),
            currencies=list(self.currencies),
        )


def number(known: dict[Any, int], name: Any) -> int:
    """The place of a name, in order of first sight."""
    return known.setdefault(name, len(known))


def item_id(item: bytes) -> str:
    """The id behind 16 bytes whose last zeros numpy dropped."""
    return str(UUID(bytes=bytes(item).ljust(16, b"\0")))
