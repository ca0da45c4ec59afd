"""Proves the chain: every seal follows from the one before it, every sealed entry is as it was, none is missing."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from audit.fingerprints import FIRST, leaf, read_leaves, seal_hash
from audit.models import Entry, Seal


class Broken(Exception):
    """The first thing in the chain that is not as it was, in words."""


@dataclass(frozen=True)
class Proof:
    seals: int
    entries: int
    unsealed: int
    head: str  # the hash of the last seal: written down elsewhere, it proves that nothing was cut off the end


def verify(*, expect: str = "") -> Proof:
    """Raises Broken at the first break. `expect` is a head that was noted earlier and must still be in the chain."""
    head, last, count, seals, is_met = FIRST, 0, 0, 0, not expect
    for seal in in_order():
        check_link(seal, head, last)
        check_entries(seal, last)
        head, last = seal.sha256, seal.last_entry
        count, seals = count + seal.entries, seals + 1
        is_met = is_met or head == expect
    if not is_met:
        raise Broken(f"No seal has the hash {expect}: the chain was cut, or written anew.")
    return Proof(seals, count, Entry.objects.filter(id__gt=last).count(), head)


def in_order() -> Iterator[Seal]:
    """A few at a time, as one holds up to half a megabyte, and without a cursor that a break would leave open."""
    last = 0
    while seals := list(Seal.objects.filter(id__gt=last).order_by("id")[:20]):
        yield from seals
        last = seals[-1].pk


def check_link(seal: Seal, head: str, last: int) -> None:
    if seal.previous != head:
        raise Broken(f"Seal {seal.pk} does not follow from the seal before it: one is missing or was changed.")
    ids = [identifier for identifier, _leaf in read_leaves(seal.leaves)]
    is_in_order = ids == sorted(set(ids)) and len(ids) == seal.entries and ids[0] > last
    if seal.sha256 != seal_hash(seal.previous, bytes(seal.leaves)) or not is_in_order:
        raise Broken(f"Seal {seal.pk} (entries {seal.first_entry} to {seal.last_entry}) was changed.")
    if (ids[0], ids[-1]) != (seal.first_entry, seal.last_entry):
        raise Broken(f"Seal {seal.pk} says that it covers other entries than it does.")


def check_entries(seal: Seal, last: int) -> None:
    entries = Entry.objects.filter(id__gt=last, id__lte=seal.last_entry).order_by("id")
    for entry, known in zip_longest(entries, read_leaves(seal.leaves)):
        if known is None or (entry is not None and entry.pk < known[0]):
            raise Broken(f"Entry {entry.pk} was added after seal {seal.pk} was made.")
        if entry is None or entry.pk > known[0]:
            raise Broken(f"Entry {known[0]} is missing; it was in seal {seal.pk}.")
        if leaf(entry) != known[1]:
            raise Broken(f"Entry {entry.pk} was changed after seal {seal.pk} was made.")
