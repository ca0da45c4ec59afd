"""Attempts in real child processes: how they end, and what ends with them."""

import time
from pathlib import Path

import pytest

from jobs import supervisor
from jobs.models import Job
from jobs.work import folder_of

pytestmark = pytest.mark.usefixtures("real_children")


def run(job: Job) -> Job:
    supervisor.serve(job.pk, worker="test")
    job.refresh_from_db()
    return job


def wait_for(condition, seconds=20.0):
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.05)
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def pids_of(job: Job) -> list[int]:
    path = folder_of(job.pk) / "pids"
    wait_for(lambda: path.exists() and path.read_text())
    return [int(word) for word in path.read_text().split()]


def test_a_job_succeeds_in_a_child_process(start):
    job = run(start("trial.count", steps=3))
    assert (job.state, job.result) == ("succeeded", {"steps": 3}), job.error
    assert job.measurements.count() == 3


def test_a_crash_is_tried_again_with_its_traceback_in_the_log(start):
    job = run(start("trial.crash"))
    assert (job.state, job.attempt, job.tries_left) == ("queued", 1, 2)
    assert "ValueError: shapes (2, 3) and (4,) do not match" in job.attempts.get().ending
    assert any("Traceback" in line.text for line in job.lines.all())
