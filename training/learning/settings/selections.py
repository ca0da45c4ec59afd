"""Settings of runs that learn nothing: of several answers the one is taken that reward models like best."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from rewardmodels.learning.settings.fields import SettingError, check, setting

MOST_NS = 64


@dataclass(frozen=True)
class BestOfN:
    """Chooses, of n answers to a prompt, the one that reward models like best: what training has to be better than."""

    name: ClassVar[str] = "best_of_n"
    title: ClassVar[str] = "Best of n (no training)"
    precision: ClassVar[str] = "fp32"

    prompts: int = setting(
        128, "Prompts", "The first of a shuffled order. Intervals are over prompts.", minimum=10, maximum=20_000,
        group="main",
    )  # fmt: skip
    answers: int = setting(
        64,
        "Answers a prompt",
        "Of the policy: the pool, and the largest n. Every draw of n from it counts, so that small n are known well.",
        minimum=2,
        maximum=4_096,
        group="main",
    )
    ns: tuple[int, ...] = setting(
        (), "Values of n", "One a line, none above the pool. Empty takes 1, 2, 4 and so on, and the pool itself."
    )
    beside: int = setting(
        4, "Answers of a policy beside", "To each prompt, where trained policies are set beside it.", minimum=1,
        maximum=1_024,
    )  # fmt: skip
    max_new_tokens: int = setting(
        128, "Longest answer in tokens", "What is longer is cut off.", minimum=1, maximum=32_768, group="main"
    )
    max_prompt: int = setting(
        256, "Longest prompt in tokens", "The last turns are kept up to here.", minimum=4, maximum=32_000
    )
    pass_tokens: int = setting(
        16_384, "Tokens in one pass", "Fewer need less memory, and change nothing else.", minimum=64, maximum=16_777_216
    )

    def __post_init__(self) -> None:
        check(self)
        if not all(1 <= n <= self.answers for n in self.ns):
            raise SettingError("ns", f"Each n lies between 1 and the pool's {self.answers} answers.")
        if len(self.ns) > MOST_NS:
            raise SettingError("ns", f"Name at most {MOST_NS} values of n.")

    @property
    def values_of_n(self) -> list[int]:
        """1 is among them: a single answer is what the others are compared with."""
        doubled = [2**power for power in range(self.answers.bit_length())]
        return sorted({1, *(self.ns or [*doubled, self.answers])})


def read(values: Mapping[str, Any]) -> BestOfN:
    """From plain values, as a row keeps them."""
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return BestOfN(**given)
