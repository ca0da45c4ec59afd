"""Which of a run's prompts are held out: only looked at, never learned from."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from annotation import canonical
from annotation.canonical import Messages

FEWEST = 2  # of either side: one answer has no error, and a run needs prompts that differ


class Split(NamedTuple):
    learned: list[Messages]
    held_out: list[Messages]

    @property
    def is_possible(self) -> bool:
        return min(len(self.learned), len(self.held_out)) >= FEWEST


def split(listed: Sequence[Messages], share: float, seed: int) -> Split:
    """By conversation: prompts with one first user turn are on one side, which follows from the seed and that turn."""
    roots: dict[bytes, list[int]] = {}
    for place, messages in enumerate(listed):
        roots.setdefault(bytes(canonical.root(messages)), []).append(place)
    held: set[int] = set()
    for root in sorted(roots, key=lambda one: hashlib.sha256(f"{seed}/held out/".encode() + one).digest()):
        if len(held) >= max(FEWEST, round(share * len(listed))):
            break
        held.update(roots[root])
    return Split(
        [one for place, one in enumerate(listed) if place not in held],
        [one for place, one in enumerate(listed) if place in held],
    )
