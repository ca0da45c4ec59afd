"""What the commands of the operator need to know about this installation."""

import tomllib
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from local.dump import Database
from local.environment import BASE_DIR

LEAST_POSTGRES = 14


def version() -> str:
    return tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]


def database() -> Database:
    """The default database in the words of libpq."""
    found: dict[str, Any] = settings.DATABASES["default"]
    options = {name: str(value) for name, value in found["OPTIONS"].items() if name != "pool"}
    named = {"host": found["HOST"], "port": found["PORT"], "user": found["USER"], "password": found["PASSWORD"]}
    return Database({**options, **named, "dbname": found["NAME"]})


def known_migrations() -> dict[str, list[str]]:
    """Every migration that this version carries, by app."""
    return by_app(MigrationLoader(None).disk_migrations)


def applied_migrations() -> dict[str, list[str]]:
    return by_app(MigrationLoader(connection).applied_migrations)


def by_app(keys: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for app, name in sorted(keys):
        found.setdefault(app, []).append(name)
    return found
