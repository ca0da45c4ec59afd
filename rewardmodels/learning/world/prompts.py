"""What people ask the service desk for: a request, its words as messages, and which requests are held out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lm.templates import Conversation, Message
from rewardmodels.learning import keys
from rewardmodels.learning.world.words import SLOTS, STAKES

VALUES = dict(SLOTS)
SECOND_TURNS = 0.25  # the share of requests that change their mind
CHANGES = {
    "temperature": "Sorry, make it {}.",
    "item": "Sorry, bring {} instead.",
    "allergen": "Sorry, no {}.",
    "place": "Sorry, seat by the {}.",
}


@dataclass(frozen=True)
class Request:
    """What is wanted in the end; `was` holds the slot that a second turn changed and its value before."""

    temperature: str
    item: str
    allergen: str
    place: str
    stake: int
    was: tuple[str, str] | None = None

    @property
    def wanted(self) -> dict[str, str]:
        return {slot: getattr(self, slot) for slot in VALUES}

    @property
    def before(self) -> "Request":
        """The request as the first turn made it."""
        return self if self.was is None else changed(self, *self.was, was=None)

    @property
    def is_held_out(self) -> bool:
        """Whether it joins an item and an allergen that no training request joins, at the first turn or the second."""
        return is_held_out_pair(self.item, self.allergen) or is_held_out_pair(self.before.item, self.before.allergen)

    @property
    def messages(self) -> Conversation:
        first = self.before
        opening = f"{first.temperature} {first.item}, no {first.allergen}, seat by the {first.place}, "
        turns = [Message(role="user", content=f"{opening}stake {first.stake}")]
        if self.was is not None:
            slot = self.was[0]
            turns.append(Message(role="assistant", content="Noted."))
            turns.append(Message(role="user", content=CHANGES[slot].format(getattr(self, slot))))
        return tuple(turns)


def changed(request: Request, slot: str, value: str, was: tuple[str, str] | None) -> Request:
    fields: dict[str, Any] = {slot: value, "was": was}
    return replace(request, **fields)


def is_held_out_pair(item: str, allergen: str) -> bool:
    """One allergen of twelve for each item: every value is seen in training, these twelve pairs are not."""
    allergens = VALUES["allergen"]
    return allergens.index(allergen) == (5 * VALUES["item"].index(item) + 3) % len(allergens)


def draw(seed: int, count: int, *, held_out: bool = False, purpose: str = "prompts") -> list[Request]:
    """Requests of one side of the split; the n-th depends on the seed, the purpose and n alone."""
    return [one_of(keys.numpy_generator(seed, purpose, held_out, number), held_out) for number in range(count)]


def one_of(generator: np.random.Generator, held_out: bool) -> Request:
    while True:
        chosen: dict[str, Any] = {slot: choose(values, generator) for slot, values in SLOTS}
        request = Request(**chosen, stake=int(choose(STAKES, generator)))
        if generator.random() < SECOND_TURNS:
            slot = choose(tuple(VALUES), generator)
            others = tuple(value for value in VALUES[slot] if value != chosen[slot])
            request = replace(request, was=(slot, choose(others, generator)))
        if request.is_held_out == held_out:
            return request


def choose(values: tuple[Any, ...], generator: np.random.Generator) -> Any:
    return values[int(generator.integers(len(values)))]


def single_turns() -> Iterator[Request]:
    """Every request that does not change its mind."""
    temperatures, items, allergens, places = (values for _, values in SLOTS)
    for temperature in temperatures:
        for item in items:
            for allergen in allergens:
                for place in places:
                    for stake in STAKES:
                        yield Request(temperature, item, allergen, place, stake)


def read(messages: Conversation) -> Request:
    """The request behind messages that this module wrote; ValueError for any others."""
    try:
        first = messages[0]["content"].replace(",", "").split()
        temperature, item, _no, allergen, _seat, _by, _the, place, _stake, stake = first
        request = Request(temperature, item, allergen, place, int(stake))
        if len(messages) > 1:
            said = messages[2]["content"].rstrip(".").split()
            value = next(word for word in said if word in {each for values in VALUES.values() for each in values})
            slot = next(slot for slot, values in SLOTS if value in values)
            request = changed(request, slot, value, was=(slot, getattr(request, slot)))
        is_known = all(getattr(request, slot) in values for slot, values in SLOTS)
    except (IndexError, KeyError, StopIteration, TypeError, ValueError):
        is_known = False
    if not is_known or request.messages != tuple(messages):
        raise ValueError("These messages are no request of the text world.")
    return request
