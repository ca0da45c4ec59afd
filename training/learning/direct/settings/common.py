"""What every loss has: how a policy is learned from judgments, and how much of a text is read."""

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar

from rewardmodels.learning.settings.fields import SettingError, check, setting

PAIRS = ("pairwise", "cardinal", "ranking")  # of amounts the preference, of rankings those of two answers


def strength(default: float = 0.1, help_text: str = "How closely the policy is held to the reference.") -> Any:
    return setting(default, "β", help_text, minimum=1e-4, maximum=100.0, group="main")


@dataclass(frozen=True)
class Direct:
    """What every loss has: how the policy is learned, and how much of a text is read."""

    kind: ClassVar[str]
    title: ClassVar[str]
    evidence: ClassVar[tuple[str, ...]]  # kinds of judgment that it learns from, as the product names them
    has_reference: ClassVar[bool] = True
    is_coupled: ClassVar[bool] = False  # whether one judgment's loss depends on the others of its batch

    mode: str = setting(
        "lora",
        "What is learned of the policy",
        "lora learns small adapters in every layer; full learns all weights.",
        enum=["lora", "full"],
        group="main",
    )
    rank: int = setting(8, "Rank", "Of each adapter; for lora.", minimum=1, maximum=512)
    alpha: float = setting(
        16.0, "Alpha", "Adapters are multiplied by alpha over rank; for lora.", minimum=0.01, maximum=4_096.0
    )
    learning_rate: float | None = setting(
        None,
        "Learning rate",
        "Its highest; empty means 0.0001 for lora and 0.000005 for full.",
        minimum=1e-9,
        maximum=0.1,
        group="main",
    )
    epochs: int = setting(1, "Epochs", "How often all judgments are gone over.", minimum=1, maximum=100, group="main")
    batch_size: int = setting(
        32, "Batch size in judgments", "Of one step, however many passes it takes.", minimum=1, maximum=65_536
    )
    warm_up: float = setting(
        0.1,
        "Warm-up",
        "The share of all steps over which the learning rate rises, before it falls to 0.",
        minimum=0.0,
        maximum=1.0,
    )
    weight_decay: float = setting(0.0, "Weight decay", "Of AdamW.", minimum=0.0, maximum=10.0)
    longest_gradient: float = setting(
        1.0, "Longest gradient", "The norm to which a step's gradient is cut.", minimum=1e-6, maximum=1e6
    )
    pass_tokens: int = setting(
        4_096,
        "Tokens in one pass",
        "Fewer need less memory, and change nothing else.",
        minimum=64,
        maximum=1_048_576,
    )
    recompute: bool = setting(
        False, "Compute layers again", "About a third slower, and memory for one layer instead of all."
    )
    precision: str = setting(
        "fp32",
        "Precision",
        "bf16 needs a CUDA device and holds inside the layers; weights, probabilities and losses stay in fp32.",
        enum=["fp32", "bf16"],
    )
    max_length: int = setting(
        512, "Length in tokens", "Prompt and answer; what is longer is cut or dropped.", minimum=16, maximum=32_768
    )
    max_prompt: int | None = setting(
        None,
        "Prompt's share in tokens",
        "The last turns are kept up to here; empty means half of the length.",
        minimum=8,
        maximum=32_000,
    )
    too_long: str = setting(
        "drop",
        "What is too long",
        "drop leaves the judgment out; truncate keeps the last turns and the beginning of the answer. It is counted.",
        enum=["drop", "truncate"],
    )

    def __post_init__(self) -> None:
        check(self)
        if self.prompt_limit >= self.max_length:
            raise SettingError("max_prompt", "The prompt's share must leave room for the answer.")

    @property
    def prompt_limit(self) -> int:
        return self.max_prompt if self.max_prompt is not None else self.max_length // 2

    @property
    def rate(self) -> float:
        return self.learning_rate or {"lora": 1e-4}.get(self.mode, 5e-6)

    @property
    def rewards(self) -> tuple[str, ...]:
        """The names of the reward models that it asks."""
        return ()


def smoothing() -> Any:
    words = "The share of preferences that are taken to be the wrong way round."
    return setting(0.0, "Label smoothing", words, minimum=0.0, maximum=0.49)


def stepped(settings: Direct, multiplier: float, *, first: float | None = None) -> Direct:
    """A step after a step (SACPO): its β is the first step's, else that of the settings, over λ of its constraint."""
    if not has_strength(settings):
        raise SettingError("kind", f"{settings.title} has no reference to start each step from.")
    if multiplier <= 0:
        raise SettingError("multiplier", "λ must be above 0: at 0 the step is left out.")
    beta = settings.beta if first is None else first  # type: ignore[attr-defined]
    return dataclasses.replace(settings, beta=beta / multiplier)  # type: ignore[call-arg]


def has_strength(settings: Direct | type[Direct]) -> bool:
    """Whether β says how closely the policy is held to its reference."""
    return settings.has_reference and "beta" in settings.__dataclass_fields__
