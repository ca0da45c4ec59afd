"""Reward models."""

from typing import Any

from annotation.models import Snapshot
from rewardmodels.models import RewardModel
from tests.conftest import Member
from tests.samples.annotation import project_with_a_task
from tests.samples.registry import World, sample


@sample("reward_model", "reward_model_id", "reward-model*.pk", "api-reward-model*.pk")
def reward_model(world: World, actor: Member) -> Any:
    snapshot = Snapshot.objects.create(project=project_with_a_task(world), name="Sample", splits={"train": 1.0})
    made = RewardModel.objects.create(
        workspace=world.workspace, name="Sample", kind="bradley_terry", snapshot=snapshot, backbone="builtin:minilm"
    )
    return made.pk
