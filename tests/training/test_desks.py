"""Questions of a run that nobody waits for any more do not stay on people's desks."""

import pytest

from annotation.models import Task
from jobs import launch
from jobs.models import Job
from tests.training.test_checks import backbone, begin, held, learned, snapshot, wish
from tests.training.test_people import HOME, people, poll, project
from training.checks import desks, polls
from training.learning.people import Compared
from training.models import Poll

__all__ = ["backbone", "held", "learned", "people", "poll", "project", "snapshot", "wish"]
PROMPT = ({"role": "user", "content": "hello"},)
GONE = "were taken off people’s desks"


def offered(annotator, project):
    return annotator.api.post(f"/api/v1/projects/{project.pk}/next/", {}).status_code == 200


def test_a_poll_that_is_closed_asks_nobody_any_more(poll, annotator, project):
    polls.close(poll)
    assert not offered(annotator, project)
    assert set(Task.objects.filter(project=project).values_list("status", flat=True)) == {"closed"}


def test_what_somebody_has_open_may_still_be_answered(poll, annotator, project):
    offer = annotator.api.post(f"/api/v1/projects/{project.pk}/next/", {}).json()
    polls.close(poll)
    answer = {"answer": {"preferred": offer["responses"][0]["id"]}, "duration_ms": 900}
    assert annotator.api.post(f"/api/v1/assignments/{offer['assignment']}/submit/", answer).status_code == 201


def test_a_cancelled_run_takes_its_questions_with_it_and_brings_them_back(poll, researcher, annotator, project):
    job = launch.cancel(Job.objects.get(pk=poll.run.job_id), researcher.scope)
    assert not offered(annotator, project)
    assert GONE in researcher.browser.get(f"{HOME}{poll.run_id}/").content.decode()
    launch.retry(job, researcher.scope)
    desks.come_back(poll)
    assert offered(annotator, project)
    assert GONE not in researcher.browser.get(f"{HOME}{poll.run_id}/").content.decode()


@pytest.mark.parametrize("when", ["before the end", "after the end", "by the page of the task"])
def test_what_somebody_paused_by_hand_stays_paused(poll, researcher, annotator, project, when):
    one = Task.objects.get(pk=poll.questions.exclude(task=None).first().task)

    def pause():
        if when == "by the page of the task":
            given = {"status": "paused", "overlap": str(one.overlap), "priority": str(one.priority)}
            address = f"/w/home/projects/{project.pk}/tasks/{one.pk}/change/"
            assert researcher.browser.post(address, given).status_code == 302
        else:
            assert researcher.api.patch(f"/api/v1/tasks/{one.pk}/", {"status": "paused"}).status_code == 200

    if when == "before the end":
        pause()
    job = launch.cancel(Job.objects.get(pk=poll.run.job_id), researcher.scope)
    if when != "before the end":
        pause()
    launch.retry(job, researcher.scope)
    desks.come_back(poll)
    one.refresh_from_db()
    assert one.status == Task.Status.PAUSED


def test_a_run_that_waits_again_asks_again(researcher, annotator, people, project, finish_jobs):
    run = begin(researcher, people)
    finish_jobs()
    job = launch.cancel(Job.objects.get(pk=run.job_id), researcher.scope)
    assert not offered(annotator, project)
    launch.retry(job, researcher.scope)
    (job,) = finish_jobs()
    assert job.parked_at is not None
    assert offered(annotator, project)


@pytest.fixture
def second(poll, researcher, asked, project):
    """Another run that asks the very same."""
    records = {"records": [f"hello {n}" for n in range(9)]}
    checks = {"held_out": 0.3, "people": {"project": str(project.pk), "questions": 2}}
    run = begin(researcher, asked, prompts=records, checks=checks)
    return polls.put(Poll(run=run, step=4, enough=1), project, [Compared(PROMPT, "one\x00", "other")])


def test_what_another_run_waits_for_stays(poll, second, annotator, project):
    polls.close(poll)
    assert offered(annotator, project)


def test_what_was_asked_before_by_others_stays(poll, second, researcher, annotator, project):
    Poll.objects.filter(pk=poll.pk).update(closed_at=poll.asked_at, answered=0)
    launch.cancel(Job.objects.get(pk=second.run.job_id), researcher.scope)
    assert offered(annotator, project)
