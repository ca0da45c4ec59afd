"""A run that finds its multipliers in one shot. Imported by the worker alone."""

from typing import Any

from jobs.work import Failed, Work
from rewardmodels.learning.rewards import Reward
from training import components, keeping, lineage, opened, prompts, telling
from training.foretelling import FORETOLD
from training.learning.beside import Way
from training.learning.commissions import Outcome
from training.learning.observing import RunObserver
from training.learning.oneshot import mocan, ratios
from training.learning.oneshot.mocan import Shot
from training.learning.oneshot.multipliers import Unfindable
from training.learning.settings.oneshot import LOOKED, SAMPLES, Mocan, OneShot, Pecan
from training.learning.settings.plan import Plan
from training.models import Run


def shoot(work: Work, run: Run, observer: RunObserver) -> Outcome:
    """Sample, solve, say what to expect, learn, and hold that against answers to prompts that were not learned from."""
    shot = commission(work, run)

    def foretell(told: dict[str, Any]) -> None:
        for bound in told["bounds"]:
            work.log(f"λ of {bound['component']} {bound['role']} {bound['threshold']:g}: {bound['multiplier']:.4g}.")
        save(work, run, told)

    try:
        found = mocan.run(shot, observer, foretell)
    except Unfindable as error:
        raise Failed(str(error)) from error
    keeping.checkpoint(work, run, found.steps, found.folder, found.figures)
    own = shot.settings
    way = Way(SAMPLES, own.max_new_tokens, own.prompt_limit, own.pass_tokens, run.seed)
    seen = telling.look(work, run, found, (shot.fresh or shot.held_out)[:LOOKED], shot.rewards, way)
    save(work, run, {**run.details[FORETOLD], "realised": seen, "are_fresh": bool(shot.fresh)})
    if short := mocan.fell_short(run.details[FORETOLD]["kl"]["predicted"], seen["kl"]):
        observer.alarm("hardly_learned", found.steps, short)
    why = f"The multipliers were found, and all {found.steps} steps over {found.judgments} labels were taken."
    return Outcome("completed", why, found.steps, found.steps, found.figures, found.figures)


def save(work: Work, run: Run, told: dict[str, Any]) -> None:
    run.details = {**run.details, FORETOLD: told}
    with work.holding():
        Run.objects.filter(pk=run.pk).update(details=run.details)


def commission(work: Work, run: Run) -> Shot:
    """By reward models, or by policies that were aligned with what reward models would say."""
    from lm import templates

    work.progress(0.0, "Opening the policy")
    policy = opened.policy(work, run.workspace, run.policy)
    try:
        asked = [templates.conversation(one) for one in prompts.listed(run.prompts_sha256)]
    except FileNotFoundError:
        raise Failed("The frozen prompts of this run are missing; restore them from a backup.") from None
    own: OneShot = Pecan(**run.settings) if run.is_by_policies else Mocan(**run.settings)
    return Shot(
        policy=policy,
        prompts=asked,
        rewards=read_off(work, run, own) if isinstance(own, Pecan) else learned(run),
        plan=plan_of(run),
        settings=own,
        seed=run.seed,
        folder=work.folder / "run",
        lineage=lineage.card(run),
    )


def learned(run: Run) -> dict[str, Reward]:
    parts = run.components.select_related("reward_model")
    return {part.name: opened.reward(part.reward_model, part.reward_sha256) for part in parts}


def read_off(work: Work, run: Run, own: Pecan) -> dict[str, Reward]:
    """The reference is opened once more: the one that is learned does not stay what it was."""
    work.progress(0.0, "Opening the aligned policies")
    names = [run.policy, *(one.policy for one in run.sources.all())]
    base, *aligned = [opened.policy(work, run.workspace, name) for name in names]
    return ratios.rewards(base, aligned, own)


def plan_of(run: Run) -> Plan:
    if not run.is_by_policies:
        return components.plan_of_run(run)
    return ratios.plan_of([one.margin for one in run.sources.all() if one.margin is not None])
