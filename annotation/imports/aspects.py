"""Marks that came one aspect a line, as the layout `rating` has them, joined to the one judgment that they were."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from annotation.imports.faults import Fault
from annotation.imports.files import Numbered


def joined(found: Iterable[Numbered | Fault]) -> Iterator[Numbered | Fault]:
    """Lines that follow each other and differ in nothing but their aspect and its mark become one record."""
    held: Numbered | None = None
    for part in map(spelled, found):
        if held is not None and not isinstance(part, Fault) and are_of_one(held, part):
            held[1]["ratings"] |= part[1]["ratings"]
            continue
        if held is not None:
            yield held
        held = None
        if isinstance(part, Fault) or not isinstance(part[1].get("ratings"), dict):
            yield part
        else:
            held = part
    if held is not None:
        yield held


def spelled(part: Numbered | Fault) -> Numbered | Fault:
    """An aspect and its mark as an object of marks."""
    if isinstance(part, Fault) or part[1].get("aspect") is None:
        return part
    number, values = part
    aspect, mark = values["aspect"], values.get("rating")
    if not isinstance(aspect, str) or mark is None:
        return Fault(number, "rating", _("Expected an aspect and its mark."))
    rest = {name: value for name, value in values.items() if name not in {"aspect", "rating"}}
    return number, {**rest, "ratings": {aspect: mark}}


def are_of_one(first: Numbered, second: Numbered) -> bool:
    """The same person's marks of the same answer, for other aspects."""
    one, other = dict(first[1]), dict(second[1])
    held, new = one.pop("ratings"), other.pop("ratings", None)
    return isinstance(new, dict) and not set(held) & set(new) and one == other
