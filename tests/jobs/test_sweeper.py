"""Nothing is forgotten: lost rings, silent workers, chores."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from jobs import chores, claims, rings, sweeper, workers
from jobs.models import Chore, Job, Worker


@pytest.fixture
def rung(monkeypatch) -> list:
    heard: list = []
    monkeypatch.setattr(rings, "ring", lambda job: heard.append(job.pk))
    return heard


@pytest.fixture
def worker(db) -> Worker:
    return Worker.objects.create(name="w@here", queues="short,cpu", slots=2)


def ago(seconds: float):
    return now() - timedelta(seconds=seconds)


def test_what_has_waited_ten_seconds_is_rung_for_again(start, rung, worker):
    lost, fresh = start("trial.count"), start("trial.count")
    Job.objects.filter(pk=lost.pk).update(rung_at=ago(11))
    sweeper.ring_again()
    assert rung == [lost.pk]
    sweeper.ring_again()
    assert rung == [lost.pk], "once in ten seconds is enough"
    assert fresh.pk not in rung


def test_no_more_is_rung_for_than_workers_have_room_for(start, rung, worker):
    waiting = [start("trial.count") for _number in range(4)]
    Job.objects.update(rung_at=ago(11))
    claims.take(waiting[0].pk, worker=worker.name)
    sweeper.ring_again()
    assert rung == [waiting[1].pk]


def test_nothing_is_rung_for_while_nobody_serves_the_queue(start, rung, worker):
    start("trial.count")
    Job.objects.update(rung_at=ago(11), queue="gpu")
    Worker.objects.create(name="dead@there", queues="gpu", slots=1, seen_at=ago(40))
    sweeper.ring_again()
    assert rung == []


def test_a_job_is_taken_from_a_worker_that_fell_silent(start, rung):
    job = start("trial.count")
    claims.take(job.pk, worker="w")
    Job.objects.update(seen_at=ago(31))
    sweeper.recover()
    job.refresh_from_db()
    assert (job.state, job.tries_left, rung) == ("queued", 2, [job.pk])
    assert "fell silent" in job.attempts.get().ending


def test_a_job_that_beats_is_left_alone(start, rung):
    job = start("trial.count")
    claims.take(job.pk, worker="w")
    Job.objects.update(seen_at=ago(25))
    assert sweeper.recover() == []
    job.refresh_from_db()
    assert job.state == "running"


def test_three_silences_end_in_words(start, rung):
    job = start("trial.count")
    for _attempt in range(3):
        claims.take(job.pk, worker="w")
        Job.objects.update(seen_at=ago(31))
        sweeper.recover()
    job.refresh_from_db()
    assert job.state == "failed"
    assert job.error.startswith("Given up after 3 attempts. The worker that ran it fell silent")


@pytest.mark.django_db(transaction=True)
def test_one_sweeper_acts_and_the_next_takes_over():
    first, second = sweeper.Turn(), sweeper.Turn()
    try:
        assert (first.take(), second.take(), first.take()) == (True, False, True)
        first.give_up()
        assert second.take() is True
    finally:
        first.give_up()
        second.give_up()


@pytest.fixture
def known_chores(monkeypatch) -> dict:
    monkeypatch.setattr(chores, "_chores", {})
    return chores._chores


def test_a_chore_is_done_when_it_is_due(db, known_chores):
    done = []
    chores.register("trial.tidy", every=60, run=lambda: done.append(1))
    chores.do_due()
    chores.do_due()
    assert len(done) == 1
    Chore.objects.update(ran_at=ago(61))
    chores.do_due()
    assert len(done) == 2


def test_a_chore_that_fails_is_noted_and_keeps_no_other_from_being_done(db, known_chores):
    done = []

    def broken() -> None:
        raise ZeroDivisionError("no rows")

    chores.register("trial.broken", every=60, run=broken)
    chores.register("trial.tidy", every=60, run=lambda: done.append(1))
    chores.do_due()
    assert done == [1]
    assert Chore.objects.get(name="trial.broken").error == "ZeroDivisionError: no rows"


def test_a_worker_without_a_gpu_leaves_the_queue_to_one_that_has(worker):
    assert not workers.has_other_gpu(worker.name)
    Worker.objects.create(name="g@there", queues="gpu", slots=1, device="H200")
    assert workers.has_other_gpu(worker.name)
    Worker.objects.filter(name="g@there").update(seen_at=ago(31))
    assert not workers.has_other_gpu(worker.name)


def test_a_worker_that_was_taken_for_dead_comes_back_with_its_next_beat(worker):
    Worker.objects.update(seen_at=ago(4_000))
    workers.forget_the_dead()
    assert not Worker.objects.exists()
    workers.beat(worker)
    assert workers.alive().get().slots == 2
