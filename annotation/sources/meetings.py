"""Judgments as meetings: two answers to one prompt by different sources, and which of them somebody found better."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, NamedTuple

from annotation import canonical
from annotation.canonical import Messages
from annotation.feedback import cardinal
from annotation.feedback.rows import Candidate, Row
from annotation.models import Project, Snapshot
from annotation.snapshots import filters, reading, rows


class Money(NamedTuple):
    """What the better answer is worth, in one unit: a currency, and a way of asking."""

    currency: str
    elicitation: str
    low: float
    high: float | None  # None: open above


class Meeting(NamedTuple):
    judgment: str
    task: str
    prompt: Messages
    annotator: str
    first: Candidate
    second: Candidate
    outcome: int  # 1 where the first is better, −1 where the second is, 0 neither
    side: int  # 1 where the first was shown first, −1 where second, 0 where nobody knows
    money: Money | None = None


class Single(NamedTuple):
    """One answer that somebody marked or priced by itself."""

    judgment: str
    task: str
    prompt: Messages
    candidate: Candidate
    marks: dict[str, int]
    money: Money | None


@dataclass
class Meetings:
    """The meetings in rows, and on the way how many judgments were used, by kind, and how many were not, and why."""

    rows: Iterable[Row]
    used: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    singles: dict[tuple[str, str, bytes], list[Single]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Meeting]:
        for row in self.rows:
            if row.purpose == "label":
                yield from self.of_row(row)
        for (kind, annotator, _prompt), several in self.singles.items():
            yield from self.of_singles(kind, annotator, several)

    def of_row(self, row: Row) -> Iterator[Meeting]:
        if len(row.responses) == 1:
            self.keep(row)
            return
        found = [one for one in pairs(row) if self.is_between_sources(one.first, one.second)]
        if found:
            self.used[row.kind] += 1
        elif any(not one.source for one in row.responses):
            self.left_out["unnamed"] += 1
        else:
            self.left_out["same_source"] += 1
        yield from found

    def keep(self, row: Row) -> None:
        """A mark or a price waits for another one by the same person for another source's answer."""
        if row.kind not in ("rating", "cardinal"):
            self.left_out["one_answer"] += 1
            return
        key = (row.kind, row.annotator, canonical.digest(row.prompt))
        money = priced(row) if row.kind == "cardinal" else None
        single = Single(row.judgment, row.task, row.prompt, row.responses[0], row.answer.get("ratings", {}), money)
        self.singles.setdefault(key, []).append(single)

    def of_singles(self, kind: str, annotator: str, several: list[Single]) -> Iterator[Meeting]:
        met: set[int] = set()
        for one, other in combinations(range(len(several)), 2):
            found = between(annotator, several[one], several[other])
            if found is not None and self.is_between_sources(found.first, found.second):
                met |= {one, other}
                yield found
        self.used[kind] += len(met)
        alone = [single for place, single in enumerate(several) if place not in met]
        unnamed = sum(not single.candidate.source for single in alone)
        self.left_out["unnamed"] += unnamed
        self.left_out["one_answer"] += len(alone) - unnamed

    def is_between_sources(self, first: Candidate, second: Candidate) -> bool:
        return bool(first.source and second.source and first.source != second.source)


def pairs(row: Row) -> Iterator[Meeting]:
    """Every two answers of a row; a ranking compares them all."""
    ranks = ranks_of(row)
    knows_sides = row.origin != "imported" and len(row.responses) == 2  # files do not say what was shown where
    money = priced(row) if row.kind == "cardinal" else None
    for one, other in combinations(range(len(row.responses)), 2):
        first, second = row.responses[one], row.responses[other]
        outcome = (ranks[one] < ranks[other]) - (ranks[one] > ranks[other])
        side = (1 if row.shown_order[0] == first.id else -1) if knows_sides else 0
        names = (row.judgment, row.task, row.prompt, row.annotator)
        yield Meeting(*names, first, second, outcome, side, money)


def ranks_of(row: Row) -> list[int]:
    """0 is best; in the order of the row's responses."""
    if row.kind == "ranking":
        place = {response: rank for rank, group in enumerate(row.answer["order"]) for response in group}
        return [place[one.id] for one in row.responses]
    preferred = row.answer.get("preferred")
    return [0 if preferred in (None, one.id) else 1 for one in row.responses]


def priced(row: Row) -> Money:
    interval = cardinal.stored_interval(row.answer)
    high = None if interval.high is None else float(interval.high)
    return Money(row.currency, row.elicitation or "unknown", float(interval.low), high)


def between(annotator: str, one: Single, other: Single) -> Meeting | None:
    """What one person's marks or prices of two answers say; None where they are not comparable."""
    names: dict[str, Any] = {"judgment": one.judgment, "prompt": one.prompt, "annotator": annotator, "side": 0}
    first, second = one.candidate, other.candidate
    if one.money and other.money:
        money = apart(one.money, other.money)
        if money is None:
            return None
        difference = middle(one.money) - middle(other.money)
        return Meeting(task=one.task, first=first, second=second, outcome=sign(difference), money=money, **names)
    shared = one.marks.keys() & other.marks.keys()
    if not shared:
        return None
    difference = sum(one.marks[name] - other.marks[name] for name in shared)
    return Meeting(task=one.task, first=first, second=second, outcome=sign(difference), **names)


def apart(one: Money, other: Money) -> Money | None:
    """The size of a difference of two prices in one unit; nothing is said of one that is open above."""
    if one[:2] != other[:2] or one.high is None or other.high is None:
        return None
    size = abs(middle(one) - middle(other))
    return Money(one.currency, f"{one.elicitation}_alone", size, size)


def middle(money: Money) -> float:
    return money.low if money.high is None else (money.low + money.high) / 2


def sign(value: float) -> int:
    return (value > 0) - (value < 0)


def of_project(project: Project) -> tuple[Iterable[Row], int]:
    """The labels that count now, and how many."""
    versions = filters.select(project, {})
    return (row for _key, row in rows.rows(versions)), versions.count()


def of_snapshot(snapshot: Snapshot) -> tuple[Iterable[Row], int]:
    """What was frozen, out of its files."""
    return reading.read(snapshot), sum(part["rows"] for part in snapshot.files.values())


def of(project: Project, snapshot: Snapshot | None) -> tuple[Iterable[Row], int]:
    return of_project(project) if snapshot is None else of_snapshot(snapshot)
