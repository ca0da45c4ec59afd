"""Losses of which of two answers, or of several, is better."""

from dataclasses import dataclass
from typing import ClassVar

from rewardmodels.learning.settings.fields import SettingError, setting
from training.learning.direct.settings.common import PAIRS, Direct, smoothing, strength


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
