"""The rooms of the product, as each app names its own; a person sees those that the role may enter."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.urls import reverse

from web.words import Words


class Room(NamedTuple):
    order: int
    label: Words
    url_name: str  # below /w/<slug>/
    icon: str  # the name of a symbol in static/web/vendor/lucide/icons.svg
    is_open_to: Callable[[Any], bool]  # a scope → whether to show it
    instead_of: str = ""  # the room whose pages lie in this one for people to whom that room is closed


class Desk(NamedTuple):
    """A page about the person alone, outside every workspace."""

    order: int
    label: Words
    url_name: str
    icon: str


class Item(NamedTuple):
    label: Words
    url: str
    icon: str
    is_current: bool


_rooms: list[Room] = []
_desks: list[Desk] = []


def register(room: Room) -> None:
    """Called from AppConfig.ready; a second call with the same address changes nothing."""
    if room.url_name not in {known.url_name for known in _rooms}:
        _rooms.append(room)
        _rooms.sort(key=lambda known: known.order)


def register_personal(desk: Desk) -> None:
    """An entry of the menu under the person's name."""
    if desk.url_name not in {known.url_name for known in _desks}:
        _desks.append(desk)
        _desks.sort(key=lambda known: known.order)


def items(scope: Any, path: str) -> list[Item]:
    found = [
        (room, reverse(room.url_name, kwargs={"slug": scope.workspace.slug}))
        for room in _rooms
        if room.is_open_to(scope)
    ]
    homes = {url: url for _room, url in found}
    for room, url in found:
        if room.instead_of:
            homes.setdefault(reverse(room.instead_of, kwargs={"slug": scope.workspace.slug}), url)
    current = homes.get(nearest(list(homes), path))
    return [Item(room.label, url, room.icon, url == current) for room, url in found]


def personal_items(path: str) -> list[Item]:
    found = [(desk, reverse(desk.url_name)) for desk in _desks]
    current = nearest([url for _desk, url in found], path)
    return [Item(desk.label, url, desk.icon, url == current) for desk, url in found]


def nearest(urls: list[str], path: str) -> str:
    """The longest address that the path begins with: a page lies in the room whose address it continues."""
    return max((url for url in urls if path.startswith(url)), key=len, default="")
