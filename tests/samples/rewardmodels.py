"""Reward models."""

from typing import Any
from uuid import UUID, uuid4

from django.utils.timezone import now

from annotation.models import Snapshot, Sorting
from jobs.models import Job
from rewardmodels import comparisons
from rewardmodels.batches import asking, results
from rewardmodels.models import RewardModel
from tests.conftest import Member
from tests.samples.annotation import project_with_a_task
from tests.samples.registry import World, sample


@sample("reward-model-batch.pk", "reward-model-batch-status.pk", "reward-model-scores.pk", "api-scores.pk")
def scored_model(world: World, actor: Member) -> Any:
    return scores_of(world).subject_id


@sample("reward-model-batch.job", "reward-model-batch-status.job", "reward-model-scores.job", "api-scores.job")
def scores(world: World, actor: Member) -> Any:
    return scores_of(world).pk


def scores_of(world: World) -> Job:
    """One file of scores of one model, however often it is asked for in one address."""
    known = Job.objects.filter(kind=asking.KIND).first()
    if known:
        return known
    path = results.place("b" * 64, "jsonl")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}\n")
    told = {"sha256": "b" * 64, "name": "scores.jsonl", "bytes": 3, "scored": 1, "rejected": [], "unit": "logit"}
    return Job.objects.create(
        workspace=world.workspace, kind=asking.KIND, queue="cpu", subject_kind="reward_model",
        subject_id=UUID(str(made(world))), arguments={"format": "jsonl"}, state="succeeded", result=told, attempt=1,
        started_at=now(), seen_at=now(), finished_at=now(),
    )  # fmt: skip


@sample("reward-model-comparison*.job")
def comparison(world: World, actor: Member) -> Any:
    arguments = {"one": str(made(world)), "other": str(made(world)), "sha256": ["", ""]}
    return Job.objects.create(workspace=world.workspace, kind=comparisons.KIND, queue="short", arguments=arguments).pk


@sample("reward_model", "reward_model_id", "reward-model*.pk", "api-reward-model*.pk")
def reward_model(world: World, actor: Member) -> Any:
    return made(world)


def made(world: World) -> Any:
    snapshot = Snapshot.objects.create(project=project_with_a_task(world), name="Sample", splits={"train": 1.0})
    model = RewardModel.objects.create(
        workspace=world.workspace, name="Sample", kind="bradley_terry", snapshot=snapshot, backbone="builtin:minilm"
    )
    return model.pk


@sample("api-project-order-tasks.project")
def project_put_in_order(world: World, actor: Member) -> Any:
    return sorting_of(world).project_id


@sample("api-project-order-tasks.order")
def order_of_tasks(world: World, actor: Member) -> Any:
    return sorting_of(world).pk


def sorting_of(world: World) -> Sorting:
    """One order of one project, however often it is asked for in one address."""
    known = Sorting.objects.filter(project__workspace=world.workspace).first()
    return known or Sorting.objects.create(
        project=project_with_a_task(world), job=uuid4(), rule="information", source={}, random_share=0.2, seed=0
    )
