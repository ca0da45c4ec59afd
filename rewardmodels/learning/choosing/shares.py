"""A share of the questions that is asked at random, whatever any model thinks: only it judges models and rules."""

import hashlib
from collections.abc import Sequence
from itertools import chain
from typing import TypeVar

T = TypeVar("T")


def draw(name: str, seed: int) -> float:
    """A number from 0 to below 1 that follows from the question and the seed alone: a keyed hash."""
    key = seed.to_bytes(8, "big", signed=True)
    return int.from_bytes(hashlib.blake2b(name.encode(), key=key, digest_size=6).digest(), "big") / 2**48


def is_random(name: str, share: float, seed: int) -> bool:
    """Whether the question is of the random share; a larger share holds the smaller one."""
    return draw(name, seed) < share


def interleaved(streams: Sequence[Sequence[T]]) -> list[T]:
    """One line in which each stream keeps its order and comes evenly, as often as its share of the whole."""
    placed = [
        [((place + 0.5) / len(stream), number, one) for place, one in enumerate(stream)]
        for number, stream in enumerate(streams)
    ]
    return [one for _, _, one in sorted(chain.from_iterable(placed), key=lambda entry: entry[:2])]
