"""Settings of constrained alignment in one shot: multipliers are found first, and training knows no constraint."""

from dataclasses import dataclass, fields
from typing import ClassVar

from rewardmodels.learning.settings.fields import SettingError, setting
from training.learning.direct.settings.pairs import Dpo

SCALES = THEORY, SCRIPT = "theory", "script"
HELPFUL = "helpful"
HELD_OUT = 10  # every so many-th prompt of the pool is not learned from
LOOKED, SAMPLES = 128, 4  # prompts, and answers to each, with which what was foretold is held against what came


def names(policies: int) -> list[str]:
    """Of components that aligned policies stand for: the first is raised, the others are held."""
    return [HELPFUL, *(f"safety-{number}" for number in range(1, policies))]


@dataclass(frozen=True)
class OneShot(Dpo):
    """A pool of the reference's answers, the multipliers that it gives, then DPO on labels by r + λ·g."""

    prompts: int = setting(
        256,
        "Prompts of the pool",
        "To which the reference answers; a tenth of them is held out from learning. λ settles with some hundreds.",
        minimum=10,
        maximum=100_000,
        group="main",
    )
    answers: int = setting(
        16,
        "Answers a prompt",
        "Of the reference. With few of them λ comes out too great, for the best of few is not good.",
        minimum=2,
        maximum=1_024,
        group="main",
    )
    pairs: int = setting(
        4, "Pairs a prompt", "Of its answers, labelled by chance with the odds of r + λ·g.", minimum=1, maximum=1_024
    )
    max_new_tokens: int = setting(
        128, "Longest answer in tokens", "What is longer is cut off.", minimum=1, maximum=32_768, group="main"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.prompt_limit + self.max_new_tokens > self.max_length:
            raise SettingError("max_new_tokens", "The prompt's share and the answer must fit into the length.")

    @property
    def are_margins(self) -> bool:
        """Whether thresholds count from the reference's own means."""
        return False

    @property
    def label_scale(self) -> float:
        """What r + λ·g is multiplied by before labels are drawn."""
        return 1.0

    @property
    def dpo(self) -> Dpo:
        """What is learned with once pairs are labelled."""
        return Dpo(**{one.name: getattr(self, one.name) for one in fields(Dpo)})


@dataclass(frozen=True)
class Mocan(OneShot):
    """One shot: multipliers of the bounds from scored answers of the reference, then DPO on labels by r + λ·g."""

    kind: ClassVar[str] = "mocan"
    title: ClassVar[str] = "One shot (MoCAN)"

    margins: bool = setting(
        False,
        "Thresholds over the reference",
        "Each threshold is then how much more or less a mean is to be than the reference's own, which the pool tells: "
        "at least 0.5 is a gain of a half, at most -0.5 a fall of as much.",
        group="main",
    )

    @property
    def are_margins(self) -> bool:
        return self.margins


@dataclass(frozen=True)
class Pecan(OneShot):
    """One shot without reward models: policies aligned by DPO say by β log π/π_ref what is helpful and what is safe."""

    kind: ClassVar[str] = "pecan"
    title: ClassVar[str] = "One shot without reward models (PeCAN)"

    scale: str = setting(
        THEORY,
        "Scale of labels",
        "theory draws a label with the odds of β times the difference of log-ratios, which is what DPO taught the "
        "policies; script leaves β out, as the authors' program does, and labels are then more certain.",
        enum=list(SCALES),
    )

    @property
    def are_margins(self) -> bool:
        """β log π/π_ref is a reward but for a constant of the prompt, which falls out of gains alone."""
        return True

    @property
    def label_scale(self) -> float:
        return 1.0 if self.scale == THEORY else 1.0 / self.beta
