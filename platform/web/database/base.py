"""The database's engine: `ENGINE = "web.database"`."""

import select
import time
from collections.abc import Callable
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import psycopg
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool

ONLY_WHEN_ASKED = 1_000_000_000  # statements are prepared where the code says so; None, Django's default, forbids it
ASKED_EVERY = 30.0  # seconds in which a line may have been cut without a word, as a firewall does

_asked: WeakKeyDictionary[psycopg.Connection[Any], float] = WeakKeyDictionary()


class DatabaseWrapper(base.DatabaseWrapper):
    _connection_pools: ClassVar[dict[str, ConnectionPool[Any]]]  # Django's own, which its stubs leave out
    _configure_connection: Callable[[Any], None]

    def get_connection_params(self) -> dict[str, Any]:
        return {**super().get_connection_params(), "prepare_threshold": ONLY_WHEN_ASKED}

    @property
    def pool(self) -> ConnectionPool[psycopg.Connection[Any]] | None:
        """Django's own pool with another check: its is a round trip to the server at the beginning of each request."""
        options = self.settings_dict["OPTIONS"].get("pool")
        if self.alias == NO_DB_ALIAS or not options:
            return None
        found = self._connection_pools.get(self.alias)
        if found is None:
            made = ConnectionPool(
                kwargs={**self.get_connection_params(), "autocommit": True},
                open=False,
                configure=self._configure_connection,
                check=check,
                **options,
            )
            found = self._connection_pools.setdefault(self.alias, made)
        return found


def check(connection: psycopg.Connection[Any]) -> None:
    """Raises where the server is gone. One that ended, or was killed, has left something to be read: the line's end."""
    moment = time.monotonic()
    if moment - _asked.get(connection, 0.0) < ASKED_EVERY and not is_readable(connection):
        return
    ConnectionPool.check_connection(connection)
    _asked[connection] = moment


def is_readable(connection: psycopg.Connection[Any]) -> bool:
    line = select.poll()
    line.register(connection.fileno(), select.POLLIN)
    return bool(line.poll(0))
