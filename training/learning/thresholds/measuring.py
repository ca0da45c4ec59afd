"""A policy's answers to some prompts, several to each, from random numbers of the measurement's own."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch

from lm.templates import Conversation
from rewardmodels.learning.rewards import Reward
from training.learning import rewards, rollouts
from training.learning.policies import Policy
from training.learning.rollouts import Rollout
from training.learning.settings.online import Online
from training.learning.settings.searches import TWICE


class Panel(NamedTuple):
    """Prompts, the same at each measurement, and how often each is answered."""

    prompts: Sequence[Conversation]
    samples: int

    @property
    def answers(self) -> int:
        return len(self.prompts) * self.samples


class Measured(NamedTuple):
    rollout: Rollout
    means: dict[str, float]  # by component
    deviations: dict[str, float]  # of single answers


def panel(prompts: Sequence[Conversation], answers: int) -> Panel:
    """As many prompts as so many answers reach, at least two to each."""
    taken = prompts[: max(1, answers // TWICE)]
    return Panel(taken, max(TWICE, answers // len(taken)))


def measure(
    policy: Policy,
    asked: Panel,
    components: Mapping[str, Reward],
    settings: Online,
    seed: int,
    purpose: str,
) -> Measured:
    drawn = [
        rollouts.numbers(settings.max_new_tokens, seed, purpose, prompt, one)
        for prompt in range(len(asked.prompts))
        for one in range(asked.samples)
    ]
    rollout = rollouts.sample(policy, asked.prompts, torch.stack(drawn), settings.pass_tokens)
    said = rewards.of_rollout(components, rollout, settings.pass_tokens)
    return Measured(
        rollout,
        {name: float(one.rewards.mean()) for name, one in said.items()},
        {name: float(one.rewards.std(correction=0)) for name, one in said.items()},
    )
