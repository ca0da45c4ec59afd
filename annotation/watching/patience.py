"""Answers kept for a while: the longer one took to find, the longer it is kept."""

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
LEAST_SECONDS = 2.0
MOST_SECONDS = 600.0
PATIENCE = 100  # finding may take 1/100 of the time of one process
MOST_KEPT = 1_000


class Kept(Generic[K, V]):
    """`Kept(find)(key)` is `find(key)`, a few seconds old at most where that is cheap; of this process."""

    def __init__(self, find: Callable[[K], V], *, clock: Callable[[], float] = time.monotonic) -> None:
        self.find = find
        self.clock = clock
        self.known: dict[K, tuple[float, V]] = {}

    def __call__(self, key: K) -> V:
        start = self.clock()
        due, value = self.known.get(key, (start, None))
        if value is not None and start < due:
            return value
        found = self.find(key)
        end = self.clock()
        if len(self.known) >= MOST_KEPT:
            self.known.clear()
        self.known[key] = (end + min(MOST_SECONDS, max(LEAST_SECONDS, PATIENCE * (end - start))), found)
        return found
