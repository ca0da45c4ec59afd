"""Pages of rows under any filter, in bounded time: windows along an index, and a way on where time ran out.

A filter that no index knows costs what the rows cost that it looks at. So rows are looked at in windows along the order
of the list, until the page is full or the time is up; what was looked at is said, and the next page goes on from there.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core import signing
from django.db.models import Q, QuerySet
from django.http import QueryDict

from api.pagination import Column, after, plain, value_of

WINDOW = 20_000  # rows
SECONDS = 1.5
SIZE = 25


@dataclass
class Page:
    rows: list[Any] = field(default_factory=list)
    next: str = ""  # where the next page begins; empty at the end
    previous: str = ""
    looked_at: int = 0  # rows that windows have passed, about
    is_cut: bool = False  # the time was up before the page was full


@dataclass(frozen=True)
class Scan:
    """`rows` in the order of `columns`, of which `wanted` are shown; without `wanted` all of them are."""

    rows: QuerySet[Any]
    columns: Sequence[str]
    wanted: Q | None = None
    size: int = SIZE
    window: int = WINDOW
    seconds: float = SECONDS

    def page(self, cursor: str) -> Page:
        start = self.read(cursor)
        is_back = bool(start and start[0])
        order = [column._replace(descending=column.descending != is_back) for column in self.order]
        page = self.collect(order, start[1:] if start else None)
        found, has_more = page.rows[: self.size], len(page.rows) > self.size or page.is_cut
        page.rows = found[::-1] if is_back else found
        edge = page.next  # where the windows stopped, when time was up
        page.next = self.link(False, page.rows[-1:], edge if not is_back else "", has_more or is_back)
        page.previous = self.link(
            True, page.rows[:1], edge if is_back else "", bool(start) and (not is_back or has_more)
        )
        if start and not page.rows and not is_back:
            page.previous = self.sign(True, start[1:])
        return page

    @property
    def order(self) -> list[Column]:
        return [Column.read(text) for text in self.columns]

    def collect(self, order: list[Column], position: list[Any] | None) -> Page:
        """One row more than a page, or as many as were found in time."""
        page, names = Page(), [column.name for column in order]
        deadline = time.monotonic() + self.seconds
        while True:
            ahead = self.rows.filter(after(order, position)) if position else self.rows
            ahead = ahead.order_by(*map(str, order))
            if self.wanted is None:
                page.rows = list(ahead[: self.size + 1])
                return page
            end = next(iter(ahead.values_list(*names)[self.window - 1 : self.window]), None)
            part = ahead.filter(self.wanted)
            if end is not None:
                part = part.filter(within(order, list(end)))
            page.rows += part[: self.size + 1 - len(page.rows)]
            page.looked_at += self.window
            if end is None or len(page.rows) > self.size:
                return page
            position = [plain(value) for value in end]
            if time.monotonic() > deadline:
                page.is_cut, page.next = True, self.sign(False, position)
                return page

    def link(self, is_back: bool, edge: list[Any], stopped: str, has_more: bool) -> str:
        """The page beyond the last row shown, or beyond where the time was up."""
        if not has_more:
            return ""
        if stopped:
            return self.sign(is_back, self.read(stopped)[1:])  # type: ignore[index]
        if not edge:
            return ""
        return self.sign(is_back, [plain(value_of(edge[0], column.name)) for column in self.order])

    def sign(self, is_back: bool, position: list[Any]) -> str:
        return signing.Signer(salt=self.salt).sign_object([int(is_back), *position])

    def read(self, cursor: str) -> list[Any] | None:
        """(whether backwards, position…); a cursor of another list begins again."""
        try:
            return signing.Signer(salt=self.salt).unsign_object(cursor) if cursor else None
        except signing.BadSignature:
            return None

    @property
    def salt(self) -> str:
        return "scan " + ",".join(self.columns)


def within(order: list[Column], end: list[Any]) -> Q:
    """Not beyond `end`; the bound on the first column is what an index can use."""
    first = order[0]
    bound = Q(**{f"{first.name}__{'gte' if first.descending else 'lte'}": end[0]})
    return bound if len(order) == 1 else bound & ~after(order, end)


def kept(query: QueryDict) -> str:
    """The filters of an address, before the cursor that a link adds."""
    found = query.copy()
    found.pop("cursor", None)
    return f"{found.urlencode()}&" if found else ""
