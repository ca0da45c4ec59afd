"""How sure a figure over verdicts is when verdicts on one prompt hang together, and those of one person do too.

Prompts are drawn again as whole conversations. Where there are enough annotators, what they add is put on top: the
variance by prompts plus that by annotators less that of their crossings (Cameron, Gelbach and Miller 2011), never less
than the variance by prompts alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array

from annotation.agreement.votes import Floats, Integers

FEWEST_ANNOTATORS = 5  # below this, their variance says more about the draw than about people
FEWEST_CLUSTERS = 5  # below this, drawing prompts again has too little to draw from
NORMAL = 1.959964
MOST_AT_ONCE = 4_000_000  # counts that are held in memory together


@dataclass(frozen=True)
class Ways:
    """Which conversation and whom each verdict belongs to, (verdicts,) both counting from 0."""

    cluster: Integers
    annotator: Integers

    @property
    def clusters(self) -> int:
        return int(self.cluster.max()) + 1

    @property
    def has_annotators(self) -> bool:
        return len(np.unique(self.annotator)) >= FEWEST_ANNOTATORS

    def variance(self, influence: Floats) -> Floats:
        """Of figures whose error is the sum of the verdicts' influences, (verdicts, figures) → (figures,)."""
        by_prompt = spread(self.cluster, influence)
        if not self.has_annotators:
            return by_prompt
        crossing = np.unique(np.stack([self.cluster, self.annotator]), axis=1, return_inverse=True)[1].ravel()
        both = by_prompt + spread(self.annotator, influence) - spread(crossing, influence)
        return np.maximum(by_prompt, both)

    def widening(self, influence: Floats) -> Floats:
        """By how much annotators make the intervals of prompts wider, at least 1, (figures,)."""
        by_prompt = spread(self.cluster, influence)
        return np.sqrt(np.where(by_prompt > 0, self.variance(influence) / np.where(by_prompt > 0, by_prompt, 1), 1.0))

    def totals(self, weight: Floats, cell: Integers, cells: int, draws: int, seed: int) -> Iterator[Floats]:
        """The weight in each cell when conversations are drawn again, (some draws, cells) at a time."""
        random, size = np.random.default_rng(seed), self.clusters
        held = coo_array((weight, (self.cluster, cell)), shape=(size, cells)).tocsr()
        step = max(1, MOST_AT_ONCE // max(size, cells))
        for start in range(0, draws, step):
            counts = random.multinomial(size, np.full(size, 1 / size), size=min(step, draws - start))
            yield np.asarray((held.T @ counts.T).T, float)


def spread(group: Integers, influence: Floats) -> Floats:
    """The variance of sums whose terms are independent between groups, with the correction for few groups."""
    _names, place = np.unique(group, return_inverse=True)
    count = int(place.max()) + 1
    if count < 2:
        return np.zeros(influence.shape[1])
    summed = np.stack([np.bincount(place, column, count) for column in influence.T], axis=1)
    return np.asarray((summed**2).sum(axis=0) * count / (count - 1))


def wilson(share: float, n: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a proportion (1927): never empty, however few or however faultless."""
    square = NORMAL**2 / n
    centre = (share + square / 2) / (1 + square)
    half = NORMAL * np.sqrt(share * (1 - share) / n + square / (4 * n)) / (1 + square)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))
