"""A search for thresholds that people lead: no worker waits for them, nothing is asked twice, answers are traced."""

import pytest

from accounts.deletion import kinds
from annotation import purge
from annotation.models import Judgment, Project, Response, Task
from annotation.projects import Wish, create
from audit.models import Entry
from jobs.models import Job
from tests.rewardmodels.conftest import backbone, learned, snapshot, wish
from tests.training.test_people import labels, policys
from tests.training.test_searches import HOME, LIST, begin, filled, real, sought
from training.checks import polls
from training.learning import winning
from training.models import Poll, PollQuestion
from training.sheets.parts import prefix_of

PART = {"HX-Request": "true"}
__all__ = ["backbone", "learned", "real", "snapshot", "sought", "wish"]


@pytest.fixture
def project(researcher):
    """People who compare two answers."""
    return create(scope=researcher.scope, wish=Wish(name="Panel", kinds=["pairwise"]))


@pytest.fixture
def led(real, project):
    """A search whose answers differ, and three questions of each proposal."""
    settings = {**real["settings"], "learning_rate": 0.1, "max_new_tokens": 12, "warm_up": 0}
    people = {"project": str(project.pk), "questions": 3}
    return {**real, "settings": settings, "wanted": "people", "people": people}


def go_on(job, annotator, project, finish_jobs, prefers=policys):
    """Until the search is over: people answer whatever it asks; how often it waited."""
    turns = 0
    while (finished := finish_jobs()) and finished[0].parked_at is not None:
        turns += 1
        labels(annotator, project, prefers)
        assert polls.wake() == 1
    job.refresh_from_db()
    return turns


def test_people_lead_a_search_without_a_worker_and_what_they_were_asked_is_traced(
    researcher, annotator, led, project, finish_jobs
):
    job = begin(researcher, led)
    (job,) = finish_jobs()
    assert (job.state, job.phase, job.tries_left) == (Job.State.QUEUED, "Waiting for people", Job.MOST_ATTEMPTS)
    poll = job.polls.get()
    assert (poll.step, poll.is_last, poll.enough) == (0, False, 3)
    differing = poll.questions.exclude(task=None).count()
    assert Task.objects.filter(project=project).count() == differing > 0
    said = researcher.browser.get(f"{HOME}{job.pk}/").content.decode()
    assert f"Of proposal 0, people have judged {3 - differing} of the 3 questions" in said
    assert f"/w/home/projects/{project.pk}/" in said
    assert "Go on without the rest" in said
    assert (polls.wake(), finish_jobs()) == (0, [])
    labels(annotator, project, policys)
    assert polls.wake() == 1
    go_on(job, annotator, project, finish_jobs)
    assert job.state == Job.State.SUCCEEDED, job.error
    shown = researcher.api.get(f"{LIST}{job.pk}/").json()
    assert [one["proposal"] for one in shown["polls"]] == [*range(len(shown["proposals"])), None]
    for one, proposal in zip(shown["polls"], [*shown["proposals"], None], strict=True):
        verdicts = [each["verdict"] for each in one["questions"]]
        assert verdicts == [0.5 if each["task"] is None else 1.0 for each in one["questions"]]
        assert one["share"] == pytest.approx(sum(verdicts) / 3)
        if proposal is not None:
            assert proposal["value"] == pytest.approx(one["share"])
            assert proposal["error"] == pytest.approx(winning.error(verdicts))
    result = shown["result"]
    assert result["reference"] == {"value": 0.5, "error": 0.0}
    assert result["again"]["value"] == pytest.approx(shown["polls"][-1]["share"])
    assert result["again"]["gain"] == pytest.approx(result["again"]["value"] - 0.5)
    page = researcher.browser.get(f"{HOME}{job.pk}/").content.decode()
    assert "Win rate with the people of “Panel”" in page
    assert "Run again" in page
    judgment = Judgment.objects.filter(project=project).first()
    task = researcher.browser.get(f"/w/home/projects/{project.pk}/tasks/{judgment.assignment.task_id}/")
    assert f"{HOME}{job.pk}/" in task.content.decode()
    sources = set(Response.objects.filter(prompt__project=project).values_list("source", flat=True))
    assert sources >= {f"search:{job.pk}@0", f"search:{job.pk}@again", f"search:{job.pk}@reference"}
    found = kinds.dependants(researcher.scope, kinds.find("project"), project)
    assert "1 search for thresholds" in [one.words for one in found]
    fresh, looked = (
        set(Task.objects.filter(pk__in=own.values("task")).values_list("prompt", flat=True))
        for own in (PollQuestion.objects.filter(poll__is_last=last) for last in (True, False))
    )
    assert fresh
    assert not fresh & looked


def test_a_search_killed_between_asking_and_waiting_asks_nothing_again(
    researcher, led, project, finish_jobs, monkeypatch
):
    class Killed(BaseException):
        """As if the process had died."""

    def die(poll):
        raise Killed

    job = begin(researcher, led)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(polls, "is_ready", die)
        finish_jobs()
    asked = set(Task.objects.filter(project=project).values_list("pk", flat=True))
    Job.objects.filter(pk=job.pk).update(state="queued")
    (job,) = finish_jobs()
    assert job.parked_at is not None
    assert set(Task.objects.filter(project=project).values_list("pk", flat=True)) == asked
    assert job.polls.count() == 1
    parts = [researcher.browser.get(f"{HOME}{job.pk}/", {"parked": one}, headers=PART) for one in ("", "1")]
    assert ["HX-Refresh" in one for one in parts] == [True, False]  # as it began to wait, another button came


def test_a_search_goes_on_with_what_is_in_where_somebody_says_so(
    researcher, reviewer, annotator, led, project, finish_jobs
):
    job = begin(researcher, led)
    assert researcher.api.post(f"{LIST}{job.pk}/go-on/").status_code == 409
    (job,) = finish_jobs()
    assert reviewer.api.post(f"{LIST}{job.pk}/go-on/").status_code == 403
    poll = job.polls.get()
    if not poll.questions.filter(task=None).exists():
        answer = researcher.api.post(f"{LIST}{job.pk}/go-on/")
        assert (answer.status_code, "Nobody has judged" in answer.json()["detail"]) == (409, True)
    offer = annotator.api.post(f"/api/v1/projects/{project.pk}/next/", {}).json()
    given = {"answer": {"preferred": None}, "duration_ms": 900}
    annotator.api.post(f"/api/v1/assignments/{offer['assignment']}/submit/", given)
    assert polls.wake() == 0
    assert researcher.browser.post(f"{HOME}{job.pk}/go-on/")["Location"] == f"{HOME}{job.pk}/"
    (job,) = finish_jobs()
    assert job.parked_at is not None  # now of the next proposal
    poll.refresh_from_db()
    assert poll.is_cut_short
    assert (poll.share, poll.answered) == (0.5, 1 + poll.questions.filter(task=None).count())
    assert Entry.objects.filter(action="job.poll_cut_short", object_id=str(job.pk)).exists()


def test_a_project_that_is_closed_or_deleted_says_what_to_do(researcher, led, project, finish_jobs):
    job = begin(researcher, led)
    Project.objects.filter(pk=project.pk).update(status="closed")
    (job,) = finish_jobs()
    assert (job.state, "open it again and resume" in job.error) == (Job.State.FAILED, True)
    Project.objects.filter(pk=project.pk).update(status="open")
    researcher.browser.post(f"{HOME}{job.pk}/retry/")
    (job,) = finish_jobs()
    assert job.parked_at is not None
    Project.objects.filter(pk=project.pk).update(status="closed")
    assert "is closed: open it again, or go on" in researcher.browser.get(f"{HOME}{job.pk}/").content.decode()
    assert polls.wake() == 0
    purge.remove(project)
    assert polls.wake() == 1
    (job,) = finish_jobs()
    assert (job.state, "removed for good: begin another search" in job.error) == (Job.State.FAILED, True)
    job.delete()
    assert not Poll.objects.exists()


@pytest.fixture
def asking(sought, project):
    """A wish of which nothing is ever carried out."""
    return {**sought, "wanted": "people", "people": {"project": str(project.pk), "questions": 2}}


@pytest.mark.parametrize(
    ("change", "status", "field", "said"),
    [
        ({"people": None}, 422, "people.project", "Choose the project"),
        ({"wanted": "builtin:textworld"}, 422, "people.project", "unless people are what is to be highest"),
        ({"people": {"project": "seven"}}, 400, "people.project", "UUID"),
        ({"people": {"project": "00000000-0000-0000-0000-000000000000"}}, 422, "people.project", "no such project"),
        ({"people": {"questions": 1}}, 400, "people.questions", "2"),
        ({"people": {"questions": 9}}, 422, "people.questions", "16 answers reach 8"),
        ({"people": {"questions": 2, "enough": 3}}, 422, "people.enough", "No more verdicts"),
    ],
)
def test_people_who_cannot_be_asked_are_refused_at_the_field(researcher, asking, change, status, field, said):
    people = change.get("people", {})
    changed = change if people is None else {**change, "people": {**asking["people"], **people}}
    answer = researcher.api.post(LIST, {**asking, **changed})
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["field"]) == (status, field)
    assert said in error["message"]
    assert not Job.objects.filter(kind="training.threshold_search").exists()


@pytest.mark.parametrize(
    ("fields", "words"), [({"kinds": ["rating"]}, "do not compare"), ({"status": "closed"}, "closed")]
)
def test_a_project_must_ask_which_is_better_and_be_open(researcher, asking, project, fields, words):
    Project.objects.filter(pk=project.pk).update(**fields)
    (error,) = researcher.api.post(LIST, asking).json()["errors"]
    assert error["field"] == "people.project"
    assert words in error["message"]


def test_the_form_asks_people_and_says_what_is_wrong_where_it_is(researcher, sought, project):
    part = prefix_of(sought["components"][0]["reward_model"])
    sheet = researcher.browser.get(HOME).context["sheet"]
    sent = {f"settings-{one.name}": one.initial for one in sheet.settings if one.initial is not None}
    sent |= {f"search-{one.name}": one.initial for one in sheet.search if one.initial is not None}
    given = {**sent, **filled(sought, part), "wanted": "people"}
    wrong = researcher.browser.post(HOME, {**given, "people_questions": 2})
    assert "Choose the project" in str(wrong.context["wish"].errors["people_project"])
    given |= {"people_project": str(project.pk)}
    wrong = researcher.browser.post(HOME, {**given, "people_questions": 40})
    assert "Ask about fewer" in str(wrong.context["wish"].errors["people_questions"])
    answer = researcher.browser.post(HOME, {**given, "people_questions": 3, "people_enough": 2})
    job = Job.objects.get(kind="training.threshold_search")
    assert answer["Location"] == f"{HOME}{job.pk}/"
    assert job.arguments["wanted"] == {
        "key": "people",
        "title": "Panel",
        "unit": "share",
        "model": "",
        "project": str(project.pk),
        "questions": 3,
        "enough": 2,
    }
    said = researcher.browser.get(answer["Location"]).content.decode()
    assert "Questions of a proposal" in said
