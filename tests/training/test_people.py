"""A run asks people on its way: no worker waits for them, nothing is asked twice, and what they say is kept."""

import pytest
from django.db import IntegrityError, transaction

from annotation import purge
from annotation.models import Project, Response, Task
from annotation.projects import Wish, create
from audit.models import Entry
from jobs import claims, launch
from jobs.models import Job
from tests.training.test_checks import WORLD, backbone, begin, held, learned, snapshot, wish
from training.checks import polls
from training.learning.people import Compared
from training.models import Poll, PollQuestion, Run

__all__ = ["backbone", "held", "learned", "snapshot", "wish"]
LIST, HOME = "/api/v1/runs/", "/w/home/runs/"


@pytest.fixture
def project(researcher):
    """People who compare two answers."""
    return create(scope=researcher.scope, wish=Wish(name="Panel", kinds=["pairwise"]))


@pytest.fixture
def people(held, project):
    """A wish for a run that asks three questions after its second step, and when it is over."""
    asked = {"project": str(project.pk), "every": 2, "questions": 3}
    settings = {**held["settings"], "learning_rate": 0.1, "max_new_tokens": 12, "warm_up": 0}  # so that answers differ
    return {**held, "checks": {"held_out": 0.01, "people": asked}, "steps": 3, "settings": settings}


def labels(annotator, project, prefers):
    """Everything that is open is judged: `prefers` says which of the shown answers, by id."""
    count = 0
    while (offer := annotator.api.post(f"/api/v1/projects/{project.pk}/next/", {})).status_code == 200:
        shown = [one["id"] for one in offer.json()["responses"]]
        answer = {"answer": {"preferred": prefers(shown)}, "duration_ms": 900}
        assert (
            annotator.api.post(f"/api/v1/assignments/{offer.json()['assignment']}/submit/", answer).status_code == 201
        )
        count += 1
    return count


def policys(shown):
    asked = set(PollQuestion.objects.values_list("policy_response", flat=True))
    return next(one for one in shown if one in {str(response) for response in asked})


def test_a_run_waits_for_people_without_a_worker_and_goes_on_where_it_stood(
    researcher, annotator, people, project, finish_jobs
):
    run = begin(researcher, people)
    (job,) = finish_jobs()
    assert (job.state, job.phase, job.tries_left) == (Job.State.QUEUED, "Waiting for people", Job.MOST_ATTEMPTS)
    assert job.parked_at is not None
    assert claims.take(job.pk, worker="eager") is None
    poll = run.polls.get()
    assert (poll.step, poll.enough) == (2, 3)
    differing = poll.questions.exclude(task=None).count()
    assert differing > 0
    assert Task.objects.filter(project=project).count() == differing
    page = researcher.browser.get(f"{HOME}{run.pk}/").content.decode()
    assert "Waiting for people" in page
    assert f"people have judged {3 - differing} of the 3 questions" in page
    assert (polls.wake(), finish_jobs()) == (0, [])
    assert labels(annotator, project, policys) == differing
    assert polls.wake() == 1
    (job,) = finish_jobs()
    assert job.phase == "Waiting for people"  # now as the run is over
    assert sorted(run.polls.values_list("step", flat=True)) == [2, 3]
    labels(annotator, project, policys)
    assert polls.wake() == 1
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    assert list(job.measurements.filter(name="reward/courtesy").order_by("step").values_list("step", flat=True)) == [
        1,
        2,
        3,
    ]
    rates = dict(job.measurements.filter(name="check/people").values_list("step", "value"))
    assert rates[2] == pytest.approx((differing + 0.5 * (3 - differing)) / 3)
    shown = researcher.api.get(f"{LIST}{run.pk}/").json()
    assert [(one["step"], one["answered"], one["share"]) for one in shown["checks"]["polls"]] == [
        (2, 3, rates[2]),
        (3, 3, rates[3]),
    ]
    assert shown["best_step"] in (2, 3)
    assert "What people say" in researcher.browser.get(f"{HOME}{run.pk}/").content.decode()


def test_a_run_killed_between_asking_and_waiting_asks_nothing_again(
    researcher, people, project, finish_jobs, monkeypatch
):
    class Killed(BaseException):
        """As if the process had died."""

    def die(poll):
        raise Killed

    run = begin(researcher, people)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(polls, "is_ready", die)
        finish_jobs()
    tasks = Task.objects.filter(project=project).count()
    Job.objects.filter(pk=run.job_id).update(state="queued")
    (job,) = finish_jobs()
    assert job.parked_at is not None
    assert Task.objects.filter(project=project).count() == tasks
    assert run.polls.count() == 1


def test_a_run_goes_on_without_people_where_somebody_says_so(researcher, reviewer, people, finish_jobs):
    run = begin(researcher, {**people, "steps": 2})
    assert researcher.api.post(f"{LIST}{run.pk}/go-on/").status_code == 409
    finish_jobs()
    assert reviewer.api.post(f"{LIST}{run.pk}/go-on/").status_code == 403
    researcher.browser.post(f"{HOME}{run.pk}/go-on/")
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    poll = run.polls.get()
    assert poll.is_cut_short
    assert poll.answered == poll.questions.filter(task=None).count()
    assert Entry.objects.filter(action="run.poll_cut_short", object_id=str(run.pk)).exists()


def test_a_waiting_run_is_cancelled_and_resumed_into_waiting(researcher, people, finish_jobs):
    run = begin(researcher, people)
    finish_jobs()
    job = launch.cancel(Job.objects.get(pk=run.job_id), researcher.scope)
    assert (job.state, job.parked_at) == (Job.State.CANCELLED, None)
    assert polls.wake() == 0
    launch.retry(job, researcher.scope)
    (job,) = finish_jobs()
    assert job.parked_at is not None
    assert run.polls.count() == 1


@pytest.fixture
def poll(researcher, asked, project):
    """Two questions of a run that never ran; the second has one answer twice."""
    records = {"records": [f"hello {n}" for n in range(9)]}
    checks = {"held_out": 0.3, "people": {"project": str(project.pk), "questions": 2}}
    run = begin(researcher, asked, prompts=records, checks=checks)
    prompt = ({"role": "user", "content": "hello"},)
    questions = [Compared(prompt, "one\x00", "other"), Compared((*prompt, *prompt), "same", "same")]
    return polls.put(Poll(run=run, step=4, enough=2), project, questions)


def test_who_is_asked_cannot_tell_whose_an_answer_is(poll, annotator, project):
    offer = annotator.api.post(f"/api/v1/projects/{project.pk}/next/", {}).json()
    assert {one["text"] for one in offer["responses"]} == {"one�", "other"}
    assert all(set(one) == {"id", "text"} for one in offer["responses"])
    sources = Response.objects.filter(prompt__project=project).values_list("source", flat=True)
    assert set(sources) == {f"run:{poll.run_id}@4", f"run:{poll.run_id}@reference"}


def test_verdicts_of_several_people_count_once_a_prompt_and_ties_half(poll, annotator, member, project):
    assert polls.verdicts(poll) == [None, 0.5]
    assert not polls.is_ready(poll)
    Task.objects.filter(project=project).update(overlap=2, open_places=2)
    labels(annotator, project, policys)
    labels(member("annotator", "other@home.example"), project, lambda shown: None)
    assert polls.verdicts(poll) == [0.75, 0.5]
    assert polls.is_ready(poll)


def test_a_closed_poll_hears_nothing_more(poll, annotator, project):
    assert polls.close(poll) == [None, 0.5]
    assert (poll.answered, poll.share) == (1, 0.5)
    labels(annotator, project, policys)
    assert polls.close(Poll.objects.get(pk=poll.pk)) == [None, 0.5]


def test_a_project_that_is_gone_leaves_its_run_to_be_gone_on_with(poll, project):
    purge.remove(project)
    assert polls.verdicts(poll) == [None, 0.5]


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"project": "seven"}, 400, "checks.people.project"),
        ({"project": "00000000-0000-0000-0000-000000000000"}, 422, "checks.people.project"),
        ({"questions": 1}, 400, "checks.people.questions"),
        ({"questions": 4}, 422, "checks.people.questions"),
        ({"questions": 2, "enough": 3}, 422, "checks.people.enough"),
    ],
)
def test_people_who_cannot_be_asked_are_refused_at_the_field(researcher, asked, project, change, status, field):
    people = {"project": str(project.pk), "questions": 2, **change}
    records = {"records": [f"hello {n}" for n in range(9)]}
    answer = researcher.api.post(LIST, {**asked, "prompts": records, "checks": {"held_out": 0.3, "people": people}})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field)


@pytest.mark.parametrize(
    ("fields", "words"), [({"kinds": ["rating"]}, "do not compare"), ({"status": "closed"}, "closed")]
)
def test_a_project_must_ask_which_is_better_and_be_open(researcher, asked, project, fields, words):
    Project.objects.filter(pk=project.pk).update(**fields)
    people = {"project": str(project.pk), "questions": 2}
    answer = researcher.api.post(LIST, {**asked, "prompts": WORLD, "checks": {"people": people}})
    assert words in answer.json()["errors"][0]["message"]
    assert not Run.objects.exists()


def test_the_database_holds_what_a_poll_is(poll):
    for change in ({"closed_at": poll.asked_at}, {"share": 0.5}, {"answered": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Poll.objects.filter(pk=poll.pk).update(**change)
    for change in ({"run": None}, {"search": poll.run.job}, {"is_last": True}):  # of one or the other
        with pytest.raises(IntegrityError), transaction.atomic():
            Poll.objects.filter(pk=poll.pk).update(**change)
    for change in ({"task": None}, {"verdict": 1.5}):
        with pytest.raises(IntegrityError), transaction.atomic():
            poll.questions.exclude(task=None).update(**change)
    job = poll.run.job
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(state="cancelled", finished_at=job.created_at, parked_at=job.created_at)
