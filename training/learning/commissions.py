"""What a run is to do, and what came of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lm.causal import Causal
from lm.templates import Conversation
from rewardmodels.learning.rewards import Items, Reward
from training.learning.settings import algorithms
from training.learning.settings.online import Online
from training.learning.settings.plan import Plan


class Unrunnable(ValueError):
    """A sentence that says why a run cannot begin or go on, and what to change."""


Check = Callable[[Items], Sequence[float]]  # what a look at held-out answers measures: one figure each


@dataclass(frozen=True)
class Commission:
    """A policy, what it is asked, what it is judged by, and where all of it is kept."""

    policy: Causal
    prompts: Sequence[Conversation]
    rewards: Mapping[str, Reward]  # by the names of the plan's components
    plan: Plan
    settings: Online
    seed: int
    steps: int
    folder: Path  # resumes by itself from what it holds
    held_out: Sequence[Conversation] = ()  # prompts of looks, if there are any
    checks: Mapping[str, Check] = field(
        default_factory=dict
    )  # what looks measure beside the rewards: the first decides
    lineage: Mapping[str, Any] = field(default_factory=dict)  # plain values, for the cards of checkpoints

    def __post_init__(self) -> None:
        if not self.prompts:
            raise Unrunnable("The run has no prompts.")
        if self.steps < 1:
            raise Unrunnable("A run takes at least one step.")
        wanted, given = {one.name for one in self.plan.components}, set(self.rewards)
        if wanted != given:
            raise Unrunnable(f"The plan's components and the rewards differ: {sorted(wanted ^ given)}.")
        if self.checks and not self.held_out:
            raise Unrunnable("Checks are made on answers to prompts held out, and the run has none.")
        algorithms.must_fit(self.plan, self.settings)

    @property
    def described(self) -> dict[str, Any]:
        """What makes it this run and no other, in plain values."""
        return {
            "algorithm": self.settings.name,
            "settings": asdict(self.settings),
            "plan": asdict(self.plan),
            "seed": self.seed,
        }


@dataclass(frozen=True)
class Outcome:
    """How a run ended. `best` and `last` are steps whose checkpoints are kept; 0 is the policy as it was."""

    ended: str  # completed | stopped
    why: str  # a sentence
    best: int
    last: int
    figures: dict[str, float]  # of the last window, by the names of measurements
    best_figures: dict[str, float]
