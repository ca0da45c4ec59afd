"""From a model to each judgment and back, and what is said when a judgment stops counting after it was learned from."""

from uuid import uuid4

import pytest

from annotation import takedowns
from annotation.models import Judgment, Snapshot
from annotation.trust import aside
from rewardmodels import lineage
from rewardmodels.models import RewardModel

HOME = "/w/home"
API = "/api/v1"
COUNT = 24


@pytest.fixture
def model(researcher, backbone, finish_jobs):
    """Learned from judgments that were brought in, by two annotators, and frozen."""
    api = researcher.api
    project = api.post(f"{API}/projects/", {"name": "Courtesy", "kinds": ["pairwise"]}).json()["id"]
    records = [
        {
            "prompt": f"hello {n}",
            "chosen": f"please thank you {n}",
            "rejected": f"no no no {n}",
            "annotator": f"r{n % 2}",
        }
        for n in range(COUNT)
    ]
    api.post(f"{API}/projects/{project}/imports/", {"records": records, "as": "judgments"})
    finish_jobs()
    frozen = {"name": "v1", "splits": {"train": 0.8, "test": 0.2}, "seed": 1}
    snapshot = api.post(f"{API}/projects/{project}/snapshots/", frozen).json()["id"]
    finish_jobs()
    wish = {"name": "Polite", "snapshot": snapshot, "kind": "bradley_terry", "backbone": backbone}
    wish["settings"] = {"max_length": 48, "weight_decay": 0.5}
    made = api.post(f"{API}/reward-models/", wish)
    assert made.status_code == 202, made.json()
    finish_jobs()
    return RewardModel.objects.get(pk=made.json()["id"])


def judgments(member, model, **wanted):
    found = member.api.get(f"{API}/reward-models/{model.pk}/judgments/", {"limit": 100, **wanted})
    assert found.status_code == 200, found.json()
    return found.json()["results"]


def test_a_model_names_every_judgment_that_it_learned_from(researcher, model):
    rows = judgments(researcher, model)
    assert {row["judgment"] for row in rows} == {str(pk) for pk in Judgment.objects.values_list("pk", flat=True)}
    assert {row["state"] for row in rows} == {"counts"}
    assert {row["version"] for row in rows} == {1}
    page = researcher.browser.get(f"{HOME}/reward-models/{model.pk}/judgments/")
    assert page.context["table"].total == COUNT


def test_a_judgment_a_task_an_annotator_and_a_snapshot_lead_to_the_model(researcher, model):
    row = judgments(researcher, model)[0]
    for query in ({"judgment": row["judgment"]}, {"task": row["task"]}, {"annotator": row["annotator"]},
                  {"snapshot": str(model.snapshot_id)}):  # fmt: skip
        found = researcher.api.get(f"{API}/reward-models/", query).json()["results"]
        assert [one["id"] for one in found] == [str(model.pk)], query
    for query in ({"judgment": str(uuid4())}, {"task": str(uuid4())}, {"annotator": "nobody"}):
        assert researcher.api.get(f"{API}/reward-models/", query).json()["results"] == [], query


def test_pages_of_snapshot_task_and_annotator_name_the_model(researcher, model):
    judgment = Judgment.objects.select_related("assignment").first()
    base, there = f"{HOME}/projects/{judgment.project_id}", f"{HOME}/reward-models/{model.pk}/"
    pages = [
        f"{base}/snapshots/{model.snapshot_id}/",
        f"{base}/tasks/{judgment.assignment.task_id}/",
        f"{base}/annotators/{judgment.assignment.annotator_id}/",
    ]
    for page in pages:
        answer = researcher.browser.get(page)
        assert answer.status_code == 200, page
        assert there in answer.content.decode(), page


def test_a_reviewer_is_told_nothing_of_models(reviewer, researcher, model):
    judgment = Judgment.objects.select_related("assignment").first()
    page = reviewer.browser.get(f"{HOME}/projects/{judgment.project_id}/tasks/{judgment.assignment.task_id}/")
    assert page.status_code == 200
    assert "Polite" not in page.content.decode()
    assert lineage.of_snapshot(reviewer.scope, Snapshot.objects.get()) == []
    assert lineage.of_judgments(reviewer.scope, [judgment.pk]) == {}


def test_a_stranger_finds_no_judgments_of_the_model(stranger, model):
    assert stranger.api.get(f"{API}/reward-models/{model.pk}/judgments/").status_code == 404
    assert stranger.browser.get(f"{HOME}/reward-models/{model.pk}/judgments/").status_code == 404


def test_a_takedown_after_training_is_said_on_the_models_page_and_in_its_lineage(researcher, model):
    judgment = Judgment.objects.select_related("project", "assignment__task").first()
    task = judgment.assignment.task
    page = f"{HOME}/reward-models/{model.pk}/"
    assert "stopped counting" not in researcher.browser.get(page).content.decode()
    takedowns.make(scope=researcher.scope, project=judgment.project, prompt=task.prompt_id, reason="Private.")
    since = researcher.api.get(f"{API}/reward-models/{model.pk}/").json()["lineage"]["since"]
    assert since == {"taken_down": 1, "withdrawn": 0, "set_aside": 0, "corrected": 0}
    assert "1 of its judgments stopped counting" in researcher.browser.get(page).content.decode()
    (row,) = judgments(researcher, model, state="taken_down")
    assert row["judgment"] == str(judgment.pk)


def test_work_set_aside_after_training_is_said_on_both_sides(researcher, model):
    judgment = Judgment.objects.select_related("assignment__annotator", "project").first()
    who = judgment.assignment.annotator
    aside.do(scope=researcher.scope, project=judgment.project, annotator=who, reason="Careless.")
    assert lineage.since(model.snapshot).set_aside == COUNT // 2
    (made,) = lineage.of_annotator(researcher.scope, judgment.project, who)
    assert (made.name, made.judgments, made.gone) == ("Polite", COUNT // 2, COUNT // 2)
    page = researcher.browser.get(f"{HOME}/projects/{judgment.project_id}/annotators/{who.pk}/").content.decode()
    assert f"{COUNT // 2} of which count no more" in page


def test_each_judgment_is_counted_once_however_much_happened_to_it(researcher, model):
    judgment = Judgment.objects.select_related("assignment__task__prompt").first()
    Judgment.objects.filter(pk=judgment.pk).update(
        withdrawn_at="2026-01-01T00:00:00Z", set_aside_at="2026-01-01T00:00:00Z"
    )
    found = lineage.since(model.snapshot)
    assert (found.withdrawn, found.set_aside, found.total) == (1, 0, 1)
