"""Tables that the server sorts and pages, by the querystring alone: they work without JavaScript."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from web.words import Words

DEEPEST = 10_000  # rows that can be paged to: an offset beyond costs more than a filter


@dataclass(frozen=True)
class Column:
    """`order` is the path by which the database sorts; without one the heading is no link."""

    name: str
    label: Words
    order: str = ""
    is_number: bool = False
    is_unseen: bool = False  # the label is for readers of screens alone: a column of buttons


@dataclass(frozen=True)
class Heading:
    column: Column
    url: str
    direction: str  # "ascending", "descending" or ""


@dataclass
class Table:
    """One page of `rows`. Two tables on a page need two names."""

    request: HttpRequest
    rows: QuerySet[Any]
    columns: Sequence[Column]
    order: str  # as in the querystring: a column's name, with - for descending
    name: str = "table"
    size: int = 25
    total: int = field(init=False)
    number: int = field(init=False)
    sort: str = field(init=False)

    def __post_init__(self) -> None:
        sortable = {column.name for column in self.columns if column.order}
        asked = self.request.GET.get(self.key("sort"), "")
        self.sort = asked if asked.removeprefix("-") in sortable else self.order
        self.total = self.rows.order_by()[: DEEPEST + 1].count()
        self.number = self._page_number()

    def key(self, word: str) -> str:
        return word if self.name == "table" else f"{self.name}-{word}"

    def _page_number(self) -> int:
        asked = self.request.GET.get(self.key("page"), "")
        number = int(asked) if asked.isdecimal() and len(asked) < 6 else 1
        return max(1, min(number, self.pages))

    @property
    def pages(self) -> int:
        return max(1, -(-min(self.total, DEEPEST) // self.size))

    @cached_property
    def page(self) -> list[Any]:
        paths = {column.name: column.order for column in self.columns}
        minus = "-" if self.sort.startswith("-") else ""
        path = paths.get(self.sort.removeprefix("-")) or self.sort.removeprefix("-")
        start = (self.number - 1) * self.size
        return list(self.rows.order_by(f"{minus}{path}", f"{minus}pk")[start : start + self.size])

    @property
    def headings(self) -> list[Heading]:
        return [self._heading(column) for column in self.columns]

    def _heading(self, column: Column) -> Heading:
        if not column.order:
            return Heading(column, "", "")
        is_current = self.sort.removeprefix("-") == column.name
        is_descending = is_current and self.sort.startswith("-")
        direction = ("descending" if is_descending else "ascending") if is_current else ""
        turned = column.name if is_descending or not is_current else f"-{column.name}"
        return Heading(column, self._url(sort=turned, page=""), direction)

    def _url(self, **changes: str) -> str:
        query: QueryDict = self.request.GET.copy()
        for word, value in changes.items():
            if value:
                query[self.key(word)] = value
            else:
                query.pop(self.key(word), None)
        return f"{self.request.path}?{query.urlencode()}" if query else self.request.path

    @property
    def previous_url(self) -> str:
        return self._url(page=str(self.number - 1)) if self.number > 1 else ""

    @property
    def next_url(self) -> str:
        return self._url(page=str(self.number + 1)) if self.number < self.pages else ""

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size + 1

    @property
    def last(self) -> int:
        return min(self.number * self.size, self.total)

    @property
    def is_deep(self) -> bool:
        return self.total > DEEPEST
