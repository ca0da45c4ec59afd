"""How an amount of money is asked for: the part of the terms that is about money."""

from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from web.words import Words

Elicitation = Literal["auto", "direct", "list", "bdm"]
LARGEST_AMOUNT = Decimal(999_999_999_999)  # what the database's columns hold
DECIMALS = 6
QUESTION, MONEY = "question", "money"  # fieldsets of the form


class SettingsError(ValueError):
    """A setting that makes no sense: which one, and why."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def says(help_text: Words, **more: Any) -> dict[str, Any]:
    """What a field says of itself: `title`, bounds, and for the form its `group` and the `kinds` that it applies to."""
    return {"help": help_text, **more}


@dataclass(frozen=True)
class MoneyTerms:
    """Currency, range, step and the way of asking, in the version of the guidelines that a person saw."""

    currency: str = field(
        default="USD",
        metadata=says(
            _("Of all amounts."), title=_("Currency"), group=MONEY, kinds=["cardinal"], min_length=1, max_length=10
        ),
    )
    amount_min: Decimal = field(
        default=Decimal(0),
        metadata=says(_("The smallest amount beside 0."), title=_("Smallest amount"), group=MONEY, kinds=["cardinal"]),
    )
    amount_max: Decimal = field(
        default=Decimal(10_000),
        metadata=says(_("The largest amount."), title=_("Largest amount"), group=MONEY, kinds=["cardinal"]),
    )
    amount_step: Decimal = field(
        default=Decimal("0.01"),
        metadata=says(_("Amounts go in steps of it."), title=_("Step"), group=MONEY, kinds=["cardinal"]),
    )
    elicitation: Elicitation = field(
        default="auto",
        metadata=says(
            _("A sealed price makes it cost something to name more or less than an answer is worth."),
            title=_("How an amount is asked for"),
            labels={
                "auto": _("By the price list where there are prices, else as one amount"),
                "direct": _("As the most one would pay"),
                "list": _("By a price list: yes or no at each price"),
                "bdm": _("As the most one would pay, held against a sealed price"),
            },
            group=MONEY,
            kinds=["cardinal"],
        ),
    )
    prices: tuple[Decimal, ...] = field(
        default=(),
        metadata=says(
            _("The rows of a price list, or what a sealed price is drawn from, lowest first; none: one amount."),
            title=_("Prices"),
            group=MONEY,
            kinds=["cardinal"],
            max_items=50,
        ),
    )
    offers_shortcuts: bool = field(
        default=True,
        metadata=says(
            _("A key for each of a few amounts. What is offered is chosen more often; leave it out if that matters."),
            title=_("Offer a few amounts"),
            group=MONEY,
            kinds=["cardinal"],
        ),
    )
    shortcuts: tuple[Decimal, ...] = field(
        default=(),
        metadata=says(
            _("The amounts offered, lowest first; none: round amounts of the range."),
            title=_("Amounts offered"),
            group=MONEY,
            kinds=["cardinal"],
            max_items=9,
        ),
    )
    explanation: str = field(
        default="",
        metadata=says(
            _("What an amount means, in the words of the project."),
            title=_("What an amount means"),
            group=MONEY,
            kinds=["cardinal"],
        ),
    )

    endowment: Decimal = field(
        default=Decimal(0),
        metadata=says(
            _("Play money of each question with a sealed price; at least the highest price, so that nobody runs out."),
            title=_("Endowment for each question"),
            group=MONEY,
            kinds=["cardinal"],
        ),
    )
    consent: str = field(
        default="",
        metadata=says(
            _(
                "What people agree to before their first task; Markdown. A sealed price needs it. Changed, it is asked "
                "for again."
            ),
            title=_("Consent text"),
            group=QUESTION,
            max_length=20_000,
        ),
    )

    def __post_init__(self) -> None:
        for name in ("amount_min", "amount_max", "amount_step", "endowment"):
            check_amount(name, getattr(self, name))
        if self.amount_min >= self.amount_max:
            raise SettingsError("amount_max", gettext("The largest amount must be larger than the smallest."))
        if self.amount_step == 0:
            raise SettingsError("amount_step", gettext("The step must be more than 0."))
        for name in ("prices", "shortcuts"):
            check_ladder(name, getattr(self, name))
        for amount in self.shortcuts:
            if not self.takes(amount):
                sentence = gettext("%(amount)s is no amount that this project takes.")
                raise SettingsError("shortcuts", sentence % {"amount": amount})
        if self.elicitation == "list" and not self.prices:
            raise SettingsError("prices", gettext("A price list needs at least one price."))
        if self.elicitation == "bdm":
            self.check_stakes()

    def check_stakes(self) -> None:
        if self.prices and self.prices[-1] > self.amount_max:
            raise SettingsError(
                "prices", gettext("Nobody may offer more than the largest amount: no price is above it.")
            )
        if self.endowment < self.highest_price or self.endowment == 0:
            sentence = gettext("The endowment must be at least the highest price, %(price)s.")
            raise SettingsError("endowment", sentence % {"price": self.highest_price})
        if not self.consent.strip():
            raise SettingsError(
                "consent", gettext("Where something is at stake, people must be asked first: write a consent text.")
            )

    @property
    def highest_price(self) -> Decimal:
        """The most that a sealed price can be."""
        return self.prices[-1] if self.prices else self.amount_max

    @property
    def method(self) -> str:
        """How an amount is asked for, where "auto" leaves it to the prices."""
        if self.elicitation == "auto":
            return "list" if self.prices else "direct"
        return self.elicitation

    def takes(self, amount: Decimal) -> bool:
        """Whether an amount over 0 lies in the range and on the step."""
        return self.amount_min <= amount <= self.amount_max and not (amount - self.amount_min) % self.amount_step


def check_amount(name: str, value: Decimal) -> None:
    if not 0 <= value <= LARGEST_AMOUNT or value != round(value, DECIMALS):
        sentence = gettext("An amount lies between 0 and %(largest)s, with at most %(decimals)s decimals.")
        raise SettingsError(name, sentence % {"largest": LARGEST_AMOUNT, "decimals": DECIMALS})


def check_ladder(name: str, amounts: tuple[Decimal, ...]) -> None:
    for amount in amounts:
        check_amount(name, amount)
    if any(later <= earlier for earlier, later in pairwise(amounts)):
        raise SettingsError(name, gettext("Each price must be higher than the one before."))
