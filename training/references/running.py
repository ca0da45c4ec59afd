"""A reference is sampled and scored: by a job of its own, or as a run begins. Imported by the worker alone."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any
from uuid import UUID

from jobs.work import Failed, Work
from rewardmodels import opening
from rewardmodels import places as reward_places
from rewardmodels.learning import folder as folders
from rewardmodels.models import RewardModel
from training import opened, prompts, warnings
from training.models import Run
from training.references import thresholds
from training.references.asking import SAMPLES

if TYPE_CHECKING:
    from lm.causal import Causal
    from lm.templates import Conversation
    from rewardmodels.learning.rewards import Reward
    from training.learning.rollouts import Rollout

AT_ONCE = 32  # answers between two looks at whether somebody asked to stop
BUDGET = 16_384  # tokens of one pass
DIGITS = 6  # that are kept of a reward


def run(work: Work) -> dict[str, Any]:
    """What reward models say of a policy's own answers, lowest first."""
    asked = work.arguments
    work.progress(0.0, "Opening the policy")
    policy = opened.policy(work, work.workspace(), asked["policy"])
    work.progress(0.1, "Opening the reward models")
    rewards = {pk: reward_of(pk, sha256) for pk, sha256 in asked["rewards"].items()}
    found = look(work, policy, conversations(asked["prompts_sha256"]), rewards, asked)
    units = {str(one.pk): one.unit for one in RewardModel.objects.filter(pk__in=asked["rewards"])}
    for pk, one in found["rewards"].items():
        one["unit"] = units[pk]
    return found


def reward_of(pk: str, sha256: str) -> "Reward":
    if not RewardModel.objects.filter(pk=pk, deleted_at=None).exists():
        raise Failed("A reward model was deleted before it was asked.")
    place = reward_places.folder_of(UUID(pk))
    folders.verify(place, sha256)
    return opening.open_reward(place)


def conversations(sha256: str) -> "list[Conversation]":
    from lm import templates

    try:
        return [templates.conversation(one) for one in prompts.listed(sha256)]
    except FileNotFoundError:
        raise Failed("The frozen prompts are missing; restore them from a backup.") from None


def look(
    work: Work,
    policy: "Causal",
    asked: "Sequence[Conversation]",
    rewards: "Mapping[str, Reward]",
    how: Mapping[str, Any],
) -> dict[str, Any]:
    """Sample and score: {"samples", "truncated_percent", "mean_length", "rewards": {name: {"values"}}}."""
    rollouts = sampled(work, policy, asked, how)
    items = [item for rollout in rollouts for item in rollout.items]
    values = {}
    for place, (name, reward) in enumerate(rewards.items()):
        work.progress(0.6 + 0.4 * place / len(rewards), "Scoring the reference")
        scores = reward.score(items)
        if any(not score.is_number for score in scores):
            raise Failed("A reward model gives no number for some answer of this policy.")
        values[name] = {"values": sorted(round(score.reward, DIGITS) for score in scores)}
    lengths = [int(length) for rollout in rollouts for length in rollout.lengths]
    cut = [bool(one) for rollout in rollouts for one in rollout.is_truncated]
    return {
        "samples": len(items),
        "mean_length": round(fmean(lengths)),
        "truncated_percent": round(100 * fmean(cut)),
        "rewards": values,
    }


def sampled(work: Work, policy: "Causal", asked: "Sequence[Conversation]", how: Mapping[str, Any]) -> "list[Rollout]":
    """As many answers as were asked for, to prompts in an order of the seed's; short batches, so that it can stop."""
    import torch

    from training.learning import beside, rollouts

    still = beside.still(policy, how["max_prompt"], how["max_new_tokens"])
    wanted, seed = how["samples"], how["seed"]
    chosen = [asked[place] for place in rollouts.order(seed, len(asked), 0, wanted)]
    found = []
    for start in range(0, wanted, AT_ONCE):
        work.progress(0.1 + 0.5 * start / wanted, "Sampling the reference")
        places_ = range(start, min(wanted, start + AT_ONCE))
        drawn = torch.stack([rollouts.numbers(how["max_new_tokens"], seed, "reference", place) for place in places_])
        found.append(rollouts.sample(still, [chosen[place] for place in places_], drawn, BUDGET))
    return found


def place_thresholds(
    work: Work, run: Run, policy: "Causal", asked: "Sequence[Conversation]", rewards: "Mapping[str, Reward]"
) -> None:
    """Each threshold gets its place among the reference's rewards, once a run."""
    held = {bound.component.name for bound in thresholds.of(run)}
    if not held or "reference" in run.details:
        return
    lengths = {name: run.settings[name] for name in ("max_prompt", "max_new_tokens")}
    how = {**lengths, "samples": SAMPLES, "seed": run.seed}
    found = look(work, policy, asked, {name: rewards[name] for name in held}, how)
    with work.holding():
        thresholds.place(run, {name: one["values"] for name, one in found["rewards"].items()})
    for said in warnings.of(run):
        work.log(said)
