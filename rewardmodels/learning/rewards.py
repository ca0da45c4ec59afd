"""What a saved reward can do, however it is made: say its unit, score, and name what it keeps in memory."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from torch import nn

from lm.backbones import Backbone
from lm.templates import Conversation

Items = Sequence[tuple[Conversation, str]]


@dataclass(frozen=True)
class Score:
    """One answer's utility; higher is better."""

    reward: float  # uncalibrated, as the exported logits (plus the offset that a decoder's head cannot hold)
    calibrated: float  # divided by the temperature: differences are log odds of being preferred
    tokens: int
    is_whole: bool  # nothing was cut to fit the limits
    spread: float | None = None  # between members, in the unit of the reward; None where there is only one
    components: dict[str, float] = field(default_factory=dict)  # what the reward is made of, by name

    @property
    def is_number(self) -> bool:
        """Whether all of it can be told: weights that somebody else made may overflow on some text."""
        return all(map(math.isfinite, (self.reward, self.calibrated, self.spread or 0.0, *self.components.values())))


class Reward(Protocol):
    """A utility of (prompt, response)."""

    @property
    def unit(self) -> str:
        """What a difference of 1 means."""

    @property
    def own(self) -> dict[str, Any]:
        """The contents of reward.json."""

    def score(self, items: Items, *, budget: int = 8_192) -> list[Score]:
        """Scores in the order of the items; `budget` bounds the tokens of one pass."""

    def backbones(self) -> Iterable[Backbone]:
        """Those that another reward with the same fingerprint may share."""

    def modules(self) -> Iterable[nn.Module]:
        """Everything that takes memory, backbones included; what is shared is the same object."""


Find = Callable[[str], Backbone | None]  # fingerprint → a backbone in memory


def nothing_in_memory(fingerprint: str) -> Backbone | None:
    """Every backbone is read from its folder."""
    return None
