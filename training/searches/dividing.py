"""Which prompts of a search are learned from, which it measures at, and which only what was found is tried on."""

from collections.abc import Sequence
from typing import NamedTuple

from annotation.canonical import Messages
from training.checks import holding


class Divided(NamedTuple):
    learned: list[Messages]
    looked: list[Messages]
    fresh: list[Messages]


def divided(listed: Sequence[Messages], share: float, seed: int) -> Divided:
    """By conversation: the same share for measurements and for the last run, the rest to learn from."""
    rest, fresh = holding.split(listed, share, seed)
    learned, looked = holding.split(rest, min(1.0, share * len(listed) / max(1, len(rest))), seed + 1)
    return Divided(learned, looked, fresh)
