"""Running the queue's SQL as prepared statements: planned once per connection, not once per call."""

from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import connection


def fetch(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """All rows. Values are bound by the server; Django's own cursor binds in the client and cannot prepare."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(sql.encode(), values, prepare=True)
        return cursor.fetchall() if cursor.description else []


def fetch_one(sql: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    rows = fetch(sql, values)
    return rows[0] if rows else None
