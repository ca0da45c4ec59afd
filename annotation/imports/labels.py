"""What a record itself says about its responses, in the words of every kind of question that can hold it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Annotator
from annotation.feedback.kinds import KINDS
from annotation.imports.faults import BadRecord

LABELLERS = ("annotator", "labeler", "rater")
LONGEST_NAME = 200
NAMES = tuple(map(str, range(8)))  # what responses are called in a label: their places in the record
FIRST, SECOND = NAMES[:2]


@dataclass(frozen=True)
class Label:
    """One annotator's answer by the kinds that it can be given as; responses are named by their place, as text."""

    answers: Mapping[str, dict[str, Any]]
    annotator: str = "unknown"
    currency: str = ""  # of an amount, where the record says it
    duration_ms: int | None = None
    origin: str = Annotator.Origin.IMPORTED
    shown: tuple[int, ...] | None = None  # the places in the order in which they were shown; of simulations alone


def labeller(values: dict[str, Any]) -> str:
    name = next((str(values[name]) for name in LABELLERS if values.get(name) not in (None, "")), "unknown")
    if len(name) > LONGEST_NAME:
        raise BadRecord("annotator", _("At most {most} characters.").format(most=LONGEST_NAME))
    return name


def of_pair(preferred: str | None) -> dict[str, dict[str, Any]]:
    """Which of two is better, or neither."""
    order = [[FIRST, SECOND]] if preferred is None else [[preferred], [SECOND if preferred == FIRST else FIRST]]
    return {"pairwise": {"preferred": preferred}, "ranking": {"order": order}}


def preference(values: dict[str, Any]) -> Label:
    return Label(of_pair(FIRST), labeller(values))


def raw(values: dict[str, Any]) -> Label | None:
    """The answer of a row as it is frozen, whose responses have the ids that the answer speaks of."""
    kind, answer = values.get("kind"), values.get("answer")
    if kind is None or answer is None:
        return None
    if kind not in KINDS:
        raise BadRecord("kind", _("There are {kinds}.").format(kinds=", ".join(KINDS)))
    ids: list[Any] = [part.get("id") if isinstance(part, dict) else None for part in values["responses"]]
    try:
        said = KINDS[kind].rename(answer, dict(zip(ids, NAMES, strict=False)))
    except (KeyError, TypeError, AttributeError, ValueError):
        message = _("Expected an answer of kind {kind} that names the responses by the ids they have here.")
        raise BadRecord("answer", message.format(kind=kind)) from None
    took = values.get("duration_ms")
    is_known = isinstance(took, int) and not isinstance(took, bool) and 0 <= took < 2**53
    found = Label({kind: said}, labeller(values), currency(values), took if is_known else None)
    return simulated(found, values, ids) if values.get("origin") == Annotator.Origin.SIMULATED else found


def simulated(found: Label, values: dict[str, Any], ids: list[Any]) -> Label:
    """What a program answered stays told apart from what people said, and its sides are known."""
    said = values.get("shown_order")
    shown = [ids.index(one) for one in said if one in ids] if isinstance(said, list) else []
    if sorted(shown) != list(range(len(ids))):
        message = _("A simulated answer says in which order its responses were shown: the id of each, once.")
        raise BadRecord("shown_order", message)
    return replace(found, origin=Annotator.Origin.SIMULATED, shown=tuple(shown))


def ranking(values: dict[str, Any], count: int) -> Label:
    """Ranks in the order of the answers; the least is best, equal ones are ties."""
    ranks = values["ranks"]
    is_list = isinstance(ranks, list) and len(ranks) == count
    if not is_list or not all(type(rank) in (int, float) for rank in ranks):
        raise BadRecord("ranks", _("Expected a number for each of the completions."))
    order = [[name for name, rank in zip(NAMES, ranks, strict=False) if rank == place] for place in sorted(set(ranks))]
    answers: dict[str, dict[str, Any]] = {"ranking": {"order": order}}
    if count == 2:
        answers["pairwise"] = {"preferred": order[0][0] if len(order) == 2 else None}
    return Label(answers, labeller(values))


def single(values: dict[str, Any]) -> Label | None:
    """What is said of one answer alone: a verdict, marks by aspect, or an amount."""
    answers: dict[str, dict[str, Any]] = {}
    if "label" in values:
        answers["binary"] = {"desirable": truth(values["label"])}
    if "ratings" in values:
        answers["rating"] = {"ratings": marks(values["ratings"])}
    if "amount" in values:
        answers["cardinal"] = {"amount": text_of(positive("amount", values["amount"]))}
    return Label(answers, labeller(values), currency(values)) if answers else None


def cardinal(values: dict[str, Any]) -> Label | None:
    """What the first is worth more than the second; exactly, where the amounts of an export stand beside it."""
    if "net_utility" not in values:
        return None
    worth = money("net_utility", values["net_utility"])
    preferred = {0: None, 1: FIRST, -1: SECOND}[(worth > 0) - (worth < 0)]
    if worth == 0 and values.get("preferred") in PREFERRED:  # better, but worth nothing
        preferred = PREFERRED[values["preferred"]]
    amount = {"amount": text_of(abs(worth))}
    if preferred is not None and "amount_low" in values:
        amount = between(positive("amount_low", values["amount_low"]), values.get("amount_high", ""))
    answers = {"cardinal": {"preferred": preferred, **amount}, **of_pair(preferred)}
    return Label(answers, labeller(values), currency(values))


PREFERRED = {"response1": FIRST, "response2": SECOND}


def between(low: Decimal, high: Any) -> dict[str, Any]:
    """An amount, or the rows of the shortest price list that leaves the same interval; no high is open above."""
    bought = [{"price": text_of(low), "buys": True}]
    if high == "":
        return {"rows": bought}
    top = positive("amount_high", high)
    if top < low:
        raise BadRecord("amount_high", _("The higher amount lies below the lower one."))
    if top == low:
        return {"amount": text_of(low)}
    return {"rows": [*(bought if low else []), {"price": text_of(top), "buys": False}]}


def currency(values: dict[str, Any]) -> str:
    found = values.get("currency", "")
    if not isinstance(found, str) or len(found) > 10:
        raise BadRecord("currency", _("Expected a currency, such as USD."))
    return found


def truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words: dict[str, bool] = {"true": True, "1": True, "false": False, "0": False}
    if isinstance(value, (str, int)) and str(value).strip().lower() in words:
        return words[str(value).strip().lower()]
    raise BadRecord("label", _("Expected true or false."))


def marks(value: Any) -> dict[str, int]:
    if not isinstance(value, dict) or not value:
        raise BadRecord("ratings", _('Expected an object like {"clarity": 4}.'))
    return {name: mark(f"ratings.{name}", one) for name, one in value.items()}


def mark(field: str, value: Any) -> int:
    """A table writes a whole number as text, or as 4.0 in a column that has gaps."""
    text = str(value).strip().removesuffix(".0")
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) == 1):
        raise BadRecord(field, _("Expected a whole number from 1 to 5."))
    return int(text)


def money(field: str, value: Any) -> Decimal:
    """A signed amount, at most six digits after the point; a float means the decimal it is printed as."""
    is_number = isinstance(value, (str, int, float)) and not isinstance(value, bool)
    try:
        amount = Decimal(str(value).strip()) if is_number else None
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite() or abs(amount) >= 10**12:
        raise BadRecord(field, _("Expected an amount, such as {example}.").format(example="-1.50"))
    rounded = round(amount, 6)
    return amount if amount == rounded else rounded


def positive(field: str, value: Any) -> Decimal:
    amount = money(field, value)
    if amount < 0:
        raise BadRecord(field, _("Expected an amount that is not below 0."))
    return amount


def text_of(amount: Decimal) -> str:
    return f"{amount:f}"
