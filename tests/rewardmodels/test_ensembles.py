"""An ensemble through the product: asked for, learned, shown and scored."""

import pytest

from rewardmodels import ensembles
from rewardmodels.models import RewardModel
from tests.rewardmodels import asking
from tests.rewardmodels.conftest import comparison

LIST = "/api/v1/reward-models/"


@pytest.fixture
def wish(wish, freeze):
    """Judgments of which some contradict the rest, so that the model is wrong often enough to look at."""
    names = ("train", "train", "validation", "test")
    frozen = [comparison(n, names[n % 4], preferred="bad" if n % 7 < 2 else "good") for n in range(240)]
    settings = {"max_length": 48, "weight_decay": 0.5, "members": 3, "combine": "uncertainty"}
    return {**wish, "kind": "ensemble", "settings": settings, "snapshot": str(freeze(frozen).pk)}


def test_an_ensemble_is_learned_and_its_page_says_what_its_spread_is_good_for(researcher, learned):
    assert learned.kind == "ensemble"
    assert learned.details["members"]["count"] == 3
    assert set(learned.details["members"]) >= {"wrong", "correlation", "disagreement", "spread", "distance"}
    page = researcher.browser.get(f"/w/home/reward-models/{learned.pk}/").content.decode()
    for words in ("Its members", "the mean less 0.5 times the variance (ddof 0)", "Spread not informative", "AUROC"):
        assert words in page


def test_a_score_has_a_spread_and_parts_that_add_up(researcher, learned, scorer):
    items = [{"prompt": "hello 1", "response": "please thank you 1"}, {"prompt": "hello 1", "response": "no no no 1"}]
    scores = asking.score(researcher.api, learned.pk, items).json()["scores"]
    for score in scores:
        assert score["spread"] > 0
        parts = score["components"]
        assert parts["mean"] + parts["caution"] == pytest.approx(score["reward"], abs=1e-5)
        assert parts["caution"] < 0


ADAPTERS = {"mode": "lora", "rank": 2, "backbone_learning_rate": 3e-3, "epochs": 1, "pass_tokens": 400}


def test_members_that_learn_adapters_are_measured_scored_and_shown(researcher, wish, finish_jobs, scorer):
    settings = {**wish["settings"], **ADAPTERS, "members": 2}
    answer = researcher.api.post(LIST, {**wish, "settings": settings})
    (job,) = finish_jobs()
    assert job.state == "succeeded", job.error
    model = RewardModel.objects.get(pk=answer.json()["id"])
    steps = list(job.measurements.filter(name="held_out_loss").values_list("step", flat=True).order_by("step"))
    trails = model.details["tuning"]["members"]
    assert max(steps) == model.details["fit"]["steps"] + sum(one["steps"] for one in trails)
    items = [{"prompt": "hello 1", "response": "please thank you 1"}, {"prompt": "hello 1", "response": "no no no 1"}]
    courteous, rude = asking.score(researcher.api, model.pk, items).json()["scores"]
    assert courteous["reward"] > rude["reward"]
    assert courteous["spread"] > 0
    page = researcher.browser.get(f"/w/home/reward-models/{model.pk}/").content.decode()
    for words in ("Each learned", "adapters of its own", "a backbone with the members’ mean weights and one head"):
        assert words in page


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"members": 1}, "settings.members"),
        ({"combine": "best"}, "settings.combine"),
        ({"ddof": 2}, "settings.ddof"),
        ({"mode": "heads"}, "settings.mode"),
    ],
)
def test_what_makes_no_ensemble_is_refused_at_its_field(researcher, wish, given, field):
    answer = researcher.api.post(LIST, {**wish, "settings": given})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert not RewardModel.objects.exists()


def test_a_model_without_members_has_no_such_part():
    assert ensembles.of(RewardModel(details={})) is None


def test_too_few_errors_are_said_to_be_too_few():
    tone, said = ensembles.use({"n": 4, "wrong": 1})
    assert tone == "warn"
    assert "Too few" in said
