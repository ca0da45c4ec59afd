"""Answers in words, for people: the responses are called answer 1, answer 2, … in the order that they see."""

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from annotation.feedback import cardinal

Names = dict[str, str]


def say(kind: str, answer: dict[str, Any], order: Sequence[Any], currency: str = "") -> str:
    """One line; `order` are the ids of the responses as they stand before the reader."""
    names = {str(response): _("Answer {number}").format(number=n) for n, response in enumerate(order, start=1)}
    return WORDS[kind](answer, names, currency)


def pairwise(answer: dict[str, Any], names: Names, currency: str) -> str:
    if answer["preferred"] is None:
        return _("Both bad") if answer.get("both_bad") else _("Equally good")
    strengths = {3: _("much better"), 2: _("better"), 1: _("slightly better")}
    said = f"{names[answer['preferred']]}: {strengths[answer.get('strength') or 2]}"
    return f"{said}, {_('both bad')}" if answer.get("both_bad") else said


def amount(answer: dict[str, Any], names: Names, currency: str) -> str:
    worth = cardinal.stored_interval(answer)
    if worth.high is None:
        money = _("more than {low} {currency}").format(low=f"{worth.low:f}", currency=currency)
    elif worth.low == worth.high:
        money = f"{worth.low:f} {currency}".strip()
    else:
        money = _("between {low} and {high} {currency}").format(
            low=f"{worth.low:f}", high=f"{worth.high:f}", currency=currency
        )
    if "preferred" not in answer:
        return money
    return _("Equally good") if answer["preferred"] is None else f"{names[answer['preferred']]}: {money}"


def binary(answer: dict[str, Any], names: Names, currency: str) -> str:
    return _("Desirable") if answer["desirable"] else _("Not desirable")


def ranking(answer: dict[str, Any], names: Names, currency: str) -> str:
    groups = [" = ".join(sorted(names[response] for response in group)) for group in answer["order"]]
    return " > ".join(groups)


def rating(answer: dict[str, Any], names: Names, currency: str) -> str:
    return ", ".join(f"{aspect}: {value}" for aspect, value in answer["ratings"].items())


WORDS: dict[str, Callable[[dict[str, Any], Names, str], str]] = {
    "pairwise": pairwise,
    "cardinal": amount,
    "binary": binary,
    "ranking": ranking,
    "rating": rating,
}
