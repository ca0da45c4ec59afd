"""One run is carried out: what it learns from and against in, checkpoints and an outcome left. For the worker alone."""

import shutil
from functools import partial
from pathlib import Path
from typing import Any

from jobs.work import Failed, Work
from training import (
    aligning,
    approvals,
    choosing,
    components,
    endings,
    keeping,
    lineage,
    merging,
    opened,
    prompts,
    shooting,
)
from training.checks import holding, looking
from training.checks.holding import Split
from training.learning import running
from training.learning.commissions import Commission
from training.learning.observing import RunObserver
from training.learning.settings import algorithms
from training.models import Run
from training.references import running as looks


def run(work: Work) -> dict[str, Any]:
    """Take the steps of the run that the job names, and keep what came of it."""
    found = Run.objects.select_related("workspace").get(pk=work.arguments["run"])
    if found.deleted_at is not None:
        raise Failed("This run was deleted before it began.")
    if found.is_over:
        raise Failed("This run is over; begin another one to go on from its checkpoint.")
    approvals.must_stand(found)
    told = (choosing.choose if found.is_selection else learn)(work, found, observer_of(work, found))
    shutil.rmtree(work.folder, ignore_errors=True)  # what resuming needed is of no use any more
    return told


def learn(work: Work, found: Run, observer: RunObserver) -> dict[str, Any]:
    """What comes of it is a policy, which is kept."""
    if found.is_direct:
        outcome = aligning.align(work, found)
    elif found.is_one_shot:
        outcome = shooting.shoot(work, found, observer)
    elif found.is_merge:
        outcome = merging.merge(work, found, observer)
    else:
        outcome = running.run(commission(work, found), observer)
        keeping.drop_others(work, found, keeping.still_kept(folder_of(work) / "checkpoints"))
    best = endings.finish(work, found, outcome)
    told = {"id": str(found.pk), "ended": outcome.ended, "why": outcome.why}
    return {**told, "best": best, "last": outcome.last, "figures": outcome.figures}


def commission(work: Work, run: Run) -> Commission:
    assert run.steps is not None  # the database holds that for all that is not aligned
    from lm import templates

    work.progress(0.0, "Opening the policy")
    policy = opened.policy(work, run.workspace, run.policy)
    work.progress(0.0, "Opening the reward models")
    parts = run.components.select_related("reward_model")
    rewards = {part.name: opened.reward(part.reward_model, part.reward_sha256) for part in parts}
    split = divided(run)
    asked = [templates.conversation(one) for one in split.learned]
    looks.place_thresholds(work, run, policy, asked, rewards)
    return Commission(
        policy=policy,
        prompts=asked,
        rewards=rewards,
        plan=components.plan_of_run(run),
        settings=algorithms.read(run.algorithm, run.settings),
        seed=run.seed,
        steps=run.steps,
        folder=folder_of(work),
        looking=looking.of(work, run, split.held_out),
        lineage=lineage.card(run),
    )


def divided(run: Run) -> Split:
    """The run's prompts: those that it learns from, and those that it is only looked at with."""
    try:
        listed = prompts.listed(run.prompts_sha256)
    except FileNotFoundError:
        raise Failed("The frozen prompts of this run are missing; restore them from a backup.") from None
    return holding.split(listed, run.checks["held_out"], run.seed) if run.checks else Split(listed, [])


def observer_of(work: Work, run: Run) -> RunObserver:
    def resumed(step: int) -> None:
        work.log(f"Going on behind step {step}.")
        work.resume_from(step)
        keeping.forget(work, run, step)

    def step(name: str, share: float) -> None:
        approvals.must_stand(run)
        work.progress(share, name)

    return RunObserver(
        phase=step,
        report=work.report,
        say=work.log,
        resumed=resumed,
        samples=partial(keeping.samples, work, run),
        kept=partial(keeping.checkpoint, work, run),
        alarm=partial(keeping.alarm, work, run),
        saving=work.write_notes,
    )


def folder_of(work: Work) -> Path:
    """What the run resumes from; it outlives an attempt."""
    return work.folder / "run"
