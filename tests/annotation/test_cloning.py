"""A project once more: what comes along, what stays behind, and who may."""

import pytest
from django.utils.timezone import now

from accounts.deletion import deleting
from accounts.models import Group
from annotation import gold, projects
from annotation.models import Gold, Judgment, Project, Prompt, Task
from audit.models import Entry
from tests.annotation.queue.conftest import worker

__all__ = ["worker"]
API = "/api/v1"


@pytest.fixture
def source(researcher, workspace):
    group = Group.objects.create(workspace=workspace, name="Experts")
    settings = {"currency": "EUR", "gold_rate": 0.3, "aspects": [{"name": "tone", "anchors": {"1": "rude"}}]}
    wish = projects.Wish(
        name="First", kinds=["pairwise"], guidelines="Be fair.", overlap=2, ordering="random", settings=settings,
        groups=[group],
    )  # fmt: skip
    return projects.create(scope=researcher.scope, wish=wish)


def clone(member, project, **body):
    return member.api.post(f"{API}/projects/{project.pk}/clone/", {"name": "Second", **body})


def test_a_copy_is_a_draft_that_asks_the_same(researcher, source):
    answer = clone(researcher, source)
    assert answer.status_code == 201
    assert answer.json()["job"] is None
    made = Project.objects.get(pk=answer.json()["id"])
    assert (made.name, made.status, made.overlap, made.ordering) == ("Second", "draft", 2, "random")
    assert made.settings == source.settings
    assert list(made.groups.all()) == list(source.groups.all())
    assert [(one.version, one.text) for one in made.guidelines.all()] == [(1, "Be fair.")]
    assert Entry.objects.filter(action="project.cloned", object_id=str(made.pk)).exists()


def test_tasks_come_along_without_judgments(researcher, project, add_task, worker, finish_jobs):
    add_task("a", overlap=2)
    add_task("b")
    worker("ann").do()
    answer = clone(researcher, project, tasks=True)
    (job,) = finish_jobs()
    made = Project.objects.get(pk=answer.json()["id"])
    assert answer.json()["job"]["id"] == str(job.pk)
    assert (job.state, job.result) == ("succeeded", {"project": str(made.pk), "tasks": 2})
    before = {bytes(task.sha256): task for task in project.tasks.all()}
    after = {bytes(task.sha256): task for task in made.tasks.all()}
    assert before.keys() == after.keys()
    for digest, task in after.items():
        old = before[digest]
        assert (task.overlap, task.open_places, task.turn, task.rank) == (old.overlap, old.overlap, 0, old.rank)
        assert task.pk != old.pk
        assert task.prompt.project_id == made.pk
        assert texts(task) == texts(old)
        assert {place.response.prompt_id for place in task.places.all()} == {task.prompt_id}
    assert Judgment.objects.filter(project=made).count() == 0


def texts(task):
    return [place.response.text for place in task.places.select_related("response").order_by("position")]


def test_the_copy_can_be_labelled(researcher, project, add_task, annotator, finish_jobs):
    add_task("a")
    made = clone(researcher, project, tasks=True).json()["id"]
    finish_jobs()
    researcher.api.patch(f"{API}/projects/{made}/", {"status": "open"})
    offer = annotator.api.post(f"{API}/projects/{made}/next/").json()
    answer = {"answer": {"preferred": offer["responses"][0]["id"]}}
    assert annotator.api.post(f"{API}/assignments/{offer['assignment']}/submit/", answer).status_code == 201


def test_known_answers_name_the_responses_of_the_copy(researcher, project, add_task, finish_jobs):
    task = add_task("a")
    right = task.places.get(position=1).response
    item = gold.Item(task.pk, {"preferred": str(right.pk)})
    gold.put(scope=researcher.scope, project=project, items=[item])
    made = clone(researcher, project, tasks=True).json()["id"]
    finish_jobs()
    copied = Gold.objects.get(project=made)
    assert copied.answer["preferred"] == str(copied.task.places.get(position=1).response_id)
    assert Gold.objects.get(task=task).answer["preferred"] == str(right.pk)


def test_what_was_taken_down_stays_behind(researcher, project, add_task, finish_jobs):
    add_task("a")
    gone = add_task("b")
    Prompt.objects.filter(pk=gone.prompt_id).update(taken_down_at=now())
    made = clone(researcher, project, tasks=True).json()["id"]
    finish_jobs()
    assert [task.prompt.messages[0]["content"] for task in Task.objects.filter(project=made)] == ["a"]


def test_a_source_that_is_gone_is_said(researcher, project, add_task, finish_jobs):
    add_task("a")
    clone(researcher, project, tasks=True)
    deleting.delete(scope=researcher.scope, kind="project", pk=project.pk)
    (job,) = finish_jobs()
    assert (job.state, job.error) == ("failed", "The project is gone.")


def test_only_researchers_copy(reviewer, stranger, project):
    assert clone(reviewer, project).status_code == 403
    assert clone(stranger, project).status_code == 404
    assert Project.objects.count() == 1


def test_a_copy_sent_twice_is_one(researcher, project):
    address = f"{API}/projects/{project.pk}/clone/"
    ids = {researcher.api.post(address, {"name": "B"}, HTTP_IDEMPOTENCY_KEY="k").json()["id"] for _time in range(2)}
    assert len(ids) == 1


def test_the_page_makes_the_copy(researcher, project, add_task):
    add_task("a")
    address = f"/w/home/projects/{project.pk}/clone/"
    assert "Helpfulness, once more" in researcher.browser.get(address).content.decode()
    answer = researcher.browser.post(address, {"name": "Second", "tasks": "on"})
    made = Project.objects.get(name="Second")
    assert answer["Location"] == f"/w/home/projects/{made.pk}/"
    assert "follow its job" in researcher.browser.get(answer["Location"]).content.decode()
    assert researcher.browser.post(address, {"name": ""}).status_code == 422
