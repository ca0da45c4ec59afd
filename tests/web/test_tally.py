"""Requests are counted once each, whichever process of the web answers and whichever tells."""

import os
import threading

import pytest

from web import tally
from web.tally import BOUNDS, COUNTERS, PARTS, SUMS


def counted(part, method, status):
    return tally.totals()[COUNTERS.index((part, method, status))]


def bucket(part, seconds):
    return tally.totals()[len(COUNTERS) + PARTS.index(part) * len(BOUNDS) + BOUNDS.index(seconds)]


def child(work):
    """The number of a forked process that does `work`: the web server makes its processes so."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    return pid


def test_a_request_is_counted_by_part_method_and_class_of_its_status():
    before = counted("api", "POST", "4xx")
    tally.count("api", "POST", 422, 0.01)
    assert counted("api", "POST", "4xx") == before + 1


def test_a_method_that_nobody_knows_makes_no_series_of_its_own():
    before = counted("page", "other", "4xx")
    tally.count("page", "X" * 1_000, 405, 0.01)
    assert counted("page", "other", "4xx") == before + 1


@pytest.mark.parametrize(("seconds", "bound"), [(0.0, 0.005), (0.005, 0.005), (0.0051, 0.01), (60, float("inf"))])
def test_time_falls_into_the_bucket_whose_bound_it_does_not_exceed(seconds, bound):
    before, total = bucket("page", bound), tally.totals()[SUMS + PARTS.index("page")]
    tally.count("page", "GET", 200, seconds)
    assert bucket("page", bound) == before + 1
    assert tally.totals()[SUMS + PARTS.index("page")] == pytest.approx(total + seconds)


def test_nothing_is_lost_between_processes_and_threads():
    before = counted("static", "GET", "3xx")

    def work():
        crowd = [
            threading.Thread(target=lambda: [tally.count("static", "GET", 304, 0) for _ in range(500)]) for _ in "ab"
        ]
        for thread in crowd:
            thread.start()
        for thread in crowd:
            thread.join()

    for pid in [child(work) for _ in range(4)]:
        assert os.waitpid(pid, 0)[1] == 0
    assert counted("static", "GET", "3xx") == before + 4 * 2 * 500


def test_two_children_never_share_a_row():
    reading, writing = os.pipe()
    for pid in [child(lambda: os.write(writing, bytes([tally._row]))) for _ in range(5)]:
        os.waitpid(pid, 0)
    rows = os.read(reading, 10)
    os.close(reading)
    os.close(writing)
    assert len(set(rows)) == 5
    assert tally._row not in rows


def test_buckets_are_told_cumulatively():
    assert [value for _name, value in tally.cumulative([1, 2, 0, *[0] * 8, 4])] == [1, *[3] * 10, 7]


@pytest.mark.django_db
def test_prometheus_reads_what_was_answered(client):
    client.get("/healthz")
    said = client.get("/metrics").content.decode()
    assert 'touchstone_http_requests_total{method="GET",part="page",status="2xx"}' in said
    assert 'touchstone_http_request_seconds_bucket{le="+Inf",part="page"}' in said
