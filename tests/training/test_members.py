"""A run against an ensemble whose members learned adapters of their own."""

import pytest

from rewardmodels.models import RewardModel
from tests.rewardmodels.conftest import backbone, learned, snapshot
from training.models import Run

__all__ = ["backbone", "learned", "snapshot"]
LEARNING = {"mode": "lora", "rank": 2, "epochs": 1, "pass_tokens": 400, "backbone_learning_rate": 3e-3}
ENSEMBLE = {"max_length": 48, "weight_decay": 0.5, "members": 2, "combine": "worst", **LEARNING}


@pytest.fixture
def wish(request):
    asked = {"snapshot": str(request.getfixturevalue("snapshot").pk), "backbone": request.getfixturevalue("backbone")}
    return {"name": "Courtesy", "kind": "ensemble", "settings": ENSEMBLE, "seed": 1, **asked}


def test_a_run_is_pushed_by_the_worst_member_and_their_spread_is_measured(researcher, asked, request, finish_jobs):
    learned = request.getfixturevalue("learned")
    RewardModel.objects.filter(pk=learned.pk).update(standing="approved")
    answer = researcher.api.post(
        "/api/v1/runs/", {**asked, "components": [{"reward_model": str(learned.pk), "weight": 1.0}]}
    )
    assert answer.status_code == 202, answer.json()
    (job,) = finish_jobs()
    assert job.state == "succeeded", job.error
    run = Run.objects.get(pk=answer.json()["id"])
    names = set(run.job.measurements.values_list("name", flat=True))
    assert any("spread" in name for name in names), names
