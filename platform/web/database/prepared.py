"""Running SQL that is asked again and again as prepared statements: planned once per connection, not once per call."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import psycopg
from django.db import connection


def fetch(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """All rows. Values are bound by the server; Django's own cursor binds in the client and cannot prepare."""
    text, names = numbered(sql)
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.RawCursor(connection.connection) as cursor:
        cursor.execute(text, [values[name] for name in names], prepare=True)
        return cursor.fetchall() if cursor.rownumber is not None else []


def fetch_one(sql: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    rows = fetch(sql, values)
    return rows[0] if rows else None


@lru_cache(maxsize=64)
def numbered(sql: str) -> tuple[bytes, list[str]]:
    """The statement on one line, its `%(name)s` as `$1`, `$2`…, and the names in that order.

    psycopg would read the longest of ours anew on each call: it remembers what it read below 4,096 bytes.
    """
    names: list[str] = []

    def place(found: re.Match[str]) -> str:
        name = found[1]
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    return re.sub(r"%\((\w+)\)s", place, " ".join(sql.split())).encode(), names
