"""What can be chosen of a study: how much of it is run. The defaults are those of the tier `quick`."""

from dataclasses import dataclass
from typing import ClassVar

from rewardmodels.learning.settings import SettingError, check, setting

TIERS = ("smoke", "quick", "full")


@dataclass(frozen=True)
class Constrained:
    """Weights alone push past the peak; bounds at the proxy point hold it, and a price on the KL beside them."""

    name: ClassVar[str] = "constrained"
    title: ClassVar[str] = "Constraints against overoptimisation"

    steps: int = setting(60, "Steps of a run", "Of each arm from each seed.", minimum=2, maximum=10_000, group="main")
    seeds: int = setting(2, "Seeds", "Each arm is run once from each.", minimum=1, maximum=20, group="main")
    prompts: int = setting(24, "Prompts a step", "Of training requests.", minimum=1, maximum=1_024)
    samples: int = setting(4, "Samples a prompt", "Answers to each prompt in a step.", minimum=2, maximum=64)
    held_out: int = setting(256, "Prompts of a look", "Requests held out; an answer each.", minimum=2, maximum=8_192)
    look_every: int = setting(4, "Steps between looks", "At held-out prompts.", minimum=1, maximum=1_000)
    tokens: int = setting(160, "Longest answer in tokens", "Usual ones have 40.", minimum=4, maximum=384)
    rate: float = setting(1e-4, "Learning rate", "Of AdamW.", minimum=1e-9, maximum=0.1)
    price: float = setting(1.0, "Price of a nat", "In the arm with a price on the KL.", minimum=0.0, maximum=1_000.0)

    def __post_init__(self) -> None:
        check(self)
        must_look(self.look_every, self.steps)


def must_look(look_every: int, steps: int) -> None:
    if look_every > steps:
        raise SettingError("look_every", f"With {steps} steps this can be {steps} at most, or nothing is looked at.")
