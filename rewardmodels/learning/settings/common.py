"""What several kinds of reward model let a person choose."""

from dataclasses import dataclass
from typing import Any, ClassVar

from rewardmodels.learning.settings.fields import SettingError, check, setting


def decay() -> Any:
    return setting(
        None,
        "Weight decay",
        "The precision of the weights' prior; empty chooses it by cross-validation over prompts.",
        minimum=1e-6,
        maximum=1e9,
    )


def side() -> Any:
    words = "Each annotator's leaning to the answer shown first is estimated and taken out."
    return setting(True, "Estimate side bias", words)


@dataclass(frozen=True)
class Settings:
    """What every kind has: how much of a text is read, and what is done with what is longer."""

    kind: ClassVar[str]
    title: ClassVar[str]
    evidence: ClassVar[tuple[str, ...]]  # kinds of judgment that it learns from, as the product names them
    beside: ClassVar[tuple[str, ...]] = ()  # kinds that it reads too, and cannot learn from alone

    max_length: int = setting(
        256,
        "Length in tokens",
        "Prompt and answer; what is longer is cut or dropped.",
        minimum=16,
        maximum=32_768,
    )
    max_prompt: int | None = setting(
        None,
        "Prompt's share in tokens",
        "The last turns are kept up to here; empty means half of the length.",
        minimum=8,
        maximum=32_000,
    )
    too_long: str = setting(
        "truncate",
        "What is too long",
        "truncate keeps the last turns and the beginning of the answer; drop leaves the judgment out. It is counted.",
        enum=["truncate", "drop"],
    )

    def __post_init__(self) -> None:
        check(self)
        if self.prompt_limit >= self.max_length:
            raise SettingError("max_prompt", "The prompt's share must leave room for the answer.")

    @property
    def reads(self) -> tuple[str, ...]:
        return (*self.evidence, *self.beside)

    @property
    def prompt_limit(self) -> int:
        return self.max_prompt if self.max_prompt is not None else self.max_length // 2


@dataclass(frozen=True)
class Tunable(Settings):
    """How much of the backbone is learned, and how."""

    mode: str = setting(
        "frozen",
        "What is learned of the backbone",
        "frozen reads each text once and learns the head alone, which is fast; lora also learns small adapters in "
        "every layer; full learns all weights. Both start from the frozen fit, and stop early.",
        enum=["frozen", "lora", "full"],
        group="main",
    )
    rank: int = setting(8, "Rank", "Of each adapter; for lora.", minimum=1, maximum=512)
    alpha: float = setting(
        16.0, "Alpha", "Adapters are multiplied by alpha over rank; for lora.", minimum=0.01, maximum=4_096.0
    )
    backbone_learning_rate: float | None = setting(
        None,
        "Backbone's learning rate",
        "Its highest; empty means 0.0003 for lora and 0.00005 for full.",
        minimum=1e-8,
        maximum=0.1,
    )
    warm_up: float = setting(
        0.1,
        "Warm-up",
        "The share of all steps over which the learning rates of lora and full rise, before they fall to 0.",
        minimum=0.0,
        maximum=1.0,
    )
    pass_tokens: int = setting(
        4_096,
        "Tokens in one pass",
        "For lora and full: fewer need less memory, and change nothing else.",
        minimum=64,
        maximum=1_048_576,
    )
    recompute: bool = setting(
        False,
        "Compute layers again",
        "For lora and full: about a third slower, and memory for one layer instead of all.",
    )
    precision: str = setting(
        "fp32",
        "Precision",
        "bf16 needs a CUDA device and holds for passes that learn; weights, heads, losses and scores stay in fp32.",
        enum=["fp32", "bf16"],
    )

    learning_rate: float = setting(
        1e-3, "Learning rate", "Of the head pooler, and of any head beside lora and full.", minimum=1e-7, maximum=1.0
    )
    epochs: int | None = setting(
        None,
        "Epochs at most",
        "It stops early. Empty means 30 for the head pooler, 2 for lora and full.",
        minimum=1,
        maximum=1_000,
    )
    batch_size: int | None = setting(
        None,
        "Batch size in judgments",
        "Empty means 64 for the head pooler, 16 for lora and full.",
        minimum=1,
        maximum=65_536,
    )
    patience: int = setting(
        4,
        "Patience",
        "How often the loss on prompts held out may fail to fall before it stops. It is looked at once an epoch for "
        "the head pooler, four times for lora and full.",
        minimum=1,
        maximum=100,
    )

    @property
    def backbone_rate(self) -> float:
        return self.backbone_learning_rate or {"lora": 3e-4}.get(self.mode, 5e-5)

    @property
    def most_epochs(self) -> int:
        return self.epochs or (30 if self.mode == "frozen" else 2)

    @property
    def batch(self) -> int:
        return self.batch_size or (64 if self.mode == "frozen" else 16)


@dataclass(frozen=True)
class Mixed(Tunable):
    """What the kinds have that learn annotators' slopes and scales beside the utility."""

    head: str = setting(
        "linear",
        "Head",
        "linear fits weights on frozen features, with one best solution and within seconds; "
        "pooler also learns the layer below and needs more data.",
        enum=["linear", "pooler"],
        group="main",
    )
    weight_decay: float | None = decay()
    reliability: bool = setting(
        True,
        "Estimate reliability",
        "How closely each annotator's answers follow the utility; those who answer by chance count less.",
    )
    zero: str = setting(
        "reference",
        "Where 0 lies",
        "reference: at the mean of the training answers; boundary: where yes and no are as likely, so that a bound at "
        "0 asks for desirable answers, as a cost model of safety needs it.",
        enum=["reference", "boundary"],
    )
