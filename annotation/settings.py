"""What a project may be set to: frozen dataclasses that check themselves, read by forms, API and queue alike."""

from dataclasses import MISSING, asdict, dataclass, fields
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

EXTRAS = ("aspects", "reason", "critique", "rewrite", "flags", "spans")
LARGEST_AMOUNT = Decimal("999999999999")  # what the database's columns hold
SMALLEST_STEP = Decimal("0.000001")


class SettingsError(ValueError):
    """A setting that makes no sense: which one, and why."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name
        self.message = message


@dataclass(frozen=True)
class Anchor:
    """What one number of a scale means."""

    value: int
    text: str


@dataclass(frozen=True)
class Aspect:
    """One side of an answer that is rated from 1 to 5 or compared by itself."""

    name: str
    description: str = ""
    anchors: tuple[Anchor, ...] = ()


@dataclass(frozen=True)
class Terms:
    """What a person is asked, in the version of the guidelines that they saw."""

    currency: str = "USD"
    amount_min: str = "0"
    amount_max: str = "10000"
    amount_step: str = "0.01"
    prices: tuple[str, ...] = ()  # the rows of a price list; none: one amount is asked for
    explanation: str = ""  # what an amount means, in the words of the project
    aspects: tuple[Aspect, ...] = ()  # none: any name is taken
    flags: tuple[str, ...] = ()  # none: any
    span_labels: tuple[str, ...] = ()  # none: any
    extras: tuple[str, ...] = EXTRAS

    def __post_init__(self) -> None:
        if not (1 <= len(self.currency) <= 10 and self.currency.isprintable() and self.currency.strip()):
            raise SettingsError("currency", "A currency is a word of 1 to 10 characters, such as USD.")
        low, high = amount("amount_min", self.amount_min), amount("amount_max", self.amount_max)
        step = amount("amount_step", self.amount_step)
        if low >= high:
            raise SettingsError("amount_max", "The largest amount must be larger than the smallest.")
        if step < SMALLEST_STEP:
            raise SettingsError("amount_step", f"The step must be at least {SMALLEST_STEP}.")
        prices = [amount("prices", price) for price in self.prices]
        if any(later <= earlier for earlier, later in pairwise(prices)) or len(prices) > 50:
            raise SettingsError("prices", "A price list has at most 50 prices, each higher than the one before.")
        if unknown := set(self.extras) - set(EXTRAS):
            raise SettingsError("extras", f"{sorted(unknown)[0]!r} is none of {', '.join(EXTRAS)}.")
        distinct_words("flags", self.flags)
        distinct_words("span_labels", self.span_labels)
        distinct_words("aspects", tuple(aspect.name for aspect in self.aspects))
        for aspect in self.aspects:
            values = [anchor.value for anchor in aspect.anchors]
            if len(set(values)) < len(values) or not set(values) <= {1, 2, 3, 4, 5}:
                raise SettingsError("aspects", f"The anchors of {aspect.name!r} must be for different numbers 1 to 5.")


@dataclass(frozen=True)
class ProjectSettings(Terms):
    """The terms, and how the queue deals out the work."""

    leases_per_person: int = 2
    lease_seconds: int = 1_800
    undo_seconds: int = 3_600  # how long a person may withdraw a judgment
    most_per_person: int = 0  # judgments; 0: no bound
    gold_rate: float = 0.1  # the share of calls that bring a task whose answer is known, where there are any
    repeat_rate: float = 0.0  # the share of calls that bring an old task again with its sides swapped
    repeat_after: int = 20  # judgments that lie between a task and its repeat, at least

    def __post_init__(self) -> None:
        super().__post_init__()
        within("leases_per_person", self.leases_per_person, 1, 10)
        within("lease_seconds", self.lease_seconds, 10, 7 * 86_400)
        within("undo_seconds", self.undo_seconds, 0, 30 * 86_400)
        within("most_per_person", self.most_per_person, 0, 10_000_000)
        within("gold_rate", self.gold_rate, 0, 1)
        within("repeat_rate", self.repeat_rate, 0, 1)
        within("repeat_after", self.repeat_after, 1, 10_000)

    @property
    def terms(self) -> Terms:
        return Terms(**{field.name: getattr(self, field.name) for field in fields(Terms)})


def amount(name: str, text: str) -> Decimal:
    """A finite amount ≥ 0 that was written as a decimal string."""
    try:
        value = Decimal(text)
    except (InvalidOperation, ValueError):
        raise SettingsError(name, f"{text!r} is not an amount: write it like 1.50.") from None
    if not value.is_finite() or value < 0 or value > LARGEST_AMOUNT:
        raise SettingsError(name, f"{text!r} is not an amount between 0 and {LARGEST_AMOUNT}.")
    return value


def within(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:  # false for NaN too
        raise SettingsError(name, f"{value} is not between {least} and {most}.")


def distinct_words(name: str, words: tuple[str, ...]) -> None:
    if len(words) > 50 or len(set(words)) < len(words) or any(not word.strip() or len(word) > 80 for word in words):
        raise SettingsError(name, "At most 50 different words of 1 to 80 characters.")


def project_settings(values: dict[str, Any]) -> ProjectSettings:
    """Settings from JSON; what is not said has its default, what is not known is refused."""
    return ProjectSettings(**checked(ProjectSettings, values))


def terms_of(values: dict[str, Any]) -> Terms:
    """Terms as a version of guidelines stored them."""
    return Terms(**checked(Terms, values))


def as_json(settings: Terms) -> dict[str, Any]:
    return asdict(settings)


def checked(cls: type[Terms], values: dict[str, Any]) -> dict[str, Any]:
    known = {field.name: field for field in fields(cls)}
    result: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            raise SettingsError(name, f"There is no such setting; there are {', '.join(sorted(known))}.")
        default = known[name].default
        assert default is not MISSING
        result[name] = aspects(value) if name == "aspects" else typed(name, value, default)
    return result


def typed(name: str, value: Any, default: Any) -> Any:
    """The value in the type of the default; a bool is no number, a float no integer."""
    if isinstance(default, tuple) and isinstance(value, (list, tuple)) and all(isinstance(part, str) for part in value):
        return tuple(value)
    if isinstance(default, str) and isinstance(value, str):
        return value
    if not isinstance(value, bool):
        if isinstance(default, int) and isinstance(value, int):
            return value
        if isinstance(default, float) and isinstance(value, (int, float)):
            return float(value)
    expected = {tuple: "a list of words", str: "text", int: "a whole number", float: "a number"}[type(default)]
    raise SettingsError(name, f"Expected {expected}.")


def aspects(value: Any) -> tuple[Aspect, ...]:
    """Aspects as words, or as {"name", "description"?, "anchors"?: {"1": "…"}}."""
    if not isinstance(value, (list, tuple)):
        raise SettingsError("aspects", "Expected a list.")
    return tuple(aspect(part) for part in value)


def aspect(part: Any) -> Aspect:
    if isinstance(part, str):
        return Aspect(part)
    if (
        not isinstance(part, dict)
        or not isinstance(part.get("name"), str)
        or set(part) - {"name", "description", "anchors"}
    ):
        raise SettingsError("aspects", 'An aspect is a word or {"name", "description", "anchors"}.')
    description, anchors = part.get("description", ""), part.get("anchors") or []
    if isinstance(anchors, dict):
        anchors = [{"value": int(key) if str(key).isdecimal() else 0, "text": text} for key, text in anchors.items()]
    if not isinstance(description, str) or not isinstance(anchors, (list, tuple)):
        raise SettingsError("aspects", f"The description of {part['name']!r} must be text, the anchors a list.")
    for anchor in anchors:
        if (
            not isinstance(anchor, dict)
            or not isinstance(anchor.get("text"), str)
            or type(anchor.get("value")) is not int
        ):
            raise SettingsError("aspects", 'An anchor is {"value": 1 to 5, "text": "…"}.')
    return Aspect(part["name"], description, tuple(Anchor(anchor["value"], anchor["text"]) for anchor in anchors))
