"""The rooms of the product, as each app names its own; a person sees those that the role may enter."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.urls import reverse


class Room(NamedTuple):
    order: int
    label: str  # lazily translated
    url_name: str  # below /w/<slug>/
    icon: str
    is_open_to: Callable[[Any], bool]  # a scope → whether to show it


class Item(NamedTuple):
    label: str
    url: str
    icon: str


_rooms: list[Room] = []


def register(room: Room) -> None:
    """Called from AppConfig.ready; a second call with the same address changes nothing."""
    if room.url_name not in {known.url_name for known in _rooms}:
        _rooms.append(room)
        _rooms.sort(key=lambda known: known.order)


def items(scope: Any) -> list[Item]:
    return [
        Item(room.label, reverse(room.url_name, kwargs={"slug": scope.workspace.slug}), room.icon)
        for room in _rooms
        if room.is_open_to(scope)
    ]
