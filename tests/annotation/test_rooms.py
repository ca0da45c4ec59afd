"""The home page leads to what can be labelled, and to nothing else."""

import pytest
from django.utils.timezone import now

from accounts import annotators
from annotation.desk import questions
from annotation.desk.questions import Reply
from annotation.models import Pause
from annotation.queue import offers

pytestmark = pytest.mark.django_db


def home(member):
    return member.browser.get("/w/home/").content.decode()


def test_home_leads_an_annotator_to_a_project_with_open_tasks(annotator, project, add_task):
    add_task("How long?")
    assert f"/w/home/projects/{project.pk}/label/" in home(annotator)


def test_a_project_without_open_tasks_is_not_offered(annotator, project):
    assert f"/projects/{project.pk}/label/" not in home(annotator)


@pytest.mark.parametrize("status", ["draft", "paused", "closed"])
def test_only_an_open_project_is_offered(annotator, project, add_task, status):
    add_task("How long?")
    project.status = status
    project.save()
    assert f"/projects/{project.pk}/label/" not in home(annotator)


def test_a_project_of_another_workspace_is_not_offered(stranger, project, add_task):
    add_task("How long?")
    assert f"/projects/{project.pk}/label/" not in stranger.browser.get("/w/elsewhere/").content.decode()


@pytest.mark.parametrize(("role", "is_led"), [("admin", True), ("researcher", True), ("annotator", False)])
def test_home_leads_to_the_first_project_whoever_may_make_it(request, role, is_led):
    assert ("/w/home/projects/new/" in home(request.getfixturevalue(role))) is is_led


def test_home_leads_to_no_first_project_where_one_is(researcher, project):
    assert "/w/home/projects/new/" not in home(researcher)


def test_home_says_how_much_is_left_and_that_an_answer_came(annotator, researcher, project, add_task):
    for number in range(3):
        add_task(f"Task {number}")
    offer = offers.take(scope=annotator.scope, project=project.pk, holding=[])
    asked = questions.ask(scope=annotator.scope, assignment=offer.assignment, text="How long?")
    assert "Left for you: 3." in home(annotator)
    assert "Answers to your questions" not in home(annotator)
    assert "wait for an answer" not in home(annotator)
    assert f'href="/w/home/projects/{project.pk}/questions/"' in home(researcher)
    questions.answer(scope=researcher.scope, question=asked, reply=Reply("Ten minutes."))
    assert "Answers to your questions" in home(annotator)
    assert "wait for an answer" not in home(researcher)


def test_home_leads_a_reviewer_to_pauses_that_are_contested(reviewer, annotator, project):
    record = annotators.of_person(annotator.scope.workspace, annotator.person)
    given = {"right": 1, "seen": 9, "upper": 0.4, "threshold": 0.7}
    pause = Pause.objects.create(project=project, annotator=record, **given)
    assert "contest that they were paused" not in home(reviewer)
    Pause.objects.filter(pk=pause.pk).update(contest="They were right.", contested_at=now())
    assert f'href="/w/home/projects/{project.pk}/review/"' in home(reviewer)
    assert "contest that they were paused" not in home(annotator)


def test_who_may_not_enter_the_projects_labels_in_the_room_of_their_own_work(annotator, researcher, project):
    url = f"/w/home/projects/{project.pk}/label/"
    for member, room in ((annotator, "work"), (researcher, "projects")):
        page = member.browser.get(url).content.decode()
        assert f'href="/w/home/{room}/" aria-current="page"' in page
        assert "<title>Label · " in page
