"""Settings of runs that learn nothing: policies that are there are averaged, weight by weight."""

from dataclasses import dataclass
from typing import ClassVar

from rewardmodels.learning.settings.fields import check, setting

CHOSEN, PATH = "chosen", "path"


@dataclass(frozen=True)
class Soup:
    """The mean of policies that began as one (rewarded soups; P-SACPO's merge), looked at along a path of weights."""

    name: ClassVar[str] = "soup"
    title: ClassVar[str] = "Merge of policies (rewarded soup)"

    points: int = setting(
        5,
        "Points of the path",
        "Shares of the last policy at which the mean is looked at, from 0 to 100 %; the others keep their proportions. "
        "Only with prompts.",
        minimum=2,
        maximum=101,
        group="main",
    )
    keep: str = setting(
        CHOSEN,
        "What is kept",
        "chosen keeps the policy at the weights that you give; path keeps every point between the ends too, so that "
        "you can choose once you have seen the curves.",
        enum=[CHOSEN, PATH],
        group="main",
    )
    prompts: int = setting(
        64, "Prompts of a look", "The first of a shuffled order; the same at every point.", minimum=2, maximum=4_096
    )
    samples: int = setting(2, "Samples a prompt", "Answers to each prompt at a point.", minimum=1, maximum=1_024)
    max_new_tokens: int = setting(
        128, "Longest answer in tokens", "What is longer is cut off.", minimum=1, maximum=32_768
    )
    max_prompt: int = setting(
        256, "Longest prompt in tokens", "The last turns are kept up to here.", minimum=4, maximum=32_000
    )
    pass_tokens: int = setting(
        16_384, "Tokens in one pass", "Fewer need less memory, and change nothing else.", minimum=64, maximum=16_777_216
    )

    def __post_init__(self) -> None:
        check(self)
