"""Lists page by cursor: {"next", "previous", "results"}.

A cursor names the last row that was seen by the values it is ordered by, so pages neither skip nor repeat a row when
others come or go, and a late page costs what the first one does. Ties are broken by the primary key.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.core import signing
from django.db.models import Q
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from api.refusals import Malformed


class Column(NamedTuple):
    name: str
    descending: bool

    @classmethod
    def read(cls, text: str) -> "Column":
        return cls(text.removeprefix("-"), text.startswith("-"))

    def __str__(self) -> str:
        return "-" * self.descending + self.name


class Cursor(NamedTuple):
    backwards: bool
    position: list[Any]


class CursorPages(BasePagination):
    """A view names its order with `ordering`: columns that are never null, `-` for descending."""

    page_size = 50
    max_page_size = 1_000
    ordering: str | Sequence[str] = "-created_at"

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        self.columns = columns(getattr(view, "ordering", None) or self.ordering)
        self.cursor = self.read_cursor(request.query_params.get("cursor"))
        limit = self.read_limit(request.query_params.get("limit"))
        backwards = self.cursor is not None and self.cursor.backwards
        order = [column._replace(descending=column.descending != backwards) for column in self.columns]
        if self.cursor is not None:
            queryset = queryset.filter(after(order, self.cursor.position))
        found = list(queryset.order_by(*map(str, order))[: limit + 1])
        self.has_more = len(found) > limit
        self.page = found[:limit][::-1] if backwards else found[:limit]
        return self.page

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.next_link(), "previous": self.previous_link(), "results": data})

    def next_link(self) -> str | None:
        came_back = self.cursor is not None and self.cursor.backwards
        return self.link(backwards=False, row=self.page[-1]) if self.page and (self.has_more or came_back) else None

    def previous_link(self) -> str | None:
        if self.cursor is None or not self.page or (self.cursor.backwards and not self.has_more):
            return None
        return self.link(backwards=True, row=self.page[0])

    def link(self, *, backwards: bool, row: Any) -> str:
        values = [plain(value_of(row, column.name)) for column in self.columns]
        text = self.signer().sign_object([int(backwards), *values])
        return replace_query_param(self.request.build_absolute_uri(), "cursor", text)

    def signer(self) -> signing.Signer:
        return signing.Signer(salt="cursor " + ",".join(map(str, self.columns)))

    def read_cursor(self, text: str | None) -> Cursor | None:
        if not text:
            return None
        try:
            backwards, *position = self.signer().unsign_object(text)
        except signing.BadSignature:
            message = _("This cursor is not one of this list; begin again without it.")
            raise Malformed(message, field="cursor") from None
        return Cursor(bool(backwards), position)

    def read_limit(self, text: str | None) -> int:
        if text is None:
            return self.page_size
        if text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= self.max_page_size:
            return int(text)
        message = _("Write a whole number from 1 to %(most)s.") % {"most": self.max_page_size}
        raise Malformed(message, field="limit")

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        limit = {"type": "integer", "minimum": 1, "maximum": self.max_page_size, "default": self.page_size}
        described = [
            ("cursor", "Where to go on: taken from `next` or `previous` of a page.", {"type": "string"}),
            ("limit", "How many rows a page holds.", limit),
        ]
        return [
            {"name": name, "in": "query", "required": False, "description": text, "schema": schema}
            for name, text, schema in described
        ]


def columns(ordering: str | Sequence[str]) -> list[Column]:
    """The order that was asked for, with the primary key at its end so that it is total."""
    found = [Column.read(text) for text in ([ordering] if isinstance(ordering, str) else ordering)]
    if found[-1].name not in {"pk", "id"}:
        found.append(Column("pk", found[-1].descending))
    return found


def after(order: list[Column], position: list[Any]) -> Q:
    """Rows beyond a position: (a, b) > (x, y), written so that an index on the first column bounds the search."""
    (first, value), *rest = zip(order, position, strict=True)
    beyond = Q(**{f"{first.name}__{'lt' if first.descending else 'gt'}": value})
    if not rest:
        return beyond
    within = Q(**{f"{first.name}__{'lte' if first.descending else 'gte'}": value})
    return within & (beyond | after([column for column, _value in rest], [value for _column, value in rest]))


def value_of(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, dict) else attrgetter(name.replace("__", "."))(row)


def plain(value: Any) -> Any:
    """A value as JSON can hold it and the database reads it back without loss."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    return value
