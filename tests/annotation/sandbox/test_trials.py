"""The sandbox: the page and its checks as they are, and not one row more than before."""

import json
from uuid import uuid4

import pytest
from django.apps import apps

from accounts.models import Annotator
from annotation.models import Assignment, Judgment, Prompt, Seat
from tests.annotation.snapshots.conftest import judged, said  # noqa: F401
from tests.web import pseudo

pytestmark = pytest.mark.django_db
KINDS = ["pairwise", "cardinal", "binary", "ranking", "rating"]


@pytest.fixture
def address(project):
    return f"/w/home/projects/{project.pk}/try/"


@pytest.fixture
def nothing_written():
    """Counts every row of collecting before and after."""
    models = [*apps.get_app_config("annotation").get_models(), Annotator]
    before = {model: model.objects.count() for model in models}
    yield
    assert {model: model.objects.count() for model in models} == before


def ask(member, address, project, **body):
    answer = member.browser.post(f"{address}projects/{project.pk}/next/", body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def submit(member, address, task, answer, **body):
    path = f"{address}assignments/{task['assignment']}/submit/?html=1"
    return member.browser.post(path, {"answer": answer, **body}, content_type="application/json")


def verdict(task):
    ids = [part["id"] for part in task["responses"]]
    return {
        "pairwise": {"preferred": ids[0]},
        "cardinal": {"preferred": ids[0], "amount": "1.50"} if len(ids) == 2 else {"amount": "1.50"},
        "binary": {"desirable": True},
        "ranking": {"order": [[pk] for pk in ids]},
        "rating": {"ratings": {"helpful": 4}},
    }[task["kind"]]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_tried_on_examples_and_nothing_is_written(reviewer, project, address, kind, nothing_written):
    project.kinds = [kind]
    project.save()
    task = ask(reviewer, address, project)
    assert task["kind"] == kind
    assert "<strong>soft</strong>" in task["prompt"][0]["html"]
    answer = submit(reviewer, address, task, verdict(task), duration_ms=1_234)
    assert answer.status_code == 201
    row = json.loads(answer.json()["outcome"]["tried"]["row"])
    assert (row["kind"], row["answer"], row["duration_ms"]) == (kind, verdict(task), 1_234)
    assert row["shown_order"] == [part["id"] for part in task["responses"]]
    assert answer.json()["next"]["kind"] == kind


def test_the_tasks_of_the_project_are_tried_where_there_are_any(reviewer, project, add_task, address):
    add_task("How long is a day?")
    task = ask(reviewer, address, project)
    assert task["prompt"][0]["content"] == "How long is a day?"
    assert "examples" not in reviewer.browser.get(address).content.decode().split("label-config")[0]
    assert submit(reviewer, address, task, verdict(task)).status_code == 201
    assert not Assignment.objects.exists()
    assert not Seat.objects.exists()


def test_a_row_that_is_tried_is_the_row_that_is_stored(researcher, annotator, judged, project, address):  # noqa: F811
    """But for what only writing gives: ids, the annotator, the time."""
    judged("cardinal")
    stored = researcher.api.post(f"/api/v1/projects/{project.pk}/snapshots/", {"name": "x"})
    assert stored.status_code == 202
    judgment = Judgment.objects.select_related("assignment").first()
    version = judgment.versions.get()
    path = f"{address}assignments/{judgment.assignment.task_id}/submit/"
    answer = researcher.browser.post(path, {"answer": version.answer}, content_type="application/json").json()
    row = json.loads(answer["outcome"]["tried"]["row"])
    assert (row["answer"], row["kind"], row["currency"]) == (version.answer, "cardinal", version.currency)
    beside = answer["outcome"]["tried"]["beside"]
    assert float(beside["amount_low"]) == float(version.amount_low)


@pytest.mark.parametrize(
    "answer",
    [
        {"preferred": "somebody"},
        {"preferred": None, "strength": 2},
        {"preferred": None, "colour": "red"},
        {},
        "yes",
        [],
        None,
    ],
)
def test_an_answer_that_the_project_would_refuse_is_refused(reviewer, project, address, answer, nothing_written):
    task = ask(reviewer, address, project)
    refused = submit(reviewer, address, task, answer)
    assert refused.status_code == 422
    assert refused.json()["detail"]


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[]", b'{"holding": "x"}', b'{"answer": "\\u0000"}', b"[" * 100_000])
def test_a_body_that_cannot_be_read_is_refused(reviewer, project, address, body, nothing_written):
    task = ask(reviewer, address, project)
    for path in (f"projects/{project.pk}/next/", f"assignments/{task['assignment']}/submit/"):
        answer = reviewer.browser.post(address + path, body, content_type="application/json")
        assert answer.status_code in {200, 400, 422}
        assert "Traceback" not in answer.content.decode()


def test_another_task_comes_than_those_that_are_held(reviewer, project, add_task, address):
    tasks = {str(add_task(text).pk) for text in "abc"}
    held = []
    for _time in range(3):
        held.append(ask(reviewer, address, project, holding=held)["assignment"])
    assert set(held) == tasks


def test_the_order_of_the_sides_is_a_persons_own_and_stays(researcher, member, project, add_task, address):
    add_task("a")
    people = [researcher, *(member("reviewer", f"r{n}@home.example") for n in range(12))]
    orders = {tuple(part["id"] for part in ask(person, address, project)["responses"]) for person in people}
    assert len(orders) == 2
    first = [ask(researcher, address, project)["responses"] for _time in range(3)]
    assert first[0] == first[1] == first[2]


def test_what_else_the_page_may_ask_writes_nothing(reviewer, project, address, nothing_written):
    task = ask(reviewer, address, project)
    trial = task["assignment"]
    for path in (f"assignments/{trial}/skip/", f"assignments/{trial}/extend/", f"judgments/{trial}/withdraw/"):
        answer = reviewer.browser.post(address + path, {}, content_type="application/json")
        assert answer.json()["assignment"] == trial
    for path in (f"projects/{project.pk}/questions/", f"projects/{project.pk}/readings/"):
        assert reviewer.browser.get(address + path).json() == {"results": []}
        refused = reviewer.browser.post(address + path, {"text": "?"}, content_type="application/json")
        assert refused.status_code == 409
        assert "This is a trial" in refused.json()["detail"]


def test_a_prompt_that_was_taken_down_is_not_shown(reviewer, project, add_task, address):
    add_task("a")
    Prompt.objects.update(taken_down_at="2026-01-01T00:00:00Z")
    assert ask(reviewer, address, project)["prompt"][0]["content"] != "a"


def test_an_annotator_a_stranger_and_an_unknown_task_find_nothing(annotator, stranger, reviewer, project, address):
    assert annotator.browser.get(address).status_code == 403
    assert stranger.browser.get(address).status_code == 404
    assert stranger.browser.post(f"{address}projects/{project.pk}/next/").status_code == 404
    unknown = {"assignment": uuid4()}
    assert submit(reviewer, address, unknown, {"preferred": None}).status_code == 404


def test_the_page_speaks_the_language_of_the_person(reviewer, project, address):
    project.kinds = KINDS
    project.save()
    with pseudo.language():
        html = reviewer.browser.get(address).content.decode()
    names = {
        "Home",
        "Helpfulness",
        "Reviewer",
        "reviewer@home.example",
        "USD",
        "overall",
    }  # an aspect is kept by its name
    assert pseudo.untranslated(html, names) == []
