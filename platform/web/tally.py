"""Requests counted in memory that all processes of the web share, so that any of them tells of all of them.

The memory is made when this module is first imported, before the web server forks. Each process writes into a row of
its own, since two that add to one number at once would lose some. A row that is taken again after many restarts goes on
from where it stood, as counters do. Processes that were not forked from one another count apart.
"""

import mmap
import os
import threading
from bisect import bisect_left
from collections.abc import Iterator
from itertools import product

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

PARTS = ("api", "page", "static")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other")
CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx")
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, float("inf"))  # seconds
ROWS = 256  # processes; many times what one machine runs
COUNTERS = list(product(PARTS, METHODS, CLASSES))
BUCKETS = [*product(PARTS, range(len(BOUNDS)))]
SUMS = len(COUNTERS) + len(BUCKETS)  # where the seconds of each part stand, behind counters and buckets
WIDTH = SUMS + len(PARTS)

_numbers = memoryview(mmap.mmap(-1, ROWS * WIDTH * 8)).cast("d")
_place = {key: index for index, key in enumerate(COUNTERS)}
_row = 0
_forks = 0
_lock = threading.Lock()


def _before_fork() -> None:
    global _forks
    _forks += 1


def _after_fork() -> None:
    """The next row for each child; the lock may have been held by a thread that is not here any more."""
    global _row, _lock
    _row, _lock = _forks % ROWS, threading.Lock()


os.register_at_fork(before=_before_fork, after_in_child=_after_fork)


def count(part: str, method: str, status: int, seconds: float) -> None:
    counter = _place[part, method if method in METHODS else "other", CLASSES[min(max(status // 100, 1), 5) - 1]]
    which = PARTS.index(part)
    bucket = len(COUNTERS) + which * len(BOUNDS) + bisect_left(BOUNDS, seconds)
    base = _row * WIDTH
    with _lock:
        _numbers[base + counter] += 1
        _numbers[base + bucket] += 1
        _numbers[base + SUMS + which] += seconds


def totals() -> list[float]:
    return [sum(_numbers[place::WIDTH]) for place in range(WIDTH)]


class Requests(Collector):
    """What has been counted since the web server started."""

    def collect(self) -> Iterator[Metric]:
        found = totals()
        counter = CounterMetricFamily(
            "touchstone_http_requests", "Requests answered.", labels=["part", "method", "status"]
        )
        for key, value in zip(COUNTERS, found, strict=False):
            if value:
                counter.add_metric(list(key), value)
        yield counter
        histogram = HistogramMetricFamily(
            "touchstone_http_request_seconds", "Time until an answer began.", labels=["part"]
        )
        for which, part in enumerate(PARTS):
            begin = len(COUNTERS) + which * len(BOUNDS)
            histogram.add_metric([part], cumulative(found[begin : begin + len(BOUNDS)]), found[SUMS + which])
        yield histogram


def cumulative(counts: list[float]) -> list[tuple[str, float]]:
    """Buckets as Prometheus wants them: each holds those below it."""
    names = ["+Inf" if bound == float("inf") else str(bound) for bound in BOUNDS]
    return [(name, sum(counts[: place + 1])) for place, name in enumerate(names)]
