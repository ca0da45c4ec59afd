"""Collecting over the API: what each role may do, and how what makes no sense is refused."""

import uuid

import pytest

from accounts import annotators
from accounts.models import Group
from annotation.models import Assignment, Guidelines, Project, Task
from audit.models import Entry

API = "/api/v1"


def make(member, **body):
    return member.api.post(f"{API}/projects/", {"name": "One", "kinds": ["pairwise"], **body})


def test_a_project_has_defaults_and_is_open(researcher):
    body = make(researcher).json()
    assert (body["status"], body["overlap"], body["ordering"], body["guidelines_version"]) == (
        "open",
        1,
        "sequential",
        1,
    )
    assert body["settings"]["leases_per_person"] == 2
    assert body["settings"]["amount_step"] == "0.01"
    assert Entry.objects.filter(action="project.created", object_id=body["id"]).exists()


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"name": ""}, 400, "name"),
        ({"kinds": []}, 400, "kinds"),
        ({"kinds": ["poetry"]}, 400, "kinds.0"),
        ({"overlap": 0}, 400, "overlap"),
        ({"status": "lost"}, 400, "status"),
        ({"settings": {"colour": 1}}, 422, "settings.colour"),
        ({"settings": {"lease_seconds": 0}}, 422, "settings.lease_seconds"),
        ({"settings": {"lease_seconds": "60"}}, 422, "settings.lease_seconds"),
        ({"settings": {"amount_max": "1e400"}}, 422, "settings.amount_max"),
        ({"settings": {"amount_max": 5}}, 422, "settings.amount_max"),
        ({"settings": {"amount_min": "7", "amount_max": "5"}}, 422, "settings.amount_max"),
        ({"settings": {"prices": ["2", "1"]}}, 422, "settings.prices"),
        ({"settings": {"gold_rate": 1.5}}, 422, "settings.gold_rate"),
        ({"settings": {"aspects": ["a", "a"]}}, 422, "settings.aspects"),
        ({"settings": {"extras": ["poems"]}}, 422, "settings.extras.0"),
        ({"groups": [str(uuid.uuid4())]}, 422, "groups"),
    ],
)
def test_a_project_that_makes_no_sense_is_refused(researcher, change, status, field):
    answer = make(researcher, **change)
    assert answer.status_code == status
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Project.objects.exists()


def test_new_guidelines_and_new_terms_make_a_new_version(researcher):
    address = f"{API}/projects/{make(researcher, guidelines='Be fair.').json()['id']}/"
    change = researcher.api.patch
    assert change(address, {"guidelines": "Be kind."}).json()["guidelines_version"] == 2
    assert change(address, {"settings": {"currency": "EUR"}}).json()["guidelines_version"] == 3
    assert change(address, {"settings": {"lease_seconds": 60}, "name": "Two"}).json()["guidelines_version"] == 3
    assert list(Guidelines.objects.order_by("version").values_list("text", "terms__currency")) == [
        ("Be fair.", "USD"),
        ("Be kind.", "USD"),
        ("Be kind.", "EUR"),
    ]


def test_an_annotator_sees_open_projects_without_how_the_queue_deals(researcher, annotator):
    made = make(researcher).json()
    make(researcher, status="draft")
    (seen,) = annotator.api.get(f"{API}/projects/").json()["results"]
    assert seen["id"] == made["id"]
    assert "gold_rate" not in seen["settings"]


def test_a_project_of_a_group_is_unknown_to_the_others(researcher, annotator, workspace):
    group = Group.objects.create(workspace=workspace, name="Experts")
    project = make(researcher, groups=[str(group.pk)]).json()
    address = f"{API}/projects/{project['id']}"
    assert annotator.api.get(f"{address}/").status_code == 404
    assert annotator.api.post(f"{address}/next/").status_code == 404
    group.annotators.add(annotators.of_person(workspace, annotator.person))
    assert annotator.api.get(f"{address}/").status_code == 200
    assert annotator.api.post(f"{address}/next/").status_code == 204


def test_a_deleted_project_is_gone_and_can_come_back(researcher, annotator):
    address = f"{API}/projects/{make(researcher).json()['id']}/"
    assert researcher.api.delete(address).status_code == 204
    assert researcher.api.get(address).status_code == 404
    assert annotator.api.post(f"{address}next/").status_code == 404
    assert researcher.api.post(f"{address}restore/").status_code == 200
    assert researcher.api.get(address).status_code == 200


def test_a_creation_sent_twice_makes_one_project(researcher):
    answers = [
        researcher.api.post(f"{API}/projects/", {"name": "One", "kinds": ["binary"]}, HTTP_IDEMPOTENCY_KEY="k")
        for _time in range(2)
    ]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert Project.objects.count() == 1


def test_next_tells_nothing_of_source_or_metadata(researcher, annotator, finish_jobs):
    address = f"{API}/projects/{make(researcher).json()['id']}"
    record = {
        "prompt": "P",
        "responses": [{"text": "a", "source": "model-x", "metadata": {"s": 1}}, "b"],
        "id": "row-7",
    }
    researcher.api.post(f"{address}/imports/", {"records": [record]})
    finish_jobs()
    task = Task.objects.get()
    researcher.api.post(f"{address}/gold/", {"items": [{"task": str(task.pk), "answer": {"preferred": None}}]})
    answer = annotator.api.post(f"{address}/next/")
    assert set(answer.json()) == {
        "assignment", "kind", "prompt", "responses", "guidelines_version", "lease_expires_at", "progress",
    }  # fmt: skip
    assert b"model-x" not in answer.content
    assert b"row-7" not in answer.content
    assert str(task.pk).encode() not in answer.content


@pytest.mark.parametrize(
    ("body", "field"), [({"holding": "x"}, "holding"), ({"holding": ["x"]}, "holding"), ({"holding": [5]}, "holding")]
)
def test_what_is_held_are_ids(researcher, annotator, body, field):
    project = make(researcher).json()
    answer = annotator.api.post(f"{API}/projects/{project['id']}/next/", body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


@pytest.fixture
def offered(annotator, add_task, project):
    add_task("a")
    return annotator.api.post(f"{API}/projects/{project.pk}/next/").json()


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 400, "answer"),
        ({"answer": "a"}, 422, "answer"),
        ({"answer": {"preferred": "nobody"}}, 422, "answer.preferred"),
        ({"answer": {"preferred": None}, "duration_ms": -1}, 400, "duration_ms"),
        ({"answer": {"preferred": None}, "duration_ms": 1.5}, 400, "duration_ms"),
        ({"answer": {"preferred": None}, "duration_ms": 10**15}, 400, "duration_ms"),
        ({"answer": {"preferred": None}, "next": "yes"}, 400, "next"),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused_at_its_field(annotator, offered, body, status, field):
    answer = annotator.api.post(f"{API}/assignments/{offered['assignment']}/submit/", body)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["field"] == field
    assert Assignment.objects.get().state == "open"


def test_an_answer_says_that_nothing_was_asked_to_come_next(annotator, offered):
    body = {"answer": {"preferred": None}, "duration_ms": 5}
    for status in (201, 200):
        said = annotator.api.post(f"{API}/assignments/{offered['assignment']}/submit/", body, format="json")
        assert (said.status_code, said.json()["next"]) == (status, None)
        assert "X-Reason" not in said


def test_submitting_answers_with_the_next_task_or_why_there_is_none(annotator, offered):
    address = f"{API}/assignments/{offered['assignment']}/submit/"
    body = {"answer": {"preferred": None}, "duration_ms": 5, "next": True}
    first = annotator.api.post(address, body)
    assert (first.status_code, first.json()["next"], first["X-Reason"]) == (201, None, "done")
    assert annotator.api.post(address, body).status_code == 200
    assert annotator.api.post(address, {"answer": {"preferred": offered["responses"][0]["id"]}}).status_code == 409


def test_only_who_holds_an_assignment_may_end_it(member, offered, researcher):
    other = member("annotator", "other@home.example")
    for act in ("submit", "skip", "extend", "release"):
        answer = other.api.post(f"{API}/assignments/{offered['assignment']}/{act}/", {"answer": {"preferred": None}})
        assert answer.status_code == 404, act


def test_judgments_are_listed_with_filters(annotator, reviewer, offered, project):
    annotator.api.post(f"{API}/assignments/{offered['assignment']}/submit/", {"answer": {"preferred": None}})
    address = f"{API}/projects/{project.pk}/judgments/"
    (row,) = reviewer.api.get(address).json()["results"]
    assert (row["kind"], row["purpose"], row["version"], row["late"]) == ("pairwise", "label", 1, False)
    for query, count in [
        ({"annotator": row["annotator"]}, 1),
        ({"annotator": "a-nobody"}, 0),
        ({"task": row["task"]}, 1),
        ({"kind": "binary"}, 0),
        ({"until": "2020-01-01T00:00:00Z"}, 0),
        ({"since": "2020-01-01T00:00:00Z", "purpose": "label"}, 1),
    ]:
        assert len(reviewer.api.get(address, query).json()["results"]) == count, query
    assert reviewer.api.get(address, {"kind": "poetry"}).status_code == 400


def test_an_annotator_lists_only_their_own(member, annotator, offered, project):
    annotator.api.post(f"{API}/assignments/{offered['assignment']}/submit/", {"answer": {"preferred": None}})
    address = f"{API}/projects/{project.pk}/judgments/"
    assert len(annotator.api.get(address).json()["results"]) == 1
    assert member("annotator", "other@home.example").api.get(address).json()["results"] == []


def test_tasks_are_listed_and_changed(researcher, annotator, offered, project):
    (row,) = researcher.api.get(f"{API}/projects/{project.pk}/tasks/").json()["results"]
    assert (row["open_places"], row["labels"], row["gold"], len(row["responses"])) == (0, 0, False, 2)
    address = f"{API}/tasks/{row['id']}/"
    changed = researcher.api.patch(address, {"overlap": 3, "priority": 2.5, "status": "paused"}).json()
    assert (changed["overlap"], changed["open_places"], changed["priority"], changed["status"]) == (3, 2, 2.5, "paused")
    assert researcher.api.patch(address, {"overlap": 0}).status_code == 400
    assert annotator.api.patch(address, {"overlap": 2}).status_code == 403


def test_gold_is_all_or_nothing_and_named_at_its_field(researcher, add_task, project):
    tasks = [add_task("a"), add_task("b")]
    good = {"task": str(tasks[0].pk), "answer": {"preferred": None}}
    address = f"{API}/projects/{project.pk}/gold/"
    bad = [{"task": str(tasks[1].pk), "answer": {"preferred": "x"}}, {"task": str(uuid.uuid4()), "answer": {}}]
    answer = researcher.api.post(address, {"items": [good, *bad]})
    assert answer.status_code == 422
    fields = [error["field"] for error in answer.json()["errors"]]
    assert fields == ["items.1.answer.preferred", "items.2.task"]
    assert project.gold.count() == 0
    assert researcher.api.post(address, {"items": [good]}).json() == {"gold": 1}
    assert researcher.api.post(address, {"items": [good]}).json() == {"gold": 1}
    assert researcher.api.delete(f"{API}/tasks/{tasks[0].pk}/gold/").status_code == 204
    assert project.gold.count() == 0


def test_a_takedown_closes_the_tasks_of_the_prompt(researcher, annotator, add_task, project):
    task = add_task("a")
    address = f"{API}/projects/{project.pk}/takedowns/"
    body = {"prompt": str(task.prompt_id), "reason": "Private."}
    assert researcher.api.post(address, body).status_code == 201
    assert researcher.api.post(address, body).status_code == 200
    assert annotator.api.post(f"{API}/projects/{project.pk}/next/")["X-Reason"] == "done"
    assert researcher.api.patch(f"{API}/tasks/{task.pk}/", {"status": "open"}).status_code == 409
    assert [row["reason"] for row in researcher.api.get(address).json()["results"]] == ["Private."]


def test_an_annotator_cannot_sort_their_judgments_by_purpose(annotator, reviewer, add_task, project):
    add_task("p1"), add_task("p2")
    for _ in range(2):
        offer = annotator.api.post(f"{API}/projects/{project.pk}/next/", {}, format="json").json()
        said = {"answer": {"preferred": None}}
        annotator.api.post(f"{API}/assignments/{offer['assignment']}/submit/", said, format="json")
    Assignment.objects.filter(pk=offer["assignment"]).update(purpose="gold", holds_place=False)
    found = annotator.api.get(f"{API}/projects/{project.pk}/judgments/", {"purpose": "gold"}).json()["results"]
    assert found == []
    assert (
        len(annotator.api.get(f"{API}/projects/{project.pk}/judgments/", {"purpose": "label"}).json()["results"]) == 2
    )
    assert len(reviewer.api.get(f"{API}/projects/{project.pk}/judgments/", {"purpose": "gold"}).json()["results"]) == 1


def test_a_takedown_takes_the_task_out_of_the_hands_of_whoever_holds_it(researcher, annotator, add_task, project):
    task = add_task("a")
    offer = annotator.api.post(f"{API}/projects/{project.pk}/next/").json()
    body = {"prompt": str(task.prompt_id), "reason": "Private."}
    assert researcher.api.post(f"{API}/projects/{project.pk}/takedowns/", body).status_code == 201
    assert annotator.api.post(f"{API}/projects/{project.pk}/next/")["X-Reason"] == "done"
    assert annotator.api.post(f"{API}/assignments/{offer['assignment']}/reopen/").status_code == 409
