"""What a policy's answers to some prompts are worth, several to each, from random numbers of the measurement's own."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from lm.templates import Conversation
from rewardmodels.learning.rewards import Reward
from training.learning import looks, rewards, rollouts
from training.learning.commissions import Check
from training.learning.policies import Policy
from training.learning.settings.online import Online

Floats = NDArray[np.float64]
FEWEST = 2  # answers to a prompt: of one, no noise could be told
NAME = "what is wanted"


class Panel(NamedTuple):
    """Prompts, the same at each measurement, and how often each is answered."""

    prompts: Sequence[Conversation]
    samples: int

    @property
    def answers(self) -> int:
        return len(self.prompts) * self.samples


class Measured(NamedTuple):
    values: Floats  # (prompts, samples) of what is wanted
    means: dict[str, float]  # by component
    deviations: dict[str, float]  # of single answers

    @property
    def value(self) -> float:
        return float(self.values.mean())

    @property
    def by_prompt(self) -> Floats:
        return np.asarray(self.values.mean(1))

    @property
    def noise(self) -> float:
        """The standard error that answers bring in: between measurements the prompts are the same."""
        prompts, samples = self.values.shape
        return math.sqrt(float(self.values.var(axis=1, ddof=1).sum()) / samples) / prompts


def panel(prompts: Sequence[Conversation], answers: int) -> Panel:
    """As many prompts as so many answers reach, at least `FEWEST` to each."""
    taken = prompts[: max(1, answers // FEWEST)]
    return Panel(taken, max(FEWEST, answers // len(taken)))


def measure(
    policy: Policy,
    asked: Panel,
    by: tuple[Mapping[str, Reward], Check],
    settings: Online,
    seed: int,
    purpose: str,
) -> Measured:
    components, wanted = by
    drawn = [
        rollouts.numbers(settings.max_new_tokens, seed, purpose, prompt, one)
        for prompt in range(len(asked.prompts))
        for one in range(asked.samples)
    ]
    rollout = rollouts.sample(policy, asked.prompts, torch.stack(drawn), settings.pass_tokens)
    values = [float(one) for one in wanted(rollout.items)]
    looks.must_be_numbers(NAME, values)
    said = rewards.of_rollout(components, rollout, settings.pass_tokens)
    return Measured(
        np.array(values).reshape(len(asked.prompts), asked.samples),
        {name: float(one.rewards.mean()) for name, one in said.items()},
        {name: float(one.rewards.std(correction=0)) for name, one in said.items()},
    )
