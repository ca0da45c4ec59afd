"""A job is held by one attempt, and the database keeps what code might forget."""

import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils.timezone import now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Group
from jobs import claims, launch
from jobs.claims import Claim, LostClaim
from jobs.models import Job, Measurement
from jobs.notes import Batch, write


@pytest.mark.django_db(transaction=True)
def test_of_many_that_claim_at_once_exactly_one_wins(start):
    job, won, lost = start("trial.count"), [], []
    barrier = threading.Barrier(6)

    def claim(name: str) -> None:
        try:
            barrier.wait(90)
            (won if claims.take(job.pk, worker=name) else lost).append(name)
        finally:
            connection.close()

    threads = [threading.Thread(target=claim, args=(f"w{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert (len(won), len(lost)) == (1, 5)
    job.refresh_from_db()
    assert (job.state, job.attempt, job.tries_left, job.worker) == ("running", 1, 2, won[0])
    assert job.attempts.get().worker == won[0]


LATE = {
    "beat": claims.beat,
    "look": claims.is_cancel_requested,
    "succeed": lambda claim: claims.succeed(claim, {}),
    "fail": lambda claim: claims.fail(claim, "too late"),
    "crash": lambda claim: claims.crash(claim, "too late"),
    "give back": lambda claim: claims.give_back(claim, "too late"),
    "measure": lambda claim: write(claim, Batch(measurements={("loss", 1): (1.0, now())})),
    "say": lambda claim: write(claim, Batch(lines=[("hello", now())])),
}


@pytest.mark.parametrize("deed", LATE)
def test_an_attempt_that_lost_the_job_writes_nothing(start, deed):
    job = start("trial.count")
    late = claims.take(job.pk, worker="slow")
    assert late is not None
    claims.crash(late, "silent")
    claims.take(job.pk, worker="quick")
    before = Job.objects.values().get(pk=job.pk)
    with pytest.raises(LostClaim), transaction.atomic():
        LATE[deed](late)
    assert Job.objects.values().get(pk=job.pk) == before
    assert (job.measurements.count(), job.lines.count()) == (0, 0)


def test_rows_of_an_attempt_that_lost_the_job_are_rolled_back(start, workspace):
    job = start("trial.count")
    claim = claims.take(job.pk, worker="slow")
    assert claim is not None
    with pytest.raises(LostClaim), claims.holding(claim):
        Group.objects.create(workspace=workspace, name="late")
        Job.objects.filter(pk=job.pk).update(attempt=2)
    assert not Group.objects.exists()


def test_a_crash_after_a_wish_to_cancel_is_a_cancellation(start, researcher):
    job = start("trial.count")
    claim = claims.take(job.pk, worker="w")
    launch.cancel(job, researcher.scope)
    assert claim is not None
    assert claims.give_back(claim, "the worker stops") == Job.State.CANCELLED


BREAKS: dict[str, dict[str, Any]] = {
    "job_state_is_known": {"state": "asleep"},
    "job_queue_is_known": {"queue": "tpu"},
    "job_started_when_running_or_succeeded": {"state": "running"},
    "job_finished_exactly_when_over": {"finished_at": now()},
    "job_error_exactly_when_failed": {"error": "x"},
    "job_result_exactly_when_succeeded": {"result": {}},
    "job_progress_is_a_share": {"progress": 1.5},
    "job_waits_only_with_a_try_left": {"tries_left": 0},
    "job_waits_only_unless_cancelled": {"cancel_requested_at": now()},
}


@pytest.mark.parametrize("name", BREAKS)
def test_the_database_refuses_a_job_that_contradicts_itself(start, name):
    job = start("trial.count")
    implied = "|job_finished_exactly_when_over" if name == "job_state_is_known" else ""
    with pytest.raises(IntegrityError, match=name + implied), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(**BREAKS[name])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_the_database_refuses_a_measurement_that_is_no_number(start, value):
    with pytest.raises(IntegrityError, match="measurement_is_finite"), transaction.atomic():
        Measurement.objects.create(job=start("trial.count"), attempt=1, step=1, name="loss", value=value)


DEEDS = ["take", "crash", "give_back", "succeed", "fail", "cancel", "retry"]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(deeds=st.lists(st.sampled_from(DEEDS), max_size=12))
def test_whatever_is_done_to_a_job_its_story_holds_together(start, researcher, deeds):
    job, taken = start("trial.count"), 0
    for deed in deeds:
        with transaction.atomic():
            taken += attempt(deed, job, researcher.scope)
        job.refresh_from_db()
        assert job.attempt == taken == job.attempts.count()
        assert job.attempts.filter(finished_at=None).count() == (job.state == "running")
        assert 0 <= job.tries_left <= Job.MOST_ATTEMPTS


def attempt(deed, job, scope) -> bool:
    """Do it if it may be done; whether it took the job."""
    from api.refusals import Conflict

    claim = Claim(job.pk, job.attempt)
    try:
        if deed == "take":
            return claims.take(job.pk, worker="w") is not None
        if deed in {"cancel", "retry"}:
            getattr(launch, deed)(job, scope)
        else:
            getattr(claims, deed)(claim, *{"succeed": [{}]}.get(deed, ["a reason"]))
    except (LostClaim, Conflict):
        pass
    return False
