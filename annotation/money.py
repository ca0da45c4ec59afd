"""How an amount of money is asked for."""

from decimal import Decimal
from typing import Any

from annotation.settings import Terms

MOST_SHORTCUTS = 7


def asked(terms: Terms, commitment: str = "") -> dict[str, Any]:
    """What a page or a program needs to ask under these terms; amounts are decimal strings."""
    return {
        "elicitation": method(terms, commitment),
        "commitment": commitment or None,
        "endowment": written(terms.endowment) if commitment else None,
        "minimum": f"{terms.amount_min:f}",
        "maximum": f"{terms.amount_max:f}",
        "step": f"{terms.amount_step:f}",
        "prices": [f"{price:f}" for price in terms.prices],
        "explanation": terms.explanation,
        "shortcuts": [written(amount) for amount in shortcuts(terms)],
    }


def method(terms: Terms, commitment: str) -> str:
    """Without a sealed price (in a test, or settling a dispute) bdm is a direct question, and hypothetical."""
    return "direct" if terms.method == "bdm" and not commitment else terms.method


def written(amount: Decimal) -> str:
    """A plain decimal as people write money: 5, 0.50, 0.125."""
    plain = amount.normalize()
    places = max(0, -int(plain.as_tuple().exponent))
    return f"{plain:f}" if places != 1 else f"{plain:.2f}"


def shortcuts(terms: Terms) -> list[Decimal]:
    """The project's own, or the largest round amounts (1, 2, 5, 10, …) of the range that are on its step."""
    if not terms.offers_shortcuts or terms.method == "list":
        return []
    return list(terms.shortcuts) or round_amounts(terms)[-MOST_SHORTCUTS:]


def round_amounts(terms: Terms) -> list[Decimal]:
    powers = (Decimal(10) ** exponent for exponent in range(-6, 12))
    ladder = (figure * power for power in powers for figure in (1, 2, 5))
    return [amount for amount in ladder if terms.takes(amount)]
