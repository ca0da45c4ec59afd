"""A run that ends where its proxy no longer vouches for what people want, asked for and shown."""

import pytest

from jobs.models import Job
from rewardmodels.models import RewardModel
from tests.rewardmodels.conftest import backbone, learned, snapshot, wish
from tests.training.test_api import begin
from training.sheets.parts import prefix_of

__all__ = ["backbone", "learned", "snapshot", "wish"]
LIST, HOME = "/api/v1/runs/", "/w/home/runs/"
SHARES = {"test": {"accuracy": 0.8}, "validation": {"accuracy": 0.9}}


@pytest.fixture
def vouched(asked, learned):
    """A wish that stops by its proxy, whose reward model agrees with people on four of five pairs."""
    RewardModel.objects.filter(pk=learned.pk).update(standing="approved", metrics=SHARES)
    part = {"reward_model": str(learned.pk), "weight": 1.0}
    checks = {"every": 1, "held_out": 0.01, "goodhart": True}
    return {**asked, "prompts": "builtin:textworld", "components": [part], "checks": checks}


def test_a_run_measures_how_straight_it_goes_and_its_page_draws_what_is_needed(researcher, vouched, finish_jobs):
    run = begin(researcher, vouched, steps=2)
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    shown = researcher.api.get(f"{LIST}{run.pk}/").json()
    assert (shown["checks"]["goodhart"], shown["checks"]["agreement"]) == (True, 0.8)
    measured = researcher.api.get(f"{LIST}{run.pk}/measurements/").json()["results"]
    needed = [one["value"] for one in measured if one["name"] == "cone/needed"]
    assert needed == pytest.approx([0.5877852522924731])  # sin(π/5), once: after step 1 it has not moved yet
    chart = researcher.browser.get(f"{HOME}{run.pk}/chart/", {"panel": "cone/proxy"}).json()
    assert chart["threshold"] == {"label": "vouches above", "value": 0.588}
    page = researcher.browser.get(f"{HOME}{run.pk}/").content.decode()
    assert "agrees with people on 80 % of pairs" in page


@pytest.mark.parametrize(
    ("metrics", "said"),
    [({}, "held against no judgments"), ({"test": {"accuracy": 0.5}}, "no more than by chance")],
)
def test_a_reward_that_vouches_for_nothing_is_refused(researcher, vouched, metrics, said):
    RewardModel.objects.update(metrics=metrics)
    answer = researcher.api.post(LIST, vouched)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == "checks.goodhart"
    assert said in error["message"]


def test_without_a_weight_there_is_no_proxy_to_ask(researcher, vouched):
    part = {**vouched["components"][0], "weight": None, "bounds": [{"role": "at_least", "threshold": 1.0}]}
    answer = researcher.api.post(LIST, {**vouched, "components": [part], "kl": {"role": "objective"}})
    assert answer.json()["errors"][0]["field"] == "checks.goodhart"


def test_a_run_like_it_asks_the_same(researcher, vouched, learned):
    run = begin(researcher, vouched)
    sheet = researcher.browser.get(f"{HOME}new/", {"like": str(run.pk)}).context["sheet"]
    assert sheet.checks["goodhart"].value() == "on"
    assert sheet.parts[0].model.pk == learned.pk
    assert sheet.parts[0].form.prefix == prefix_of(learned.pk)
