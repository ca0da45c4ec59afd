"""The looks of a run at prompts held out, in memory. Imported by the worker alone."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jobs.work import Work
from rewardmodels.learning.rewards import Items, Reward
from rewardmodels.learning.world import gold as world
from training import opened
from training.checks import hearing
from training.learning.commissions import NEVER, Check, Looking
from training.learning.studies import truths
from training.models import Run, RunGold

if TYPE_CHECKING:
    from annotation.canonical import Messages


def of(work: Work, run: Run, held_out: "Sequence[Messages]") -> Looking:
    """What the run asked to be looked at with."""
    from lm import templates

    if not run.checks:
        return NEVER
    golds = run.golds.select_related("reward_model")
    return Looking(
        prompts=[templates.conversation(one) for one in held_out],
        checks={gold.name: check(gold) for gold in golds},
        every=run.checks["every"],
        fall=run.checks["fall"],
        agreement=run.checks.get("agreement"),
        hearing=hearing.of(work, run),
    )


def check(gold: RunGold) -> Check:
    if gold.reward_model is None:
        return truth
    return scorer(opened.reward(gold.reward_model, gold.reward_sha256))


def truth(items: Items) -> list[float]:
    return [float(value) for value in truths.values(world.gold, items)]


def scorer(reward: Reward) -> Check:
    return lambda items: [one.reward for one in reward.score(items)]
