"""What the components say of a rollout, raw; and a score as rewards of tokens."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from rewardmodels.learning.rewards import Items, Reward
from training.learning import processes
from training.learning.commissions import Unrunnable
from training.learning.rollouts import Rollout


class Scored(NamedTuple):
    """What a component says of answers, (answers,) each."""

    rewards: Tensor  # fp64, uncalibrated, in the reward model's own unit
    spread: Tensor  # of an ensemble's members; NaN where a reward has none


def of_rollout(rewards: Mapping[str, Reward], rollout: Rollout, budget: int) -> dict[str, Scored]:
    """By component."""
    return {name: of_items(name, reward, rollout.items, budget) for name, reward in rewards.items()}


def of_items(name: str, reward: Reward, items: Items, budget: int) -> Scored:
    """Each process scores its share."""
    own = processes.share(len(items))
    asked = items[own.start : own.stop]
    scores = processes.together(reward.score(asked, budget=budget) if asked else [])
    bad = next((place for place, one in enumerate(scores) if not math.isfinite(one.reward)), None)
    if bad is not None:
        text = items[bad][1][:80]
        raise Unrunnable(
            f"“{name}” gives no number for the answer “{text}”: its weights overflow. Choose another model."
        )
    spreads = [math.nan if one.spread is None else one.spread for one in scores]
    values = torch.tensor([one.reward for one in scores], dtype=torch.float64)
    return Scored(values, torch.tensor(spreads, dtype=torch.float64))


def by_token(scores: Tensor, log_ratios: Tensor, lengths: Tensor, beta: float) -> Tensor:
    """(tokens,): −β log π/reference at each token, and the score on each answer's last one (T5)."""
    rewards = -beta * log_ratios
    last = lengths.cumsum(0) - 1
    return rewards.index_add(0, last, scores.to(rewards.dtype))
