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
class Looking:
    """At answers to prompts held out: how often, by what, and when that ends the run."""

    prompts: Sequence[Conversation] = ()
    checks: Mapping[str, Check] = field(default_factory=dict)  # measured beside the rewards; the first decides
    every: int = 10  # steps
    fall: float | None = None  # the share of the first check's gain whose loss, beyond noise, ends the run

    def __post_init__(self) -> None:
        if self.checks and not self.prompts:
            raise Unrunnable("Checks are made on answers to prompts held out, and the run has none.")
        if self.fall is not None and not self.checks:
            raise Unrunnable("A run can stop after the fall of a check only where it has one.")
        if self.every < 1 or (self.fall is not None and self.fall <= 0):
            raise Unrunnable("A run looks every step at most, and stops after a fall of more than nothing.")


NEVER = Looking()


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
    looking: Looking = NEVER
    lineage: Mapping[str, Any] = field(default_factory=dict)  # plain values, for the cards of checkpoints

    def __post_init__(self) -> None:
        if not self.prompts:
            raise Unrunnable("The run has no prompts.")
        if self.steps < 1:
            raise Unrunnable("A run takes at least one step.")
        wanted, given = {one.name for one in self.plan.components}, set(self.rewards)
        if wanted != given:
            raise Unrunnable(f"The plan's components and the rewards differ: {sorted(wanted ^ given)}.")
        algorithms.must_fit(self.plan, self.settings)

    @property
    def described(self) -> dict[str, Any]:
        """What makes it this run and no other, in plain values."""
        return {
            "algorithm": self.settings.name,
            "settings": asdict(self.settings),
            "plan": asdict(self.plan),
            "seed": self.seed,
            "looking": {"every": self.looking.every, "fall": self.looking.fall, "checks": list(self.looking.checks)},
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
