"""What a person chooses about a reward model: frozen, checked when made, described well enough to build a form from."""

import dataclasses
import math
from dataclasses import dataclass, field
from typing import Any, ClassVar, get_args, get_origin, get_type_hints


class SettingError(ValueError):
    """A sentence about one setting."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name
        self.message = message


def setting(default: Any, title: str, help_text: str, **bounds: Any) -> Any:
    """A field with the words of its form; bounds are JSON Schema's minimum, maximum and enum.

    `group="main"` puts it among the choices that a form shows at once.
    """
    return field(default=default, metadata={"title": title, "description": help_text, **bounds})


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
JSON_TYPES = {int: "integer", float: "number", str: "string", bool: "boolean"}


def check(settings: Any) -> None:
    """Every field has its type and lies within its bounds."""
    hints = get_type_hints(type(settings))
    for one in dataclasses.fields(settings):
        value = getattr(settings, one.name)
        if get_origin(hints[one.name]) is tuple:
            check_list(one.name, value, get_args(hints[one.name])[0], one.metadata)
            continue
        kinds = get_args(hints[one.name]) or (hints[one.name],)
        if value is None and type(None) in kinds:
            continue
        expected = next(kind for kind in kinds if kind is not type(None))
        is_fitting = type(value) is expected or (expected is float and type(value) is int)
        if not is_fitting or (expected is float and not math.isfinite(value)):
            raise SettingError(one.name, f"{one.metadata['title']}: this must be of type {JSON_TYPES[expected]}.")
        check_bounds(one.name, value, one.metadata)


def check_list(name: str, value: Any, kind: type, metadata: Any) -> None:
    """A tuple of words, none of them empty, or of finite numbers."""
    if kind is str:
        if type(value) is not tuple or not all(type(word) is str and word.strip() for word in value):
            raise SettingError(name, f"{metadata['title']}: this must be a list of words.")
        return
    kinds = (int, float) if kind is float else (kind,)
    if type(value) is not tuple or not all(type(one) in kinds and math.isfinite(one) for one in value):
        raise SettingError(name, f"{metadata['title']}: this must be a list of {JSON_TYPES[kind]}s.")


def check_bounds(name: str, value: Any, metadata: Any) -> None:
    if "enum" in metadata and value not in metadata["enum"]:
        raise SettingError(name, f"{metadata['title']}: choose one of {', '.join(metadata['enum'])}.")
    low, high = metadata.get("minimum"), metadata.get("maximum")
    if (low is not None and value < low) or (high is not None and value > high):
        raise SettingError(name, f"{metadata['title']}: this must lie between {low} and {high}.")


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
