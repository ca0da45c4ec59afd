"""Losses of how much better one of two answers is."""

from dataclasses import dataclass
from typing import ClassVar

from rewardmodels.learning.settings.fields import SettingError, setting
from training.learning.direct.settings.common import PAIRS, Direct, strength


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
