"""What a person chooses about a sum of features that can be read."""

from dataclasses import dataclass
from typing import ClassVar

from rewardmodels.learning.settings.common import Settings
from rewardmodels.learning.settings.fields import SettingError, setting

ATTRIBUTES = (
    *("helpfulness", "specificity", "intent", "factuality", "easy_to_understand", "relevance", "readability"),
    *("enough_detail", "biased", "individual_preferences", "repetitive", "context", "too_long"),
)


def is_address(judge: str) -> bool:
    """Whether a judge is asked over the network; else it is a model of this machine."""
    return judge.startswith(("https://", "http://"))


@dataclass(frozen=True)
class Compositional(Settings):
    """A sum of named features whose weights are learned from preferences, so that every score can be read."""

    kind: ClassVar[str] = "compositional"
    title: ClassVar[str] = "Compositional"
    evidence: ClassVar[tuple[str, ...]] = ("pairwise", "cardinal")
    beside: ClassVar[tuple[str, ...]] = ("rating",)

    writing: bool = setting(
        True, "Features of writing", "Length, lists, questions, repetition, readability and the like.", group="main"
    )
    ratings: bool = setting(
        True,
        "Rated aspects",
        "A head on the frozen backbone learns to predict each aspect that people rated in the snapshot.",
        group="main",
    )
    aspects: tuple[str, ...] = setting((), "Which aspects", "One a line; empty takes every aspect that was rated.")
    judge: str = setting(
        "",
        "Language model that rates",
        "A causal model (a folder, or a hub's name) or an OpenAI-compatible address that ends in /v1, where the "
        "operator allows it. Empty asks none.",
        group="main",
    )
    judge_model: str = setting("", "Its name at the address", "Only for an address: the model that is asked for there.")
    judge_reading: str = setting(
        "generated",
        "How its rating is read",
        "generated reads the number that it writes, as the method's authors do; expected is the mean over the "
        "probabilities of all numbers, our extension, for a model of this machine.",
        enum=["generated", "expected"],
    )
    judge_template: str = setting(
        "dialogue", "How it is asked", "About a dialogue, or about a post and a reply.", enum=["dialogue", "post"]
    )
    attributes: tuple[str, ...] = setting(
        (), "What it rates", f"One a line; empty takes all thirteen: {', '.join(ATTRIBUTES)}."
    )
    models: tuple[str, ...] = setting(
        (), "Reward models as features", "model:<id> of trained reward models of this workspace, one a line."
    )
    ties: str = setting(
        "drop",
        "Ties",
        "drop leaves them out; half counts each as half a preference for either side, which holds weights back.",
        enum=["drop", "half"],
    )
    penalty: str = setting(
        "l2", "Penalty", "l2 shrinks weights; l1 sets those to 0 that do not pay.", enum=["l2", "l1"]
    )
    strength: float | None = setting(
        None,
        "C",
        "The inverse of the penalty's strength; empty chooses it by cross-validation over prompts.",
        minimum=1e-8,
        maximum=1e8,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.writing or self.ratings or self.judge or self.models):
            raise SettingError("writing", "Choose at least one source of features.")
        if len(set(self.models)) < len(self.models):
            raise SettingError("models", "A reward model stands here twice.")
        self._check_judge()

    def _check_judge(self) -> None:
        unknown = sorted(set(self.attributes) - set(ATTRIBUTES))
        if unknown:
            raise SettingError("attributes", f"There is no {unknown[0]!r}; there are: {', '.join(ATTRIBUTES)}.")
        if not self.judge and (self.judge_model or self.attributes):
            raise SettingError("judge", "Name the language model that is to rate.")
        if is_address(self.judge) and not self.judge_model:
            raise SettingError("judge_model", "An address serves models by name: write which one is asked.")
        if is_address(self.judge) and self.judge_reading == "expected":
            raise SettingError("judge_reading", "Probabilities of all numbers are had of a model of this machine only.")
        if self.judge_model and not is_address(self.judge):
            raise SettingError("judge_model", "Only an address serves several models; leave this empty.")
