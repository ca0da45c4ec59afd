"""Attempts in real child processes: how they end, and what ends with them."""

import json
import os
import signal
import subprocess
import sys
import threading

import pytest
from django.db import connection

from accounts.models import Group
from jobs import claims, launch, processes, supervisor
from jobs.models import Job
from jobs.work import folder_of
from tests.jobs.waiting import is_alive, pids_of, wait_for

pytestmark = pytest.mark.usefixtures("real_children")


def run(job: Job) -> Job:
    supervisor.serve(job.pk, worker="test")
    job.refresh_from_db()
    return job


@pytest.fixture
def run_apart(request):
    """`run_apart(job)`: the same in a thread, joined when the test ends."""

    def begin(job: Job) -> threading.Thread:
        def serve() -> None:
            try:
                supervisor.serve(job.pk, worker="test")
            finally:
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        request.addfinalizer(lambda: thread.join(90))
        return thread

    return begin


def test_a_job_succeeds_in_a_child_process(start):
    job = run(start("trial.count", steps=3))
    assert (job.state, job.result) == ("succeeded", {"steps": 3}), job.error
    assert job.measurements.count() == 3
    assert not list((folder_of(job.pk).parents[2] / "processes").iterdir())


def test_a_crash_is_tried_again_with_its_traceback_in_the_log(start):
    job = run(start("trial.crash"))
    assert (job.state, job.attempt, job.tries_left) == ("queued", 1, 2)
    assert "ValueError: shapes (2, 3) and (4,) do not match" in job.attempts.get().ending
    assert any("Traceback" in line.text for line in job.lines.all())


@pytest.mark.slow
def test_three_crashes_end_in_words(start):
    job = start("trial.crash")
    for _attempt in range(4):
        run(job)
    assert (job.state, job.attempt) == ("failed", 3)
    assert job.error.startswith("Given up after 3 attempts.")
    assert "ValueError: shapes (2, 3) and (4,) do not match" in job.error


def test_a_refusal_is_not_tried_again(start):
    job = run(start("trial.refuse"))
    assert (job.state, job.attempt, job.error) == ("failed", 1, "There are no judgments yet: label something first.")


def test_a_child_that_is_killed_ends_in_words(start):
    job = start("trial.die", signal="SIGKILL")
    Job.objects.filter(pk=job.pk).update(tries_left=1)
    run(job)
    assert job.state == "failed"
    assert "Most often memory ran out" in job.error


@pytest.mark.slow
def test_a_child_that_is_killed_is_tried_three_times(start):
    job = start("trial.die", signal="SIGKILL")
    states = [(run(job).state, job.attempt) for _attempt in range(3)]
    assert states == [("queued", 1), ("queued", 2), ("failed", 3)]
    assert job.attempts.count() == 3


@pytest.mark.parametrize("kind", ["trial.polite", pytest.param("trial.hang", marks=pytest.mark.slow)])
def test_cancel_ends_the_whole_group(start, run_apart, researcher, kind):
    job = start(kind)
    thread = run_apart(job)
    pids = pids_of(job)
    launch.cancel(job, researcher.scope)
    wait_for(lambda: Job.objects.get(pk=job.pk).state == "cancelled")
    assert not any(is_alive(pid) for pid in pids)
    thread.join(90)
    assert not thread.is_alive()


def test_a_worker_that_stops_gives_its_job_back(start, run_apart):
    job = start("trial.polite")
    thread = run_apart(job)
    [pid] = pids_of(job)
    supervisor.closing.set()
    try:
        thread.join(90)
    finally:
        supervisor.closing.clear()
    job.refresh_from_db()
    assert (job.state, job.attempt, job.tries_left) == ("queued", 1, 3)
    assert not is_alive(pid)


def test_a_job_that_rings_twice_runs_once(start, run_apart):
    job = start("trial.count", steps=2)
    threads = [run_apart(job), run_apart(job)]
    for thread in threads:
        thread.join(90)
    job.refresh_from_db()
    assert (job.state, job.attempt) == ("succeeded", 1)
    assert job.measurements.count() == 2


def test_a_child_ends_with_its_group_when_its_supervisor_is_gone(start):
    """The kernel closes the pipe of a supervisor that is killed; the whole worker is killed in test_worker.py."""
    job = start("trial.hang")
    claim = claims.take(job.pk, worker="w")
    child = processes.Child(claim, threads=1)
    pids = pids_of(job)
    child._process.stdin.close()
    wait_for(lambda: not any(is_alive(pid) for pid in pids))
    assert child.end() == -signal.SIGKILL


def test_a_supervisor_that_lost_the_job_ends_its_child(start, run_apart):
    job = start("trial.polite")
    thread = run_apart(job)
    [pid] = pids_of(job)
    claims.crash(claims.Claim(job.pk, 1), "taken away")
    thread.join(90)
    job.refresh_from_db()
    assert (job.state, job.attempts.get().ending) == ("queued", "taken away")
    assert not is_alive(pid)


def test_measurements_go_on_from_the_checkpoint(start):
    job = start("trial.resume")
    assert run(job).state == "queued"
    assert list(job.measurements.order_by("step").values_list("step", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert run(job).result == {"from": 4}
    assert list(job.measurements.order_by("step").values_list("step", "value", "attempt")) == [
        *[(step, 10.0 + step, 1) for step in range(1, 5)],
        *[(step, 20.0 + step, 2) for step in range(5, 9)],
    ]


@pytest.mark.slow
def test_rows_of_a_lost_atomic_attempt_are_not_kept(start, run_apart, tmp_path):
    job = start("trial.write", wait_for=str(tmp_path / "go"))
    thread = run_apart(job)
    wait_for(lambda: Job.objects.get(pk=job.pk).progress == 0.5)  # seen from outside the open transaction
    claims.crash(claims.Claim(job.pk, 1), "taken away")
    (tmp_path / "go").touch()
    thread.join(90)
    assert not Group.objects.exists()
    assert run(job).result == {"groups": 1}
    assert Group.objects.get().name == "attempt 2"


def test_an_orphan_is_ended_before_the_next_attempt(start, tmp_path):
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    job = start("trial.count", steps=1)
    record = processes.record_of(claims.Claim(job.pk, 1))
    record.write_text(json.dumps({"group": sleeper.pid, "began": processes.began(sleeper.pid)}))
    assert run(job).state == "succeeded"
    assert sleeper.wait(90) == -signal.SIGKILL


def test_a_process_that_took_an_orphans_number_is_left_alone(tmp_path):
    record = tmp_path / "record"
    record.write_text(json.dumps({"group": os.getpid(), "began": "another boot:1"}))
    assert processes.end_orphan(record) is False
