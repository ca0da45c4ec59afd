"""What a person chooses about direct alignment: a frozen dataclass a loss, checked when made."""

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar

from rewardmodels.learning.settings.fields import SettingError, check, setting


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


PAIRS = ("pairwise", "cardinal", "ranking")  # of amounts the preference, of rankings those of two answers


def smoothing() -> Any:
    words = "The share of preferences that are taken to be the wrong way round."
    return setting(0.0, "Label smoothing", words, minimum=0.0, maximum=0.49)


@dataclass(frozen=True)
class Dpo(Direct):
    """Direct preference optimisation: the log odds of a preference are β times the margin."""

    kind: ClassVar[str] = "dpo"
    title: ClassVar[str] = "DPO"
    evidence: ClassVar[tuple[str, ...]] = PAIRS

    beta: float = strength()
    label_smoothing: float = smoothing()
    sft: float = setting(
        0.0,
        "SFT term",
        "The weight of the chosen answers' own likelihood beside the loss: it keeps them from becoming rarer.",
        minimum=0.0,
        maximum=100.0,
    )


@dataclass(frozen=True)
class Ipo(Direct):
    """Identity preference optimisation: the margin goes to 1/2β and no further, however certain people are."""

    kind: ClassVar[str] = "ipo"
    title: ClassVar[str] = "IPO"
    evidence: ClassVar[tuple[str, ...]] = PAIRS

    beta: float = strength()
    per_token: bool = setting(
        True, "By token", "Log-ratios are divided by the answer's tokens, so that length does not decide the margin."
    )


@dataclass(frozen=True)
class Kto(Direct):
    """Kahneman–Tversky optimisation: from single answers that are desirable or not."""

    kind: ClassVar[str] = "kto"
    title: ClassVar[str] = "KTO"
    evidence: ClassVar[tuple[str, ...]] = ("binary", *PAIRS)

    beta: float = strength()
    pairs: bool = setting(True, "Pairs too", "A chosen answer counts as desirable and a rejected one as undesirable.")
    desirable_weight: float | None = setting(
        None,
        "Weight of desirable answers",
        "Empty makes both kinds weigh the same in all, and the rarer kind the heavier in each.",
        minimum=1e-3,
        maximum=1e3,
    )
    undesirable_weight: float | None = setting(
        None, "Weight of undesirable answers", "As above.", minimum=1e-3, maximum=1e3
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.batch_size < 2:
            raise SettingError("batch_size", "KTO compares answers with those of other prompts: at least 2.")


@dataclass(frozen=True)
class Odpo(Direct):
    """DPO with an offset: the better an answer was said to be, the further it must be ahead."""

    kind: ClassVar[str] = "odpo"
    title: ClassVar[str] = "ODPO"
    evidence: ClassVar[tuple[str, ...]] = PAIRS

    beta: float = strength()
    offset: float = setting(1.0, "Offset", "What the grown gap is multiplied by.", minimum=0.0, maximum=1e3)
    growth: str = setting(
        "log1p",
        "How it grows",
        "log is the paper's, and below 0 for gaps below 1; log1p is log(1 + gap), and linear the gap itself.",
        enum=["log1p", "log", "linear"],
    )
    gap: str = setting(
        "strength",
        "Where the gap is from",
        "strength of the preference, 1 to 3; amount that people would pay; reward of a reward model.",
        enum=["strength", "amount", "reward"],
        group="main",
    )
    reward: str = setting("", "Reward model", "For reward: model:<id> of this workspace.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.gap == "reward") != bool(self.reward):
            raise SettingError("reward", "Name a reward model if the gap is to be from one, and only then.")

    @property
    def rewards(self) -> tuple[str, ...]:
        return (self.reward,) if self.reward else ()


@dataclass(frozen=True)
class CardinalDpo(Direct):
    """Learns how much better an answer is from amounts of money; ours, in four forms."""

    kind: ClassVar[str] = "cardinal_dpo"
    title: ClassVar[str] = "DPO from amounts"
    evidence: ClassVar[tuple[str, ...]] = ("cardinal",)

    beta: float = strength()
    form: str = setting(
        "regression",
        "Form",
        "regression: β times the margin is to be the amount; weighted: what is worth more counts for more; offset: it "
        "must be further ahead; soft_label: the amount says how certain the preference is.",
        enum=["regression", "weighted", "offset", "soft_label"],
        group="main",
    )
    scale: float = setting(
        1.0, "Utility of the usual amount", "For regression, offset and soft_label.", minimum=1e-4, maximum=1e4
    )
    scales: str = setting(
        "pooled",
        "Whose usual amount",
        "pooled divides by the median amount of all; annotator by the annotator's own, drawn to that of all where he "
        "gave few. Annotators who saw other tasks have other amounts for that reason too.",
        enum=["pooled", "annotator"],
    )
    zeros: str = setting(
        "sign",
        "Better, but worth nothing",
        "sign keeps the preference and leaves the amount open; amount takes the 0 at its word.",
        enum=["sign", "amount"],
    )
    power: float = setting(1.0, "Power", "For weighted: 0 is DPO.", minimum=0.0, maximum=1.0)
    growth: str = setting("log1p", "How the offset grows", "For offset.", enum=["log1p", "log", "linear"])
    temperature: float = setting(1.0, "Noise", "For soft_label, in utility.", minimum=1e-3, maximum=1e3)
    huber: float | None = setting(
        None, "Squared up to", "For regression: greater errors count in proportion. Empty squares all.", minimum=1e-3
    )


@dataclass(frozen=True)
class Simpo(Direct):
    """SimPO: the mean log-probability of a token is the reward; no reference."""

    kind: ClassVar[str] = "simpo"
    title: ClassVar[str] = "SimPO"
    evidence: ClassVar[tuple[str, ...]] = PAIRS
    has_reference: ClassVar[bool] = False

    beta: float = strength(2.0, "What the mean log-probability of a token is multiplied by.")
    gamma: float = setting(1.0, "γ", "How far ahead the chosen answer must be.", minimum=0.0, maximum=100.0)


@dataclass(frozen=True)
class Aot(Direct):
    """Alignment by optimal transport: good answers as a whole are to dominate bad ones as a whole."""

    kind: ClassVar[str] = "aot"
    title: ClassVar[str] = "AOT"
    evidence: ClassVar[tuple[str, ...]] = PAIRS
    is_coupled: ClassVar[bool] = True

    beta: float = strength()
    label_smoothing: float = smoothing()
    paired: bool = setting(
        False,
        "Paired",
        "No: the sorted chosen answers against the sorted rejected ones; yes: the policy's sorted margins against the "
        "reference's.",
    )


@dataclass(frozen=True)
class Lipo(Direct):
    """LiPO-λ: learns from rankings, most from what would put the best on top."""

    kind: ClassVar[str] = "lipo"
    title: ClassVar[str] = "LiPO-λ"
    evidence: ClassVar[tuple[str, ...]] = ("ranking", "pairwise")

    beta: float = strength()


@dataclass(frozen=True)
class Modpo(Direct):
    """DPO for one objective among several: reward models say what the preference does not."""

    kind: ClassVar[str] = "modpo"
    title: ClassVar[str] = "MODPO"
    evidence: ClassVar[tuple[str, ...]] = PAIRS

    beta: float = strength()
    others: tuple[str, ...] = setting(
        (), "Other objectives", "One a line, model:<id>=weight; the preference has what is left of 1.", group="main"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        weights = self.weights
        if len(weights) < len(self.others):
            raise SettingError("others", "A reward model stands here twice.")
        if not (all(weight >= 0 for weight in weights.values()) and self.weight > 0):
            raise SettingError("others", "Weights must be 0 or more, and together less than 1.")

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each reward model by its name."""
        found = {}
        for line in self.others:
            name, _, weight = line.rpartition("=")
            try:
                found[name.strip()] = float(weight)
            except ValueError:
                name = ""
            if not name.strip():
                raise SettingError("others", f"“{line}” is not of the form model:<id>=weight.")
        return found

    @property
    def weight(self) -> float:
        """That of the preference."""
        return 1 - sum(self.weights.values())

    @property
    def rewards(self) -> tuple[str, ...]:
        return tuple(self.weights)


@dataclass(frozen=True)
class Sft(Direct):
    """Supervised fine-tuning: the answers that people liked best become likelier."""

    kind: ClassVar[str] = "sft"
    title: ClassVar[str] = "SFT"
    evidence: ClassVar[tuple[str, ...]] = (*PAIRS, "binary")
    has_reference: ClassVar[bool] = False


KINDS: dict[str, type[Direct]] = {
    one.kind: one for one in (Dpo, Ipo, Kto, Odpo, CardinalDpo, Simpo, Aot, Lipo, Modpo, Sft)
}


def read(kind: str, values: dict[str, Any]) -> Direct:
    """The settings of a loss from plain values; SettingError names the first that is wrong."""
    if kind not in KINDS:
        raise SettingError("kind", f"There is no loss {kind!r}; known are: {', '.join(KINDS)}.")
    made_of = KINDS[kind]
    unknown = set(values) - {one.name for one in dataclasses.fields(made_of)}
    if unknown:
        raise SettingError(min(unknown), f"{made_of.title} has no setting {min(unknown)!r}.")
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return made_of(**given)


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
