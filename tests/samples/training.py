"""Runs, and looks at references."""

from dataclasses import asdict
from typing import Any

from django.utils.timezone import now

from jobs.models import Job
from rewardmodels.models import RewardModel
from tests.conftest import Member
from tests.samples.registry import World, sample
from tests.samples.rewardmodels import reward_model
from training.estimates import asking as estimates
from training.learning.settings.searches import NelderMead
from training.learning.studies import results
from training.learning.studies.registry import STUDIES
from training.models import Campaign, Checkpoint, Run, RunAlarm, RunComponent, RunSample, Study
from training.references import asking
from training.rounds.settings import CampaignSettings
from training.searches import asking as searches
from training.thresholds import asking as proxy_points


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


@sample("proxy-point.pk", "api-proxy-point.job")
def proxy_point(world: World, actor: Member) -> Any:
    """One that was found: a component's threshold, what is wanted there, a cut through the surface."""
    cut = [[0.1 * place, 1.0 - (0.1 * place - 0.5) ** 2, 0.05] for place in range(11)]
    component: dict[str, Any] = {
        "key": "k",
        "title": "Sample",
        "unit": "logit",
        "model": str(reward_model(world, actor)),
    }
    component |= {"threshold": 0.5, "low": 0.4, "high": 0.6, "cut": cut}
    made = run(world, actor)
    result = {
        "components": [component], "wanted": {"key": "w", "title": "truth", "unit": "coins", "model": ""}, "value": 1.0,
        "known": 1.0, "looks": 2, "points": [[0.2, 0.9], [0.6, 1.0]], "runs": [{"id": str(made), "name": "Sample"}],
    }  # fmt: skip
    return Job.objects.create(
        workspace=world.workspace, kind=proxy_points.KIND, queue="cpu", state="succeeded", attempt=1, result=result,
        started_at=now(), seen_at=now(), finished_at=now(), arguments={"runs": [str(made)]},
    ).pk  # fmt: skip


@sample("api-estimate.job")
def estimate(world: World, actor: Member) -> Any:
    return Job.objects.create(workspace=world.workspace, kind=estimates.KIND, queue="gpu").pk


@sample("study*.pk", "api-study*.pk")
def study(world: World, actor: Member) -> Any:
    """One that is over: a curve that falls, over an exact front, with a formula, a peak and a comparison."""
    job = Job.objects.create(
        workspace=world.workspace, kind="training.study", queue="cpu", state="succeeded", attempt=1,
        started_at=now(), seen_at=now(), finished_at=now(), result={},
    )  # fmt: skip
    curves = [
        results.Curve("8 units", [0.0, 1.0, 2.0], [0.0, 3.0, 2.5], [0.0, 2.8, 2.1], [0.0, 3.2, 2.9]),
        results.Curve("exact front", [0.0, 1.0, 2.0], [0.0, 4.0, 5.0], what="exact"),
    ]
    found = results.Result(
        charts=[results.Chart("size", "By size", "√KL", "gold gained", curves)],
        fits=[results.Fit("8 units", "best_of_n", 4.0, (3.5, 4.5), 1.2, (1.0, 1.4), 0.99, 1.67, (1.5, 1.8), 3.3)],
        peaks=[results.Peak("8 units", 1.0, "n = 8", 3.0, 0.17, (0.05, 0.3), is_inside=True)],
        comparisons=[results.Comparison("8 units", "word weights", "n = 64", 0.4, (0.1, 0.7), holds=True)],
        notes=["The gain falls beyond doubt."],
    ).as_dict()
    known = STUDIES["over_optimisation"]
    return Study.objects.create(
        workspace=world.workspace, kind=known.name, tier="smoke", settings=results.plain(asdict(known.tiers["smoke"])),
        seed=1, estimate=12.0, job=job, ended_at=now(), result=found, sha256=found["sha256"],
    ).pk  # fmt: skip


@sample("deletion*.kind")
def kind(world: World, actor: Member) -> str:
    return "campaign"


@sample("campaign*.pk", "api-campaign*.pk", "deletion*.pk")
def campaign(world: World, actor: Member) -> Any:
    """One whose first step waits to be begun."""
    made = Campaign.objects.create(
        workspace=world.workspace, name="Sample", settings=asdict(CampaignSettings()), prompts={"records": 4},
        learned_sha256="a" * 64, held_out_sha256="b" * 64,
    )  # fmt: skip
    made.rounds.create(number=1, policy="builtin:textworld")
    return made.pk


@sample("threshold-search*.pk", "api-threshold-search*.job")
def threshold_search(world: World, actor: Member) -> Any:
    """One that was cancelled after its first proposal."""
    component = {"key": "k", "title": "Sample", "unit": "logit", "name": "sample", "step": None}
    component |= {"model": str(reward_model(world, actor))}
    arguments = {
        "policy": "builtin:textworld", "prompts": "builtin:textworld", "algorithm": "rloo", "settings": {}, "seed": 0,
        "search": asdict(NelderMead()), "components": [component],
        "wanted": {"key": "builtin:textworld", "title": "builtin:textworld", "unit": "coins", "model": ""},
    }  # fmt: skip
    job = Job.objects.create(
        workspace=world.workspace, kind=searches.KIND, queue="gpu", state="cancelled", attempt=1, started_at=now(),
        seen_at=now(), finished_at=now(), arguments=arguments,
    )  # fmt: skip
    told = {"value": 1.0, "error": 0.1, "answers": 256.0, "begin": -1.0, "again": 0.0}
    for name, value in {**told, "threshold/sample": 0.5, "mean/sample": 0.4}.items():
        job.measurements.create(attempt=1, step=0, name=name, value=value)
    return job.pk
