"""What can be chosen of a study: how much of it is run. The defaults are those of the tier `quick`."""

from dataclasses import dataclass
from typing import ClassVar

from rewardmodels.learning.settings.fields import SettingError, check, setting

TIERS = ("smoke", "quick", "full")


@dataclass(frozen=True)
class Constrained:
    """Weights alone push past the peak; bounds at the proxy point hold it, and a price on the KL beside them."""

    name: ClassVar[str] = "constrained"
    title: ClassVar[str] = "Constraints against overoptimisation"

    steps: int = setting(20, "Steps of a run", "Of each arm from each seed.", minimum=2, maximum=10_000, group="main")
    seeds: int = setting(2, "Seeds", "Each arm is run once from each.", minimum=1, maximum=20, group="main")
    searched: int = setting(
        1, "Seeds that only choose", "Each lets three runs go too far, for the proxy point.", minimum=1, maximum=20
    )
    search_steps: int = setting(20, "Steps of a run that only chooses", "At most.", minimum=2, maximum=10_000)
    prices: int = setting(1, "Prices on the KL", "Tried for the arm that has one.", minimum=1, maximum=3)
    prompts: int = setting(12, "Prompts a step", "Of training requests.", minimum=1, maximum=1_024)
    samples: int = setting(8, "Samples a prompt", "Answers to each prompt in a step.", minimum=2, maximum=64)
    held_out: int = setting(96, "Prompts of a look", "Requests held out; an answer each.", minimum=2, maximum=8_192)
    judged: int = setting(
        256, "Fresh prompts at the end", "An answer each judges beginning, best look and end.", minimum=2, maximum=8_192
    )
    look_every: int = setting(4, "Steps between looks", "At held-out prompts.", minimum=1, maximum=1_000)
    tokens: int = setting(160, "Longest answer in tokens", "Usual ones have 40.", minimum=4, maximum=384)
    rate: float = setting(5e-4, "Learning rate", "Of AdamW.", minimum=1e-9, maximum=0.1)
    cool_down: float = setting(
        0.5,
        "Cool-down",
        "The share of an arm’s steps, at the end, over which the rate falls.",
        minimum=0.0,
        maximum=1.0,
    )

    def __post_init__(self) -> None:
        check(self)
        must_look(self.look_every, min(self.steps, self.search_steps))


def must_look(look_every: int, steps: int) -> None:
    if look_every > steps:
        raise SettingError("look_every", f"With {steps} steps this can be {steps} at most, or nothing is looked at.")


@dataclass(frozen=True)
class OverOptimisation:
    """Proxies of several sizes, numbers of judgments and shares of flipped ones, pushed by best-of-n and by RLOO."""

    name: ClassVar[str] = "over_optimisation"
    title: ClassVar[str] = "Overoptimisation of proxies"

    sizes: tuple[int, ...] = setting(
        (0, 8, 64), "Sizes of proxies", "Hidden units; 0 weighs words alone. The middle one is pushed by RLOO.",
        group="main", min_items=1, max_items=5,
    )  # fmt: skip
    pairs: tuple[int, ...] = setting(
        (250, 1_000, 4_000), "Judgments of pairs", "That a proxy learns from.", group="main", min_items=1, max_items=5
    )
    noise: tuple[float, ...] = setting(
        (0.0, 0.25), "Shares of flipped judgments", "Beside the people’s own noise.", group="main",
        min_items=1, max_items=5,
    )  # fmt: skip
    seeds: int = setting(3, "Seeds", "Each has judgments and proxies of its own.", minimum=1, maximum=50, group="main")
    prompts: int = setting(64, "Prompts of the pool", "Requests held out.", minimum=2, maximum=1_024)
    pool: int = setting(2_048, "Answers to each", "The n of best-of-n goes up to this.", minimum=16, maximum=16_384)
    runs: int = setting(
        2, "Runs of RLOO", "Of the middle proxy and of the control’s, from as many seeds; 0 leaves them out.",
        minimum=0, maximum=50, group="main",
    )  # fmt: skip
    steps: int = setting(40, "Steps of a run", "Of RLOO.", minimum=2, maximum=10_000)
    step_prompts: int = setting(24, "Prompts a step", "Of training requests.", minimum=1, maximum=1_024)
    samples: int = setting(4, "Samples a prompt", "Answers to each prompt in a step.", minimum=2, maximum=64)
    held_out: int = setting(96, "Prompts of a look", "Requests held out; an answer each.", minimum=2, maximum=8_192)
    look_every: int = setting(4, "Steps between looks", "At held-out prompts.", minimum=1, maximum=1_000)
    tokens: int = setting(160, "Longest answer in tokens", "Usual ones have 40.", minimum=4, maximum=384)
    rate: float = setting(1e-4, "Learning rate", "Of AdamW.", minimum=1e-9, maximum=0.1)

    def __post_init__(self) -> None:
        check(self)
        must_lie("sizes", self.sizes, 0, 4_096)
        must_lie("pairs", self.pairs, 20, 200_000)
        must_lie("noise", self.noise, 0.0, 0.5)
        must_look(self.look_every, self.steps)
        if self.runs > self.seeds:
            raise SettingError("runs", f"A run takes the proxy of a seed, and there are {self.seeds}.")


def must_lie(name: str, values: tuple[float, ...], low: float, high: float, most: int = 5) -> None:
    """Each within its bounds, and rising, so that a list says once what is compared; no more than can be told apart."""
    if not 1 <= len(values) <= most:
        raise SettingError(name, f"Name 1 to {most} of these.")
    if not all(low <= one <= high for one in values):
        raise SettingError(name, f"Each of these must lie between {low:g} and {high:g}.")
    if list(values) != sorted(set(values)):
        raise SettingError(name, "Name each once, the smallest first.")


@dataclass(frozen=True)
class Ensembles:
    """Members that differ in their seed alone, as one reward: mean, worst case, mean less a penalty on the variance."""

    name: ClassVar[str] = "ensembles"
    title: ClassVar[str] = "Ensembles against overoptimisation"

    noise: tuple[float, ...] = setting(
        (0.0, 0.25), "Shares of flipped judgments", "Each is a study of its own; 0 stands beside for comparison.",
        group="main", min_items=1, max_items=5,
    )  # fmt: skip
    members: int = setting(
        5, "Members", "On the same judgments, from other first weights and in another order.", minimum=2, maximum=50,
        group="main",
    )  # fmt: skip
    penalties: tuple[float, ...] = setting(
        (0.5, 2.0), "Penalties λ", "On the variance over members, in their deviations on the reference.",
        group="main", min_items=1, max_items=2,
    )  # fmt: skip
    ddof: int = setting(0, "Freedom taken off", "The variance is divided by members less this.", minimum=0, maximum=1)
    size: int = setting(64, "Size of a member", "Hidden units; 0 weighs words alone.", minimum=0, maximum=4_096)
    pairs: int = setting(2_000, "Judgments of pairs", "That every member learns from.", minimum=20, maximum=200_000)
    seeds: int = setting(5, "Seeds", "Each has judgments and members of its own.", minimum=1, maximum=50, group="main")
    prompts: int = setting(96, "Prompts of the pool", "Requests held out.", minimum=2, maximum=1_024)
    pool: int = setting(4_096, "Answers to each", "The n of best-of-n goes up to this.", minimum=16, maximum=16_384)

    def __post_init__(self) -> None:
        check(self)
        must_lie("noise", self.noise, 0.0, 0.5)
        must_lie("penalties", self.penalties, 0.001, 1_000.0, most=2)
