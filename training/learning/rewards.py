"""What the components say of a rollout, raw; and a score as rewards of tokens."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from rewardmodels.learning.rewards import Reward
from training.learning.commissions import Unrunnable
from training.learning.rollouts import Rollout


def of_rollout(rewards: Mapping[str, Reward], rollout: Rollout, budget: int) -> dict[str, Tensor]:
    """By component (answers,) fp64: uncalibrated, in the reward model's own unit."""
    return {name: of_items(name, reward, rollout, budget)[0] for name, reward in rewards.items()}


def of_items(name: str, reward: Reward, rollout: Rollout, budget: int) -> tuple[Tensor, Tensor]:
    """(rewards, spreads), each (answers,); the spread is NaN where a reward has none."""
    scores = reward.score(rollout.items, budget=budget)
    bad = next((place for place, one in enumerate(scores) if not math.isfinite(one.reward)), None)
    if bad is not None:
        text = rollout.texts[bad][:80]
        raise Unrunnable(
            f"“{name}” gives no number for the answer “{text}”: its weights overflow. Choose another model."
        )
    spreads = [math.nan if one.spread is None else one.spread for one in scores]
    return torch.tensor([one.reward for one in scores], dtype=torch.float64), torch.tensor(spreads)


def by_token(scores: Tensor, log_ratios: Tensor, lengths: Tensor, beta: float) -> Tensor:
    """(tokens,): −β log π/reference at each token, and the score on each answer's last one (T5)."""
    rewards = -beta * log_ratios
    last = lengths.cumsum(0) - 1
    return rewards.index_add(0, last, scores.to(rewards.dtype))
