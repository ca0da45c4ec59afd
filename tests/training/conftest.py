"""A small policy that the operator allows, reward models without weights, and what a person sends to begin a run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from django.utils.timezone import now

from jobs.models import Job
from rewardmodels.learning import measuring
from rewardmodels.models import RewardModel
from tests.rewardmodels.conftest import freeze, rows
from tests.training.tiny import save_policy

__all__ = ["freeze"]
torch.set_num_threads(1)  # two workers on two cores


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder below which the operator allows models; a small policy lies there."""
    root = tmp_path_factory.mktemp("models")
    save_policy(root / "policy")
    return root


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "LEAST_SECONDS", 0.0)  # three passes are enough here
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.DATA_DIR = tmp_path
    settings.MODEL_ROOTS = [str(models), str(tmp_path / "models")]


@pytest.fixture
def policy(models: Path) -> str:
    """The name of a small causal model."""
    return str(models / "policy")


@pytest.fixture
def reward(workspace: Any, freeze: Callable[..., Any]) -> Callable[..., RewardModel]:
    """`reward("Courtesy", standing="candidate")`: a trained reward model, approved unless said otherwise, no files."""

    def make(name: str = "Courtesy", **fields: Any) -> RewardModel:
        given = {"standing": "approved", "trained_at": now(), "sha256": f"{len(name):064x}", "unit": "logit", **fields}
        snapshot = given.pop("snapshot", None) or freeze(rows(10))
        return RewardModel.objects.create(
            workspace=given.pop("workspace", workspace),
            name=name,
            kind="bradley_terry",
            snapshot=snapshot,
            backbone="builtin:minilm",
            **given,
        )

    return make


@pytest.fixture
def asked(policy: str, reward: Callable[..., RewardModel]) -> dict[str, Any]:
    """What a person sends to begin a run."""
    return {
        "name": "Kinder",
        "policy": policy,
        "algorithm": "rloo",
        "prompts": {"records": ["hello 1", "hello 2", {"prompt": [{"role": "user", "content": "hello 3"}]}]},
        "components": [
            {"reward_model": str(reward().pk), "weight": 1.0, "bounds": [{"role": "at_most", "threshold": 2.5}]}
        ],
        "kl": {"role": "penalty", "coefficient": 0.1},
        "settings": {"prompts": 2, "samples": 2, "max_new_tokens": 6, "max_prompt": 24},
        "seed": 1,
        "steps": 3,
    }


@pytest.fixture
def finished_look(researcher: Any) -> Callable[[dict[str, Any], list[float]], Job]:
    """`finished_look(asked, values)`: the reference was looked at, and its rewards were these."""

    def look(asked: dict[str, Any], values: list[float]) -> Job:
        models = [part["reward_model"] for part in asked["components"]]
        wish = {"policy": asked["policy"], "prompts": asked["prompts"], "reward_models": models}
        answer = researcher.api.post("/api/v1/references/", wish)
        assert answer.status_code == 202, answer.json()
        job = Job.objects.get(pk=answer.json()["id"])
        rewards = {pk: {"unit": "logit", "values": values} for pk in models}
        job.result = {"samples": len(values), "mean_length": 5, "truncated_percent": 0, "rewards": rewards}
        job.state, job.attempt = Job.State.SUCCEEDED, 1
        job.started_at = job.seen_at = job.finished_at = now()
        job.save()
        return job

    return look
