"""The rooms of the product, as each app names its own; a person sees those that the role may enter."""

from collections.abc import Callable
from itertools import groupby
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from web.words import Words

# What rooms are for, in the order of the navigation; what everybody does every day stands first, under no name.
PARTS: dict[str, Words] = {"": "", "learning": _("Models"), "people": _("People"), "upkeep": _("Upkeep")}
FEW = 8  # rooms that are seen at a glance, without names over them


class Room(NamedTuple):
    order: int
    label: Words
    url_name: str  # below /w/<slug>/
    icon: str  # the name of a symbol in static/web/vendor/lucide/icons.svg
    is_open_to: Callable[[Any], bool]  # a scope → whether to show it
    instead_of: str = ""  # the room whose pages lie in this one for people to whom that room is closed
    part: str = ""  # of PARTS


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
    part: str = ""


class Part(NamedTuple):
    name: str
    label: Words
    items: list[Item]


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
    return [Item(room.label, url, room.icon, url == current, room.part) for room, url in found]


def parts(found: list[Item]) -> list[Part]:
    """The rooms under the names of what they are for; a few stand together under none."""
    if len(found) <= FEW:
        return [Part("", "", found)]
    places = list(PARTS)
    in_order = sorted(found, key=lambda item: places.index(item.part))  # within a part they keep theirs
    return [Part(name, PARTS[name], list(items)) for name, items in groupby(in_order, key=lambda item: item.part)]


def personal_items(path: str) -> list[Item]:
    found = [(desk, reverse(desk.url_name)) for desk in _desks]
    current = nearest([url for _desk, url in found], path)
    return [Item(desk.label, url, desk.icon, url == current) for desk, url in found]


def nearest(urls: list[str], path: str) -> str:
    """The longest address that the path begins with: a page lies in the room whose address it continues."""
    return max((url for url in urls if path.startswith(url)), key=len, default="")
