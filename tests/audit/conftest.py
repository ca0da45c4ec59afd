"""Reaching behind the triggers, as the owner of the tables could."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

GUARDS = {"audit_entry": "audit_entry_append_only", "audit_seal": "audit_seal_append_only"}


@pytest.fixture
def tamper() -> Callable[..., None]:
    """Changes what the triggers protect; they are back when it returns."""

    def change(statement: str, values: list[Any] | None = None) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for table, guard in GUARDS.items():
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {guard}")
            cursor.execute(statement, values)
            for table, guard in GUARDS.items():
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {guard}")

    return change
