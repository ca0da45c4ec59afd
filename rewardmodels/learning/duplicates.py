"""Texts that are nearly the same, by MinHash (Broder, 1997): candidates by bands, each checked by its exact likeness.

The likeness of two texts is the Jaccard index of their runs of five letters, whatever the script and the punctuation.
Runs that many texts share are a template and say nothing: “Translate into French: …” makes no near-duplicates.
"""

import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from rewardmodels.learning import keys
from rewardmodels.learning.columns import KINDS
from rewardmodels.learning.evidence import Evidence

Hashes = NDArray[np.uint64]

ALIKE = 0.7  # one word of twelve changed
RUN = 5
LONGEST = 1_000  # letters that are looked at: a text is told from another by its beginning
BANDS, ROWS = 16, 4  # texts that are .7 alike share a band with probability .988, texts that are .3 alike with .12
MOST_SHARING, SHARE = 10, 0.1  # a run that more texts share than either is a template's
MOST_COUNTED = 5_000  # texts in which runs are counted
MOST_NEIGHBOURS = 100  # of a band that one text is compared with, so that templates do not cost a square
_drawn = keys.numpy_generator(0, "minhash")
FACTORS = _drawn.integers(0, 2**64, BANDS * ROWS, dtype=np.uint64) | np.uint64(1)
SHIFTS = _drawn.integers(0, 2**64, BANDS * ROWS, dtype=np.uint64)
POWERS = np.array([pow(1_099_511_628_211, power, 2**64) for power in range(RUN)], dtype=np.uint64)


def clusters(texts: Sequence[str], least: float = ALIKE) -> list[int]:
    """The cluster of each text, numbered from 0 in order of first sight; chains of near-duplicates are one."""
    found = without_templates([shingles(text) for text in texts])
    joined = Joined(len(texts))
    signatures = np.stack([signature(one) for one in found]) if found else np.empty((0, BANDS * ROWS), np.uint64)
    for band in range(BANDS):
        for bucket in buckets(signatures[:, band * ROWS : (band + 1) * ROWS]):
            for place, one in enumerate(bucket):
                for other in bucket[max(0, place - MOST_NEIGHBOURS) : place]:
                    if joined.root(one) != joined.root(other) and likeness(found[one], found[other]) >= least:
                        joined.join(one, other)
    numbers: dict[int, int] = {}
    return [numbers.setdefault(joined.root(index), len(numbers)) for index in range(len(texts))]


def join(evidence: Evidence) -> int:
    """Give near-duplicate conversations one cluster, that of the first; how many are left."""
    first: dict[int, int] = {}
    joined = [first.setdefault(one, place) for place, one in enumerate(clusters(evidence.clusters))]
    for kind in KINDS:
        said = getattr(evidence, kind)
        setattr(evidence, kind, [one._replace(cluster=joined[one.cluster]) for one in said])
    return len(first)


def shingles(text: str) -> Hashes:
    """The hashes of a text's runs of letters, each once; a shorter text is one run."""
    letters = " ".join(re.findall(r"[^\W_]+", text.casefold()))[:LONGEST].ljust(RUN)
    codes = np.frombuffer(letters.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    return np.unique(mixed(np.lib.stride_tricks.sliding_window_view(codes, RUN) @ POWERS))


def without_templates(found: list[Hashes]) -> list[Hashes]:
    """The runs that tell texts apart; all of them where a text has no other."""
    counted = found[:: -(-len(found) // MOST_COUNTED) or 1]
    runs, times = np.unique(np.concatenate([*counted, np.empty(0, np.uint64)]), return_counts=True)
    common = runs[times > max(MOST_SHARING, SHARE * len(counted))]
    left = [np.setdiff1d(own, common, assume_unique=True) for own in found]
    return [own if len(own) else whole for own, whole in zip(left, found, strict=True)]


def mixed(values: Hashes) -> Hashes:
    """Each bit of the result depends on all bits (the end of SplitMix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def signature(runs: Hashes) -> Hashes:
    """(bands × rows,) least hash under each of many orders: equal in one place as often as the sets are alike."""
    return mixed(runs[:, None] * FACTORS + SHIFTS).min(0)


def buckets(rows: Hashes) -> Iterable[list[int]]:
    """The texts that share a band, where there are two or more, in their order."""
    _, place = np.unique(rows, axis=0, return_inverse=True)
    order = np.argsort(place.ravel(), kind="stable")
    edges = np.flatnonzero(np.diff(place.ravel()[order])) + 1
    return (part.tolist() for part in np.split(order, edges) if len(part) > 1)


def likeness(one: Hashes, other: Hashes) -> float:
    """The Jaccard index of two sets."""
    shared = len(np.intersect1d(one, other, assume_unique=True))
    return shared / (len(one) + len(other) - shared)


class Joined:
    """Disjoint sets with path halving."""

    def __init__(self, count: int) -> None:
        self.parents = list(range(count))

    def root(self, index: int) -> int:
        while self.parents[index] != index:
            self.parents[index] = self.parents[self.parents[index]]
            index = self.parents[index]
        return index

    def join(self, one: int, other: int) -> None:
        low, high = sorted((self.root(one), self.root(other)))
        self.parents[high] = low
