"""A look at answers to prompts held out: what the components and checks say, with the same random numbers each time.

So that two looks differ by the policy alone, a prompt's answer is drawn from numbers that do not know the step.
"""

import math
from typing import NamedTuple

import numpy as np
import torch

from training.learning import processes, rewards, rollouts, signals
from training.learning.commissions import Commission, Unrunnable
from training.learning.policies import Policy


class Look(NamedTuple):
    figures: dict[str, float]
    values: list[float]  # of the first check by prompt; empty without checks
    proxies: list[float]  # weights · rewards, by prompt


def look(commission: Commission, policy: Policy, budget: int) -> Look:
    """One answer to each prompt held out."""
    prompts = commission.looking.prompts
    rollout = rollouts.sample(policy, prompts, numbers(commission, len(prompts)), budget)
    found = {"held_out/length": float(rollout.lengths.double().mean())}
    said = rewards.of_rollout(commission.rewards, rollout, budget)
    for name, scored in said.items():
        found[f"held_out/{name}"] = float(scored.rewards.mean())
    values: list[list[float]] = []
    for name, check in commission.looking.checks.items():
        own = processes.share(len(rollout.items))
        asked = rollout.items[own.start : own.stop]
        values.append(processes.together([float(one) for one in check(asked)] if asked else []))
        must_be_numbers(name, values[-1])
        found[f"check/{name}"] = float(np.mean(values[-1]))
        found[f"check_error/{name}"] = error(values[-1])
    return Look(found, values[0] if values else [], signals.proxies(commission.plan, said))


def numbers(commission: Commission, prompts: int) -> torch.Tensor:
    """(prompts, tokens): those of the first prompts held out, at every step the same."""
    longest, seed = commission.settings.max_new_tokens, commission.seed
    return torch.stack([rollouts.numbers(longest, seed, "look", place) for place in range(prompts)])


def must_be_numbers(name: str, values: list[float]) -> None:
    if not all(map(math.isfinite, values)):
        raise Unrunnable(f"The check “{name}” gives no number for some answer.")


def error(values: list[float]) -> float:
    """The standard error of the mean."""
    return float(np.std(values, ddof=1) / math.sqrt(len(values))) if len(values) > 1 else 0.0
