"""Counters in Redis that are allowed to be away: labelling goes on without them."""

import logging
import time
from functools import cached_property
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
COUNT = """
local count = redis.call('INCRBY', KEYS[1], ARGV[2])
if count == tonumber(ARGV[2]) then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return count
"""
PAUSE = 2.0  # seconds in which a store that failed is not asked again


class CountingRedisCache(RedisCache):
    """Counts atomically in one round trip, where `add` and `incr` would take three."""

    @cached_property
    def _counters(self) -> Any:  # made once: Django makes a client a call, which costs as much as the call
        return self._cache.get_client(write=True)

    @cached_property
    def _count(self) -> Any:
        return self._counters.register_script(COUNT)

    def count(self, key: str, seconds: int, by: int = 1) -> int:
        """How often the key has been counted, these times included; it is forgotten after `seconds`."""
        return int(self._count(keys=[self.make_and_validate_key(key)], args=[seconds, by]))


class ForgivingRedisCache(CountingRedisCache):
    """Answers like an empty cache while Redis is away, and says so once in a while."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = {"socket_timeout": 0.5, "socket_connect_timeout": 0.2, **params.get("OPTIONS", {})}
        super().__init__(server, {**params, "OPTIONS": options})
        self._away_until = 0.0

    def _ask(self, name: str, default: Any, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() < self._away_until:
            return default
        try:
            return getattr(super(), name)(*args, **kwargs)
        except (RedisError, OSError) as error:
            self._away_until = time.monotonic() + PAUSE
            log.warning("The counters' store is away: %s", error)
            return default

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return self._ask("get", default, key, default, version)

    def add(self, key: str, value: Any, *args: Any, **kwargs: Any) -> Any:
        return self._ask("add", True, key, value, *args, **kwargs)

    def set(self, key: str, value: Any, *args: Any, **kwargs: Any) -> Any:
        return self._ask("set", None, key, value, *args, **kwargs)

    def touch(self, key: str, *args: Any, **kwargs: Any) -> Any:
        return self._ask("touch", False, key, *args, **kwargs)

    def delete(self, key: str, version: int | None = None) -> Any:
        return self._ask("delete", False, key, version=version)

    def has_key(self, key: str, version: int | None = None) -> Any:
        return self._ask("has_key", False, key, version=version)

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> Any:
        return self._ask("incr", delta, key, delta, version)

    def count(self, key: str, seconds: int, by: int = 1) -> int:
        """0 while the store is away."""
        return self._ask("count", 0, key, seconds, by)

    def get_many(self, keys: Any, version: int | None = None) -> Any:
        return self._ask("get_many", {}, keys, version=version)

    def set_many(self, data: Any, *args: Any, **kwargs: Any) -> Any:
        return self._ask("set_many", [], data, *args, **kwargs)

    def delete_many(self, keys: Any, version: int | None = None) -> Any:
        return self._ask("delete_many", None, keys, version=version)
