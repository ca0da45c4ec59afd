"""What to do next, on the home page of a workspace: each app offers its own cards to a scope."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from web.words import Words


class Card(NamedTuple):
    title: Words
    text: Words
    url: str
    action: Words  # the words on the button
    icon: str = "arrow-right"
    figure: str = ""  # a number that matters here, such as tasks waiting
    is_first: bool = False  # the one thing that this role came for


Offer = Callable[[Any], Iterable[Card]]
_offers: list[tuple[int, Offer]] = []


def register(order: int, offer: Offer) -> None:
    """Called from AppConfig.ready: `offer(scope)` yields the cards that this person should see now."""
    if offer not in [known for _order, known in _offers]:
        _offers.append((order, offer))
        _offers.sort(key=lambda known: known[0])


def offered(scope: Any) -> list[Card]:
    found = [card for _order, offer in _offers for card in offer(scope)]
    return sorted(found, key=lambda card: not card.is_first)
