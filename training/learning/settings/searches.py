"""What a search for thresholds within one run may spend, and how carefully it goes."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from rewardmodels.learning.settings.fields import check, setting

SPENT = "The answers that it may sample are spent."
ENDED = "The simplex has become small, or noise hides what is left of it."
FEWEST = 4  # steps without which a proposal leads nowhere
TWICE = 2  # answers to a prompt that is measured at, at least: of one, no noise could be told
# How a proposal's bounds are held unless somebody says otherwise: gains in tilts serve any unit (docs/methods/runs.md),
# and a policy that is led on from another needs no warm-up.
HELD: dict[str, Any] = {
    "controller": "pid",
    "gain_unit": "tilt",
    "proportional": 5.0,
    "multiplier_rate": 0.2,
    "derivative": 4.0,
    "cap": 30.0,
    "warm_up": 0,
}


@dataclass(frozen=True)
class NelderMead:
    """A simplex (1965) climbs over thresholds while one policy goes from each to the next (Moskovitz, 2310.04373)."""

    name: ClassVar[str] = "nelder_mead"
    title: ClassVar[str] = "Nelder and Mead’s simplex"

    budget: int = setting(
        20_000,
        "Answers in all",
        "That the search may sample, to learn from and to measure; the last run comes on top.",
        minimum=64,
        maximum=1_000_000_000,
        group="main",
    )
    share: float = setting(
        0.125,
        "Share of a proposal",
        "Of these answers, at most: a proposal that is reached sooner spends less.",
        minimum=0.01,
        maximum=0.5,
        group="main",
    )
    looked: int = setting(
        256,
        "Answers of a measurement",
        "Several to each prompt held out: the more, the less noise hides.",
        minimum=8,
        maximum=100_000,
        group="main",
    )
    last: int = setting(
        40,
        "Steps of the last run",
        "What was found is run once more from the reference, with other random numbers, for so many steps at most.",
        minimum=1,
        maximum=1_000_000,
        group="main",
    )
    step: float = setting(
        0.5,
        "First steps",
        "How far above the reference's own means the first proposals lie, in deviations of its answers; a component "
        "may say its own in its unit.",
        minimum=0.01,
        maximum=100.0,
    )
    held_out: float = setting(
        0.2,
        "Share of prompts held out",
        "Measured at and never learned from; as many others are kept for the last run.",
        minimum=0.001,
        maximum=0.45,
    )
    again: int = setting(
        1,
        "Further measurements",
        "Of a place, where noise hides which of two is better.",
        minimum=0,
        maximum=100,
    )
    near: float = setting(
        0.2,
        "Near enough",
        "In first steps: thresholds are reached when the means of the last steps are as near, and a proposal as near "
        "to a measured one is taken for it.",
        minimum=0.001,
        maximum=1.0,
    )
    smallest: float = setting(
        0.2, "Smallest simplex", "In first steps: a smaller one ends the search.", minimum=0.001, maximum=1.0
    )
    most: int = setting(30, "Most proposals", "More end the search.", minimum=3, maximum=1_000)

    def __post_init__(self) -> None:
        check(self)

    @property
    def of_proposal(self) -> int:
        """Answers that one may spend."""
        return int(self.share * self.budget)

    @property
    def prompts(self) -> int:
        """As many as the answers of a measurement reach."""
        return max(1, self.looked // TWICE)

    def least(self, batch: int) -> int:
        """Answers that a proposal needs to go somewhere and be measured, at so many a step."""
        return self.looked + FEWEST * batch

    def whole(self, components: int) -> int:
        """Answers that the reference, a first simplex and one move beyond it may take."""
        return self.looked + (components + 2) * self.of_proposal

    def least_budget(self, components: int, batch: int) -> int:
        """The smallest budget with which a search of so many components gets somewhere."""
        by_proposal = math.ceil(self.least(batch) / self.share)
        left = 1 - (components + 2) * self.share
        return max(by_proposal, math.ceil(self.looked / left)) if left > 0 else 0
