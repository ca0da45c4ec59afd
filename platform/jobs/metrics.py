"""What Prometheus reads. Gauges of the work come from the database, so that any process of the web may answer."""

import os
import resource
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

from django.db.models import Count, Min
from django.utils.timezone import now
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from jobs import workers
from jobs.models import Chore, Job
from web.tally import Requests


class Work(Collector):
    """Jobs, queues, workers and chores, counted at the moment of asking."""

    def collect(self) -> Iterator[Metric]:
        yield from (jobs(), oldest_waiting(), silent(), alive(), slots(), chore_ages(), chore_failures())


def jobs() -> Metric:
    gauge = GaugeMetricFamily("touchstone_jobs", "Jobs by queue and state.", labels=["queue", "state"])
    rows = Job.objects.values_list("queue", "state").annotate(count=Count("pk"))
    counts = {(queue, state): count for queue, state, count in rows}
    for key in product(Job.Queue.values, Job.State.values):
        gauge.add_metric(list(key), counts.get(key, 0))
    return gauge


def oldest_waiting() -> Metric:
    gauge = GaugeMetricFamily("touchstone_queue_age_seconds", "How long the oldest has waited.", labels=["queue"])
    waiting = Job.objects.filter(state=Job.State.QUEUED, parked_at=None)
    rows = waiting.values_list("queue").annotate(since=Min("created_at"))
    since = dict(rows)
    for queue in Job.Queue.values:
        gauge.add_metric([queue], (now() - since[queue]).total_seconds() if queue in since else 0)
    return gauge


def silent() -> Metric:
    """Normally 0: the sweeper takes such jobs away."""
    stale = Job.objects.filter(state=Job.State.RUNNING, seen_at__lt=now() - workers.SILENCE)
    return GaugeMetricFamily("touchstone_jobs_silent", "Running jobs not heard of for 30 s.", value=stale.count())


def alive() -> Metric:
    gauge = GaugeMetricFamily("touchstone_workers", "Live workers that serve a queue.", labels=["queue"])
    for queue in Job.Queue.values:
        gauge.add_metric([queue], len(workers.serving(queue)))
    return gauge


def slots() -> Metric:
    total = sum(workers.alive().values_list("slots", flat=True))
    return GaugeMetricFamily("touchstone_worker_slots", "Jobs that all live workers run at once.", value=total)


def chore_ages() -> Metric:
    gauge = GaugeMetricFamily("touchstone_chore_age_seconds", "Since a chore was last begun.", labels=["chore"])
    for name, at in Chore.objects.values_list("name", "ran_at"):
        gauge.add_metric([name], (now() - at).total_seconds())
    return gauge


def chore_failures() -> Metric:
    gauge = GaugeMetricFamily("touchstone_chore_failing", "1 when a chore ended in an error.", labels=["chore"])
    for name, error in Chore.objects.values_list("name", "error"):
        gauge.add_metric([name], float(bool(error)))
    return gauge


class Process(NamedTuple):
    pid: int
    cpu_seconds: float
    resident_bytes: int


class Web(Collector):
    """The processes of the web: this one and its siblings, so that it matters little which of them answers."""

    def collect(self) -> Iterator[Metric]:
        cpu = CounterMetricFamily("touchstone_web_cpu_seconds", "Processor time of a web process.", labels=["pid"])
        memory = GaugeMetricFamily("touchstone_web_resident_bytes", "Memory of a web process.", labels=["pid"])
        for process in siblings():
            cpu.add_metric([str(process.pid)], process.cpu_seconds)
            memory.add_metric([str(process.pid)], process.resident_bytes)
        up = GaugeMetricFamily("touchstone_web_up_seconds", "Since this process began.", value=time.monotonic() - BEGAN)
        yield from (cpu, memory, up)


BEGAN = time.monotonic()


def siblings() -> list[Process]:
    """Children of our parent with our own command line; ourselves alone where there is no /proc."""
    try:
        own = Path(f"/proc/{os.getpid()}/cmdline").read_bytes()
        numbers = Path(f"/proc/{os.getppid()}/task/{os.getppid()}/children").read_text().split()
        found = [read(int(number)) for number in numbers if Path(f"/proc/{number}/cmdline").read_bytes() == own]
    except OSError:
        found = []
    return found or [own_usage()]


def read(pid: int) -> Process:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return Process(pid, ticks / os.sysconf("SC_CLK_TCK"), int(fields[21]) * os.sysconf("SC_PAGE_SIZE"))


def own_usage() -> Process:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return Process(os.getpid(), usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


registry = CollectorRegistry()
registry.register(Work())
registry.register(Web())
registry.register(Requests())
