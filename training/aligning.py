"""A run that learns from frozen judgments themselves. Imported by the worker alone."""

from collections.abc import Mapping
from dataclasses import replace

from jobs.work import Work
from rewardmodels import fits
from rewardmodels import places as reward_places
from training import approvals, components, keeping, lineage, opened, telling
from training.learning.commissions import Outcome
from training.learning.direct import alignment
from training.learning.direct.settings import kinds
from training.models import Run


def align(work: Work, run: Run) -> Outcome:
    """Align the policy with the snapshot's judgments; its one checkpoint is that after the last step."""
    from annotation.snapshots import reading

    assert run.snapshot is not None
    work.progress(0.0, "Opening the policy")
    policy = opened.policy(work, run.workspace, run.policy)
    own = kinds.read(run.algorithm, run.settings)
    parts = run.components.select_related("reward_model")
    rewards = {
        f"{components.MODEL}{part.reward_model_id}": opened.reward(part.reward_model, part.reward_sha256)
        for part in parts
    }

    def report(step: int, values: Mapping[str, float]) -> None:
        approvals.must_stand(run)
        work.report(step, values)

    found = alignment.train(
        (row.as_json() for row in reading.read(run.snapshot)),
        policy,
        own,
        folder=work.folder / "run",
        seed=run.seed,
        rewards=rewards,
        lineage=lineage.card(run),
        cache=reward_places.feature_cache(),
        observer=replace(fits.observer_of(work), report=report),
    )
    keeping.checkpoint(work, run, found.steps, found.folder, found.figures)
    del policy  # it was learned in place; what is asked now is what was kept
    telling.tell(
        work, run, own, found, {part.name: rewards[f"{components.MODEL}{part.reward_model_id}"] for part in parts}
    )
    why = f"All {found.steps} steps over {found.judgments} judgments were taken."
    return Outcome("completed", why, found.steps, found.steps, found.figures, found.figures)
