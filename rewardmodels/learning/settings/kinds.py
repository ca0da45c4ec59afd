"""What a person chooses about a reward model: frozen, checked when made, described well enough to build a form from."""

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar

from rewardmodels.learning.settings.common import Mixed, Settings, Tunable, decay, side
from rewardmodels.learning.settings.compositional import Compositional
from rewardmodels.learning.settings.fields import SettingError, setting


@dataclass(frozen=True)
class BradleyTerry(Tunable):
    """Learns from which of two answers was preferred, ties and strengths included."""

    kind: ClassVar[str] = "bradley_terry"
    title: ClassVar[str] = "Bradley–Terry"
    evidence: ClassVar[tuple[str, ...]] = ("pairwise", "cardinal")  # of cardinal judgments, the preference

    head: str = setting(
        "linear",
        "Head",
        "linear fits weights on frozen features, with one best solution and within seconds; "
        "pooler also learns the layer below and needs more data.",
        enum=["linear", "pooler"],
        group="main",
    )
    weight_decay: float | None = decay()
    side_bias: bool = side()
    margin: str = setting(
        "none",
        "Ceiling on margins",
        "Prior-constrained margins (PCRM), for a frozen backbone: the more alike two answers are, by the length of "
        "what differs or by their states, the less one may be better than the other.",
        enum=["none", "length", "cosine"],
    )
    margin_scale: float = setting(20.0, "Ceiling: scale", "Over likeness + softness.", minimum=1e-6, maximum=1e6)
    margin_softness: float = setting(
        0.001, "Ceiling: softness", "Added to the likeness, from 0 to 1.", minimum=1e-6, maximum=10.0
    )
    margin_shift: float | None = setting(
        None, "Ceiling: shift", "Added last; empty means -13 for length, -15 for cosine.", minimum=-1e6, maximum=1e6
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.margin == "none":
            return
        if self.mode != "frozen":
            raise SettingError("margin", "A ceiling on margins is learned on a frozen backbone only.")
        if self.margin_scale / (1 + self.margin_softness) + self.margin_offset <= 0:
            raise SettingError(
                "margin_shift", "Answers that are alike would have a ceiling below 0: no preference could be learned."
            )

    @property
    def margin_offset(self) -> float:
        return self.margin_shift if self.margin_shift is not None else {"length": -13.0}.get(self.margin, -15.0)


@dataclass(frozen=True)
class Ensemble(Tunable):
    """Several Bradley–Terry models that disagree where judgments leave it open: heads, adapters or whole backbones."""

    kind: ClassVar[str] = "ensemble"
    title: ClassVar[str] = "Ensemble"
    evidence: ClassVar[tuple[str, ...]] = ("pairwise", "cardinal")  # of cardinal judgments, the preference

    members: int = setting(
        5,
        "Members",
        "The spread is taken over them. Heads on a frozen backbone are fitted at once; members of lora and full learn "
        "one after another, each as long as one model does.",
        minimum=2,
        maximum=64,
        group="main",
    )
    combine: str = setting(
        "mean",
        "Reward",
        "mean of the members; worst takes the lowest; uncertainty takes a penalty times the variance off the mean.",
        enum=["mean", "worst", "uncertainty"],
        group="main",
    )
    penalty: float = setting(
        0.5,
        "Penalty on the variance",
        "For uncertainty; it depends on the reward’s unit.",
        minimum=0.0,
        maximum=1_000.0,
    )
    ddof: int = setting(
        0, "Divisor", "0 divides a variance by the number of members, 1 by one less.", minimum=0, maximum=1
    )
    differing: str = setting(
        "both",
        "How members differ",
        "resampling: each learns from conversations drawn with replacement; priors: each head is drawn to weights of "
        "its own; both come near a draw from all that the judgments allow. Adapters and orders are always their own.",
        enum=["both", "resampling", "priors"],
    )
    weight_decay: float | None = decay()
    side_bias: bool = side()


@dataclass(frozen=True)
class Binary(Mixed):
    """Learns from single answers that were called desirable or not, with a threshold and a slope per annotator."""

    kind: ClassVar[str] = "binary"
    title: ClassVar[str] = "Desirable or not"
    evidence: ClassVar[tuple[str, ...]] = ("binary",)


@dataclass(frozen=True)
class Cardinal(Mixed):
    """Learns from what answers are worth in money: sizes, zeros and signs, with a money scale per annotator."""

    kind: ClassVar[str] = "cardinal"
    title: ClassVar[str] = "Amounts of money"
    evidence: ClassVar[tuple[str, ...]] = ("cardinal",)

    currency: str = setting(
        "",
        "Currency",
        "Amounts in other currencies are left out and counted; empty stands for the only one there is.",
        maxLength=16,
        group="main",
    )
    rounding_step: float | None = setting(
        None,
        "Rounding step",
        "A said amount is the interval of this width around it; empty takes the largest step that all amounts share.",
        minimum=1e-6,
        maximum=1e9,
    )
    side_bias: bool = side()


@dataclass(frozen=True)
class Joint(Cardinal):
    """Learns one utility from every kind of judgment at once: pairs, amounts, yes or no, rankings and marks."""

    kind: ClassVar[str] = "joint"
    title: ClassVar[str] = "All kinds of judgment together"
    evidence: ClassVar[tuple[str, ...]] = ("pairwise", "cardinal", "binary", "ranking", "rating")

    ranking_ties: str = setting(
        "exact",
        "Ties in rankings",
        "exact: tied answers were not put in order, and all orders that agree are summed; "
        "davidson_luce: a tie is an answer of its own.",
        enum=["exact", "davidson_luce"],
    )


KINDS: dict[str, type[Settings]] = {
    one.kind: one for one in (BradleyTerry, Cardinal, Binary, Joint, Compositional, Ensemble)
}


def read(kind: str, values: dict[str, Any]) -> Settings:
    """The settings of a kind from plain values; SettingError names the first that is wrong."""
    if kind not in KINDS:
        raise SettingError("kind", f"There is no kind {kind!r}; known are: {', '.join(KINDS)}.")
    made_of = KINDS[kind]
    unknown = set(values) - {one.name for one in dataclasses.fields(made_of)}
    if unknown:
        raise SettingError(min(unknown), f"{made_of.title} has no setting {min(unknown)!r}.")
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return made_of(**given)
