"""The commands themselves, as processes that are told to stop and that are killed."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from django.utils.timezone import now

from jobs import launch
from jobs.models import Job, Worker
from tests.jobs.waiting import is_alive, pids_of, wait_for


@pytest.fixture
def run_command(real_children, monkeypatch):
    """`run_command("worker", "--queues", "cpu")`: a process on this test's database and a Redis database of its own."""
    begun: list[subprocess.Popen] = []
    number = 12 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 4
    parts = urlsplit(configured.REDIS_URL)
    own = f"{parts.scheme}://{parts.netloc}{parts.path}?db={number}"
    monkeypatch.setenv("REDIS_URL", own if parts.scheme == "unix" else f"{parts.scheme}://{parts.netloc}/{number}")

    def begin(*words: str) -> subprocess.Popen:
        program = [sys.executable, str(configured.BASE_DIR / "manage.py"), *words]
        begun.append(subprocess.Popen(program, stdin=subprocess.DEVNULL))
        return begun[-1]

    yield begin
    for process in begun:
        process.kill()
        process.wait()


def never_rung(job: Job) -> Job:
    """As when the broker died at commit."""
    Job.objects.filter(pk=job.pk).update(rung_at=None)
    return job


def reaches(job: Job, state: str) -> None:
    wait_for(lambda: Job.objects.get(pk=job.pk).state == state)


@pytest.mark.slow
def test_a_worker_that_is_killed_takes_its_children_along_and_the_next_one_goes_on(start, run_command, researcher):
    run_command("sweep")
    first = run_command("worker", "--queues", "cpu")
    wait_for(Worker.objects.exists)
    job = never_rung(start("trial.hang"))
    pids = pids_of(job)

    first.kill()
    wait_for(lambda: not any(is_alive(pid) for pid in pids))
    job.refresh_from_db()
    assert job.state == "running", "nobody could write more"

    Job.objects.update(seen_at=now() - timedelta(seconds=31))
    Worker.objects.update(seen_at=now() - timedelta(seconds=31))
    reaches(job, "queued")
    run_command("worker", "--queues", "cpu")
    never_rung(job)
    reaches(job, "running")
    job.refresh_from_db()
    assert (job.attempt, job.attempts.count()) == (2, 2)
    launch.cancel(job, researcher.scope)
    reaches(job, "cancelled")


@pytest.mark.slow
def test_worker_and_sweeper_stop_when_told_and_nothing_is_lost(start, run_command):
    sweeper, worker = run_command("sweep"), run_command("worker", "--queues", "short,cpu", "--concurrency", "2")
    wait_for(Worker.objects.exists)
    row = Worker.objects.get()
    assert (row.queues, row.slots) == ("cpu,gpu,short", 2), "without a GPU anywhere the cpu worker serves gpu"
    short, long = never_rung(start("trial.count", steps=2)), never_rung(start("trial.polite"))
    reaches(short, "succeeded")
    [pid] = pids_of(long)
    for process in (worker, sweeper):
        process.send_signal(signal.SIGTERM)
    assert (worker.wait(90), sweeper.wait(90)) == (0, 0)
    long.refresh_from_db()
    assert (long.state, long.attempt, long.tries_left) == ("queued", 1, 3)
    assert not is_alive(pid)
    assert not Worker.objects.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--queues", "cpu,tpu"], "'tpu' is no queue"),
        (["--queues", ","], "No queue is named"),
        (["--concurrency", "0", "--queues", "gpu"], "choose 1 to 64"),
        (["--concurrency", "900"], "choose 1 to 64"),
    ],
)
def test_a_wrong_choice_is_said_in_a_sentence(words, said):
    with pytest.raises(CommandError, match=said):
        call_command("worker", *words)
