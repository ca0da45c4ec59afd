"""What a handler may say, and how its end becomes the job's end."""

import math

import pytest

from accounts.models import Group
from jobs import child, claims
from jobs.models import Job
from jobs.notes import Notes
from jobs.work import Failed, Work


@pytest.fixture
def work(start, settings, tmp_path) -> Work:
    settings.MEDIA_ROOT = tmp_path
    claim = claims.take(start("trial.count").pk, worker="w")
    assert claim is not None
    return child.open_work(claim)[1]


def test_a_finished_job_holds_its_result_its_measurements_and_its_log(start, finish_jobs):
    start("trial.count", steps=3)
    [job] = finish_jobs()
    assert (job.state, job.result, job.progress, job.attempt) == ("succeeded", {"steps": 3}, 1, 1)
    assert list(job.measurements.values_list("step", "value")) == [(1, 1), (2, 1 / 2), (3, 1 / 3)]
    assert [line.text for line in job.lines.all()] == ["step 1", "step 2", "step 3"]
    assert job.attempts.get().ending == "Finished."


@pytest.mark.parametrize("domain", [True, False])
def test_a_foreseen_end_fails_at_once_with_its_sentence(start, finish_jobs, domain):
    start("trial.refuse", domain=domain)
    [job] = finish_jobs()
    sentence = "The file holds no rows." if domain else "There are no judgments yet: label something first."
    assert (job.state, job.error, job.attempt) == ("failed", sentence, 1)


def test_the_rows_of_an_atomic_kind_and_its_result_are_kept_together(start, finish_jobs):
    start("trial.write")
    [job] = finish_jobs()
    assert job.result == {"groups": 1}
    assert Group.objects.get().name == "attempt 1"


def test_a_foreseen_end_of_an_atomic_kind_keeps_no_rows(start, finish_jobs):
    start("trial.write", refuse=True)
    [job] = finish_jobs()
    assert job.error == "Line 3 is broken."
    assert not Group.objects.exists()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_measurement_that_is_no_number_is_refused_by_name(work, value):
    with pytest.raises(Failed, match=r"loss became -?(nan|inf) at step 7"):
        work.report(7, {"loss": value})


def test_the_later_value_of_a_step_stands(work):
    for value in (1.0, 2.0):
        work.report(1, {"loss": value})
        work._notes.flush()
    assert Job.objects.get(pk=work.job_id).measurements.get().value == 2.0


def test_what_lies_past_a_checkpoint_is_measured_again(work):
    for step in range(5):
        work.report(step, {"loss": 1.0})
    work.resume_from(2)
    work.report(3, {"loss": 9.0})
    work._notes.flush()
    assert list(Job.objects.get(pk=work.job_id).measurements.order_by("step").values_list("step", "value")) == [
        (0, 1),
        (1, 1),
        (2, 1),
        (3, 9),
    ]


def test_an_attempt_that_begins_afresh_forgets_what_was_measured_before(start):
    job = start("trial.count")
    first = claims.take(job.pk, worker="w")
    _kind, work, notes = child.open_work(first)
    work.report(50, {"loss": 0.1})
    notes.flush()
    claims.crash(first, "gone")
    _kind, work, notes = child.open_work(claims.take(job.pk, worker="w"))
    work.report(1, {"loss": 3.0})
    notes.flush()
    assert list(job.measurements.values_list("step", "value", "attempt")) == [(1, 3, 2)]


def test_words_that_the_database_cannot_hold_are_mended(work):
    work.log("a\x00b\n" + "x" * 5_000)
    work.progress(7, "p" * 500)
    work._notes.flush()
    job = Job.objects.get(pk=work.job_id)
    assert [len(line.text) for line in job.lines.all()] == [3, 2_000]
    assert (job.progress, len(job.phase)) == (1, 80)


@pytest.mark.parametrize("result", [None, [1], {"loss": math.nan}, {"model": object()}])
def test_a_result_that_is_no_json_object_is_an_error_of_the_handler(result):
    with pytest.raises((TypeError, ValueError)):
        child.storable(result)


def test_talk_is_bounded_and_says_so(work):
    notes = Notes(work._claim)
    with notes.gathering() as batch:
        for number in range(700):
            batch.say(str(number))
    notes.flush()
    texts = list(Job.objects.get(pk=work.job_id).lines.order_by("id").values_list("text", flat=True))
    assert len(texts) == 501
    assert texts[-1] == "… 200 lines left out"
