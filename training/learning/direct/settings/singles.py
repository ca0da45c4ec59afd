"""Losses of answers one by one."""

from dataclasses import dataclass
from typing import ClassVar

from rewardmodels.learning.settings.fields import SettingError, setting
from training.learning.direct.settings.common import PAIRS, Direct, strength


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
class Sft(Direct):
    """Supervised fine-tuning: the answers that people liked best become likelier."""

    kind: ClassVar[str] = "sft"
    title: ClassVar[str] = "SFT"
    evidence: ClassVar[tuple[str, ...]] = (*PAIRS, "binary")
    has_reference: ClassVar[bool] = False
