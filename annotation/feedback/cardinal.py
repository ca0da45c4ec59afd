"""How much better, in money: the most one would pay to get the preferred response instead, asked directly or by a list.

Nothing said is overwritten: what follows from it (an interval) stands beside it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.feedback import extras
from annotation.feedback.kind import Feedback, Sides
from annotation.feedback.reading import Context, Fields
from annotation.feedback.rows import Row

ZERO = Decimal(0)
MOST_ROWS = 50
SCHEMA = {
    "type": "object",
    "properties": {
        "preferred": {"type": ["string", "null"], "description": "Needed where there are two responses."},
        "amount": {"type": "string", "pattern": r"^\d+(\.\d+)?$"},
        "rows": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["price", "buys"],
                "properties": {"price": {"type": "string"}, "buys": {"type": "boolean"}},
            },
        },
    },
    "oneOf": [{"required": ["amount"]}, {"required": ["rows"]}],
}


@dataclass(frozen=True)
class Interval:
    """Where the amount lies: at a point, between two prices, or anywhere above the last one (`high` is None)."""

    low: Decimal
    high: Decimal | None
    is_consistent: bool = True  # false: the list switches more than once, and the interval spans all switches


@dataclass(frozen=True)
class Answer:
    preferred: str | None
    interval: Interval
    rows: tuple[tuple[Decimal, bool], ...]  # empty where the amount was said directly
    extras: extras.Extras

    @property
    def columns(self) -> dict[str, Any]:
        return {
            "preferred": self.preferred,
            "amount_low": self.interval.low,
            "amount_high": self.interval.high,
            "is_consistent": self.interval.is_consistent,
        }


def parse(answer: dict[str, Any], context: Context) -> Answer:
    fields = Fields(answer)
    is_pair = len(context.ids) == 2
    preferred = fields.response("preferred", context, required=True) if is_pair else None
    rows: tuple[tuple[Decimal, bool], ...] = ()
    interval = Interval(ZERO, ZERO)
    says_nothing = is_pair and preferred is None  # then the amount is 0, however it is asked for
    if not says_nothing:
        check_method(fields, context)
    if fields.has("rows") == fields.has("amount"):
        fields.fault("amount", _("Say either an amount or the rows of a price list."))
        fields.take("rows"), fields.take("amount")
    elif fields.has("rows"):
        rows = read_rows(fields, context)
        interval = interval_of(rows)
    else:
        amount = read_amount(fields, "amount", fields.take("amount"), context)
        interval = Interval(amount, amount)
    if says_nothing and not fields.errors:
        if interval.low > 0 or any(buys for _price, buys in rows):
            fields.fault("amount", _("Where neither is better the amount is 0."))
        interval = Interval(ZERO, ZERO)
    parsed = Answer(preferred, interval, rows, extras.read(fields, context))
    fields.finish()
    return parsed


def check_method(fields: Fields, context: Context) -> None:
    """Where the terms name a way of asking, an answer of the other form was never asked for."""
    elicitation = context.terms.elicitation
    if not context.is_bounded or elicitation == "auto":
        return
    if elicitation == "list" and not fields.has("rows"):
        fields.fault("rows", _("This project asks with a list of prices: say yes or no at each of them."))
    if elicitation != "list" and fields.has("rows"):
        fields.fault("amount", _("This project asks for one amount, not for a list of prices."))


def read_amount(fields: Fields, name: str, value: Any, context: Context) -> Decimal:
    """A finite decimal within the project's range and on its step; 0 is always allowed."""
    if not isinstance(value, str):
        fields.fault(name, _('Write the amount as text, like "1.50".'))
        return ZERO
    amount = plain_decimal(value)
    terms = context.terms
    if amount is None:
        fields.fault(name, what_is_wrong(value))
        return ZERO
    if context.is_bounded and amount != 0:
        low, high, step = terms.amount_min, terms.amount_max, terms.amount_step
        if not low <= amount <= high:
            fields.fault(name, _("Amounts here lie between {low} and {high}.").format(low=low, high=high))
        elif (amount - low) % step:
            fields.fault(name, _("Amounts here go in steps of {step}.").format(step=step))
    return amount


def what_is_wrong(text: str) -> str:
    """Why this is no amount, as far as one can tell."""
    if not text.isascii() and any(sign.isdigit() for sign in text):
        return _('Write the amount with the digits 0 to 9, like "1.50".')
    if "," in text:
        return _('Write the amount with a point and without commas, like "1.50".')
    if text.strip().startswith("-"):
        return _("An amount is never negative: where the other answer is better, prefer that one.")
    return _('This is no amount; write it like "1.50".')


def plain_decimal(text: str) -> Decimal | None:
    """Digits with at most one point: no sign, exponent, NaN or infinity; at most 12 digits before and 6 after it."""
    whole, _point, part = text.partition(".")
    if not (text.isascii() and whole.isdigit() and len(whole) <= 12):
        return None
    if "." in text and not (part.isdigit() and len(part.rstrip("0")) <= 6 and len(part) <= 20):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def read_rows(fields: Fields, context: Context) -> tuple[tuple[Decimal, bool], ...]:
    value = fields.take("rows")
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_ROWS:
        fields.fault("rows", _("Expected a list of 1 to {most} rows.").format(most=MOST_ROWS))
        return ()
    rows = []
    for number, part in enumerate(value):
        row = Fields(part, f"{fields.path}.rows.{number}", fields.errors)
        price = plain_decimal(text) if isinstance(text := row.take("price", required=True), str) else None
        buys = row.flag("buys", required=True)
        if price is None:
            row.fault(
                "price", what_is_wrong(text) if isinstance(text, str) else _('Write the price as text, like "1.50".')
            )
        rows.append((price or ZERO, buys))
        for name in row.values:
            row.fault(str(name), _("There is no such field here."))
    prices = [price for price, _buys in rows]
    asked = list(context.terms.prices)
    if asked and context.is_bounded and prices != asked:
        fields.fault("rows", _("The prices are not those that this project asks about."))
    if any(later <= earlier for earlier, later in pairwise(prices)):
        fields.fault("rows", _("Each price must be higher than the one before."))
    return tuple(rows)


def interval_of(rows: tuple[tuple[Decimal, bool], ...]) -> Interval:
    """Above the last price bought below every refusal, below the first one refused above every purchase."""
    refused = [price for price, buys in rows if not buys]
    bought = [price for price, buys in rows if buys]
    is_consistent = not (refused and bought) or max(bought) < min(refused)
    low = max((price for price in bought if not refused or price < min(refused)), default=ZERO)
    high = min((price for price in refused if not bought or price > max(bought)), default=None)
    return Interval(low, high, is_consistent)


def rename(answer: dict[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    renamed = extras.rename(answer, names)
    if answer.get("preferred") is not None:
        renamed["preferred"] = names[answer["preferred"]]
    return renamed


def is_correct(answer: Answer, gold: Answer, tolerance: float | None) -> bool:
    """The same side, and intervals that meet when widened by the tolerance."""
    width = Decimal(str(tolerance or 0))
    infinite = Decimal("Infinity")
    mine, known = answer.interval, gold.interval
    overlap = mine.low <= (infinite if known.high is None else known.high) + width and known.low - width <= (
        infinite if mine.high is None else mine.high
    )
    return answer.preferred == gold.preferred and overlap


def stored_interval(answer: dict[str, Any]) -> Interval:
    """The interval of an answer that was checked when it was given."""
    if "rows" not in answer:
        amount = Decimal(answer["amount"])
        return Interval(amount, amount)
    if answer.get("preferred", "single") is None:
        return Interval(ZERO, ZERO)
    return interval_of(tuple((Decimal(row["price"]), row["buys"]) for row in answer["rows"]))


def value(answer: dict[str, Any]) -> float:
    """One number for the interval: its middle, or its lower end where it is open above."""
    interval = stored_interval(answer)
    return float(interval.low if interval.high is None else (interval.low + interval.high) / 2)


def net_utility(row: Row) -> float:
    """u(first) − u(second), as CardinalPrefs has it: negative where the second is better."""
    preferred = row.answer["preferred"]
    if preferred is None:
        return 0.0
    return value(row.answer) * (1 if preferred == row.responses[0].id else -1)


def pairs(row: Row) -> Iterator[tuple[str, str]]:
    if (preferred := row.answer.get("preferred")) is not None:
        yield row.text_of(preferred), row.others(preferred)[0].text


def ties(row: Row) -> Iterator[tuple[str, str]]:
    if len(row.responses) == 2 and row.answer["preferred"] is None:
        yield row.responses[0].text, row.responses[1].text


def ranks(row: Row) -> list[int]:
    preferred = row.answer.get("preferred")
    return [0 if preferred in (None, candidate.id) else 1 for candidate in row.responses]


def tell(answer: dict[str, Any], sides: Sides, currency: str) -> str:
    if "preferred" in answer and answer["preferred"] is None:
        return _("No difference")
    if "rows" in answer:
        bought = [row["price"] for row in answer["rows"] if row["buys"]]
        amount = _("up to {price}").format(price=f"{bought[-1]} {currency}") if bought else _("at no price")
    else:
        amount = f"{answer['amount']} {currency}"
    if not answer.get("preferred"):
        return amount
    return _("Answer {number}, {amount}").format(number=sides[answer["preferred"]], amount=amount)


KIND = Feedback(
    name="cardinal",
    label=gettext_lazy("What it is worth"),
    description=gettext_lazy(
        "The most one would pay to get the better answer instead of the other, said directly or by a price list."
    ),
    responses=(1, 2),
    parse=parse,
    rename=rename,
    is_correct=is_correct,
    schema=SCHEMA,
    tell=tell,
    pairs=pairs,
    ties=ties,
    ranks=ranks,
)
