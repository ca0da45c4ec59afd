"""What a run is to do, and what came of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lm.causal import Causal
from lm.templates import Conversation
from rewardmodels.learning.rewards import Items, Reward
from training.learning import cone
from training.learning.people import Hearing
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
    agreement: float | None = None  # of the proxy with what it stands for; where its gain vouches for none, it ends
    hearing: Hearing | None = None  # people; without other checks they decide

    def __post_init__(self) -> None:
        if (self.checks or self.hearing) and not self.prompts:
            raise Unrunnable("Checks are made on answers to prompts held out, and the run has none.")
        if self.hearing and not 1 <= self.hearing.prompts <= len(self.prompts):
            raise Unrunnable("People are asked about at least one prompt, and no more than are held out.")
        if self.fall is not None and not (self.checks or self.hearing):
            raise Unrunnable("A run can stop after the fall of a check only where it has one.")
        if self.agreement is not None and not (self.prompts and 0.5 < self.agreement <= 1):
            raise Unrunnable(
                "A proxy vouches for what it agrees with on more than half of all pairs, at prompts held out."
            )
        if self.every < 1 or (self.fall is not None and self.fall <= 0):
            raise Unrunnable("A run looks every step at most, and stops after a fall of more than nothing.")

    def hears(self, step: int, *, is_over: bool) -> bool:
        """Whether people are to be heard after this step."""
        return self.hearing is not None and self.hearing.is_due(step, is_over=is_over)

    @property
    def are_people_deciding(self) -> bool:
        """Whether it is people who say which step was best: more than once, and nothing else does."""
        return not self.checks and self.hearing is not None and self.hearing.every is not None

    @property
    def is_deciding(self) -> bool:
        return bool(self.checks) or self.are_people_deciding

    @property
    def described(self) -> dict[str, Any]:
        """In plain values."""
        found: dict[str, Any] = {"every": self.every, "fall": self.fall, "checks": list(self.checks)}
        if self.agreement is not None:
            found["agreement"] = self.agreement
        if self.hearing is not None:
            found["people"] = {"every": self.hearing.every, "prompts": self.hearing.prompts}
        return found


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
        if self.looking.agreement is not None and not cone.can_be_told(self.plan):
            raise Unrunnable("A proxy's gain is told where components have weights, and none is pulled to a target.")

    @property
    def described(self) -> dict[str, Any]:
        """What makes it this run and no other, in plain values."""
        return {
            "algorithm": self.settings.name,
            "settings": asdict(self.settings),
            "plan": asdict(self.plan),
            "seed": self.seed,
            "looking": self.looking.described,
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
