"""Runs, and looks at references."""

from typing import Any

from django.utils.timezone import now

from jobs.models import Job
from rewardmodels.models import RewardModel
from tests.conftest import Member
from tests.samples.registry import World, sample
from tests.samples.rewardmodels import reward_model
from training.models import Checkpoint, Run, RunAlarm, RunComponent, RunSample
from training.references import asking


@sample("run", "run_id", "run*.pk", "api-run*.pk")
def run(world: World, actor: Member) -> Any:
    """One that was cancelled on its way: it has measured, kept a checkpoint and noticed something."""
    model = RewardModel.objects.get(pk=reward_model(world, actor))
    job = Job.objects.create(
        workspace=world.workspace, kind="training.run", queue="gpu", state="cancelled", attempt=1, finished_at=now()
    )
    for step in range(3):
        for name in ("reward/Sample", "kl", "multiplier/Sample/at_most"):
            job.measurements.create(attempt=1, step=step, name=name, value=0.1 * step)
    made = Run.objects.create(
        workspace=world.workspace, name="Sample", policy="builtin:textworld", algorithm="rloo", steps=10, job=job,
        prompts={"records": 2}, prompts_sha256="c" * 64, prompts_count=2,
        details={"reference": {"Sample": [2.5, 3.0, 3.5]}},
    )  # fmt: skip
    part = RunComponent.objects.create(
        run=made, reward_model=model, name="Sample", place=0, weight=1.0, reward_sha256="d" * 64, unit="logit"
    )
    part.bounds.create(role="at_most", threshold=2.0, quantile=0.0)
    Checkpoint.objects.create(run=made, step=2, sha256="e" * 64, bytes=1_024, is_best=True)
    RunAlarm.objects.create(run=made, name="truncated", step=1, text="Nearly every answer was cut off.")
    RunSample.objects.create(
        run=made, step=2, place=0, prompt=[{"role": "user", "content": "Sample?"}], response="Sample", reference="",
        rewards={"Sample": 0.4}, kl=0.2,
    )  # fmt: skip
    return made.pk


@sample("api-reference.job")
def reference(world: World, actor: Member) -> Any:
    return Job.objects.create(workspace=world.workspace, kind=asking.KIND, queue="gpu").pk
