"""What a project may be set to: frozen dataclasses that check themselves, read by forms, API and queue alike."""

from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from json import loads
from typing import Any

from api.schemas import build

EXTRAS = ("aspects", "reason", "critique", "rewrite", "flags", "spans")
LARGEST_AMOUNT = Decimal(999_999_999_999)  # what the database's columns hold
DECIMALS = 6


class SettingsError(ValueError):
    """A setting that makes no sense: which one, and why."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def says(help_text: str, **bounds: Any) -> dict[str, Any]:
    return {"help": help_text, **bounds}


@dataclass(frozen=True)
class Aspect:
    """One side of an answer that is rated from 1 to 5, or compared by itself."""

    name: str = field(metadata=says("What it is called.", min_length=1, max_length=80))
    description: str = field(default="", metadata=says("What it means here."))
    anchors: dict[str, str] = field(default_factory=dict, metadata=says("What numbers of the scale mean: 1 to 5."))

    def __post_init__(self) -> None:
        if not set(self.anchors) <= {"1", "2", "3", "4", "5"}:
            raise SettingsError("anchors", "Anchors are for the numbers 1 to 5.")


@dataclass(frozen=True)
class Terms:
    """What a person is asked, in the version of the guidelines that they saw."""

    currency: str = field(default="USD", metadata=says("Of all amounts.", min_length=1, max_length=10))
    amount_min: Decimal = field(default=Decimal(0), metadata=says("The smallest amount beside 0."))
    amount_max: Decimal = field(default=Decimal(10_000), metadata=says("The largest amount."))
    amount_step: Decimal = field(default=Decimal("0.01"), metadata=says("Amounts go in steps of it."))
    prices: tuple[Decimal, ...] = field(
        default=(), metadata=says("The rows of a price list; none: one amount is asked for.", max_items=50)
    )
    explanation: str = field(default="", metadata=says("What an amount means, in the words of the project."))
    aspects: tuple[str | Aspect, ...] = field(
        default=(), metadata=says("What is rated or compared by itself; none: any name is taken.", max_items=50)
    )
    flags: tuple[str, ...] = field(default=(), metadata=says("What an answer may be flagged as; none: anything."))
    span_labels: tuple[str, ...] = field(default=(), metadata=says("What a span may be called; none: anything."))
    extras: tuple[str, ...] = field(
        default=EXTRAS, metadata=says("What may be said beside the verdict: " + ", ".join(EXTRAS) + ".")
    )
    asks: tuple[str, ...] = field(default=(), metadata=says("Which of these the annotator's page asks for."))
    graded: bool = field(default=False, metadata=says("Whether the page asks how much better an answer is."))
    both_bad: bool = field(default=False, metadata=says('Whether the page offers "both bad".'))

    def __post_init__(self) -> None:
        for name in ("amount_min", "amount_max", "amount_step"):
            check_amount(name, getattr(self, name))
        for price in self.prices:
            check_amount("prices", price)
        if self.amount_min >= self.amount_max:
            raise SettingsError("amount_max", "The largest amount must be larger than the smallest.")
        if self.amount_step == 0:
            raise SettingsError("amount_step", "The step must be more than 0.")
        if any(later <= earlier for earlier, later in pairwise(self.prices)):
            raise SettingsError("prices", "Each price must be higher than the one before.")
        if unknown := set(self.extras) - set(EXTRAS):
            raise SettingsError("extras", f"{sorted(unknown)[0]} is none of {', '.join(EXTRAS)}.")
        if unasked := set(self.asks) - set(self.extras):
            raise SettingsError("asks", f"{sorted(unasked)[0]} is not among the extras that an answer may carry.")
        for name, words in (("flags", self.flags), ("span_labels", self.span_labels), ("aspects", self.aspect_names)):
            check_words(name, words)

    @property
    def aspect_names(self) -> tuple[str, ...]:
        return tuple(aspect if isinstance(aspect, str) else aspect.name for aspect in self.aspects)


@dataclass(frozen=True)
class ProjectSettings(Terms):
    """The terms, and how the queue deals out the work."""

    leases_per_person: int = field(
        default=2, metadata=says("How many tasks one person may hold at a time.", minimum=1, maximum=10)
    )
    lease_seconds: int = field(
        default=1_800, metadata=says("How long a task is kept for a person.", minimum=1, maximum=604_800)
    )
    undo_seconds: int = field(
        default=3_600, metadata=says("How long a judgment may be taken back.", minimum=0, maximum=2_592_000)
    )
    most_per_person: int = field(
        default=0, metadata=says("Judgments that one person may make; 0: no bound.", minimum=0, maximum=10_000_000)
    )
    gold_rate: float = field(
        default=0.1,
        metadata=says("The share of tasks whose answer is known, where there are any.", minimum=0, maximum=1),
    )
    repeat_rate: float = field(
        default=0.0, metadata=says("The share of old tasks shown again, sides swapped.", minimum=0, maximum=1)
    )
    repeat_after: int = field(
        default=20, metadata=says("Judgments that lie between a task and its repeat.", minimum=1, maximum=10_000)
    )

    @property
    def terms(self) -> Terms:
        return Terms(**{one.name: getattr(self, one.name) for one in fields(Terms)})


def check_amount(name: str, value: Decimal) -> None:
    if not 0 <= value <= LARGEST_AMOUNT or value != round(value, DECIMALS):
        raise SettingsError(name, f"An amount lies between 0 and {LARGEST_AMOUNT}, with at most {DECIMALS} decimals.")


def check_words(name: str, words: tuple[str, ...]) -> None:
    if len(words) > 50 or len(set(words)) < len(words) or any(not word.strip() or len(word) > 80 for word in words):
        raise SettingsError(name, "At most 50 different words of 1 to 80 characters.")


def as_json(settings: Terms) -> dict[str, Any]:
    """As the database and the API hold it; amounts are decimal strings."""
    return {name: plain(value) for name, value in asdict(settings).items()}


def plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return [plain(part) for part in value] if isinstance(value, tuple) else value


@lru_cache(maxsize=256)
def stored_settings(text: str) -> ProjectSettings:
    """From the JSON text of a project's row; read once however often it is asked for."""
    return build(ProjectSettings, loads(text))


@lru_cache(maxsize=256)
def stored_terms(text: str) -> Terms:
    """From the JSON text of a version of the guidelines."""
    return build(Terms, loads(text))
