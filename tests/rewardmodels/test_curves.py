"""A learning curve is asked for, drawn by the worker and shown on the model's page."""

import math

import pytest

from jobs.models import Job
from rewardmodels.models import RewardModel
from tests.rewardmodels.conftest import comparison

HOME = "/w/home/reward-models/"
LIST = "/api/v1/reward-models/"


def many(count=300):
    """Courtesy wins in nine of ten, over enough conversations for four sizes and a fair test."""
    names = ("train", "train", "train", "train", "validation", "test", "test")
    return [
        comparison(number, names[number % 7], preferred="bad" if number % 10 == 3 else "good")
        for number in range(count)
    ]


@pytest.fixture
def model(researcher, wish, freeze, finish_jobs) -> RewardModel:
    answer = researcher.api.post(LIST, {**wish, "snapshot": str(freeze(many()).pk)})
    finish_jobs()
    return RewardModel.objects.get(pk=answer.json()["id"])


def test_a_curve_is_drawn_and_stands_on_the_models_page(researcher, model, finish_jobs):
    answer = researcher.api.post(f"{LIST}{model.pk}/learning-curve/")
    assert answer.status_code == 202, answer.json()
    assert answer.json()["id"] == str(model.pk)
    assert "is being drawn" in researcher.browser.get(f"{HOME}{model.pk}/").content.decode()
    finish_jobs()
    assert Job.objects.get(pk=answer.json()["job"]["id"]).state == "succeeded"
    curve = RewardModel.objects.get(pk=model.pk).details["learning_curve"]
    assert [point["prompts"] for point in curve["points"]] == [43, 86, 172]
    assert [point["repeats"] for point in curve["points"]] == [5, 5, 1]
    assert curve["n"] == 85
    assert curve["constant"] == math.log(2)
    assert all(point["log_loss"] < curve["constant"] for point in curve["points"])
    assert "3 sizes; 4 are needed" in curve["reason"]
    page = researcher.browser.get(f"{HOME}{model.pk}/").content.decode()
    assert 'id="learning-curve"' in page
    assert "is not foretold" in page


def test_what_else_is_known_of_the_model_stays(model, researcher, finish_jobs):
    before = model.details
    researcher.api.post(f"{LIST}{model.pk}/learning-curve/")
    finish_jobs()
    model.refresh_from_db()
    assert {name: value for name, value in model.details.items() if name != "learning_curve"} == before


def test_a_second_curve_waits_for_the_first(researcher, learned):
    first = researcher.browser.post(f"{HOME}{learned.pk}/learning-curve/")
    assert first.status_code == 302
    assert "/jobs/" in first["Location"]
    again = researcher.api.post(f"{LIST}{learned.pk}/learning-curve/")
    assert again.status_code == 409
    assert "already" in again.json()["detail"]


def test_a_model_that_is_not_learned_has_no_curve(researcher, wish):
    pk = researcher.api.post(LIST, wish).json()["id"]
    answer = researcher.api.post(f"{LIST}{pk}/learning-curve/")
    assert answer.status_code == 409
    assert "has not been learned" in answer.json()["detail"]


def test_a_snapshot_without_a_test_split_has_no_curve(researcher, wish, freeze, finish_jobs):
    frozen = freeze([comparison(number, "train") for number in range(20)])
    pk = researcher.api.post(LIST, {**wish, "snapshot": str(frozen.pk)}).json()["id"]
    finish_jobs()
    answer = researcher.api.post(f"{LIST}{pk}/learning-curve/")
    assert answer.status_code == 409
    assert "test split" in answer.json()["detail"]
    assert "test split" in researcher.browser.get(f"{HOME}{pk}/").content.decode()


def test_too_few_test_comparisons_end_the_job_with_a_sentence(researcher, learned, finish_jobs):
    researcher.api.post(f"{LIST}{learned.pk}/learning-curve/")
    job = finish_jobs()[-1]
    assert job.state == "failed"
    assert "8 decided comparisons; 20 are needed" in job.error
    assert "20 are needed" in researcher.browser.get(f"{HOME}{learned.pk}/").content.decode()


def test_another_workspaces_model_does_not_exist(learned, stranger):
    assert stranger.api.post(f"{LIST}{learned.pk}/learning-curve/").status_code == 404
