"""Intervals that resample what is independent: prompts, and annotators too where there are enough of them."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import rankdata

Floats = NDArray[np.float64]

DRAWS = 1_000
FEWEST_DRAWS, MOST_COUNTS = 200, 20_000_000  # fewer draws where there are many prompts: their counts are in memory
FEWEST_ANNOTATORS = 5  # below this, resampling them says more about the draw than about people
NORMAL = 1.959964  # the normal distribution has 95 % within so many standard deviations


class Resampler:
    """A keyed bootstrap of judgments over one way or two, each resampled as a whole (Owen's pigeonhole, 2007)."""

    def __init__(self, ways: Sequence[NDArray[np.int64]], generator: np.random.Generator, draws: int = DRAWS) -> None:
        self.places = [np.unique(way, return_inverse=True)[1] for way in ways]
        sizes = [int(place.max()) + 1 for place in self.places]
        draws = min(draws, max(FEWEST_DRAWS, MOST_COUNTS // max(sizes)))
        self.counts = []
        for groups in sizes:
            self.counts.append(generator.multinomial(groups, np.full(groups, 1 / groups), size=draws).astype(float))

    def sums(self, values: Floats) -> Floats:  # (n,) → (draws,)
        """The sum in each draw; every judgment counts as often as its prompt, times as often as its annotator."""
        if len(self.places) == 1:
            return np.asarray(self.counts[0] @ np.bincount(self.places[0], values, self.counts[0].shape[1]))
        shape = (self.counts[0].shape[1], self.counts[1].shape[1])
        crossed = sparse.coo_array((values, (self.places[0], self.places[1])), shape=shape).tocsr()
        return np.asarray(((crossed.T @ self.counts[0].T).T * self.counts[1]).sum(1))

    def weights(self) -> Floats:  # → (draws, n)
        """How often each judgment counts in each draw, in full: for no more judgments than memory has room for."""
        found = np.ones((len(self.counts[0]), len(self.places[0])))
        for counts, place in zip(self.counts, self.places, strict=True):
            found *= counts[:, place]
        return found

    def ratios(self, above: Floats, below: Floats) -> Floats:
        """The ratio of two sums in each draw that has any of the second."""
        total = self.sums(below)
        return np.asarray(self.sums(above)[total > 0] / total[total > 0])

    def mean(self, values: Floats, weights: Floats | None = None) -> list[float]:
        """The 95 % interval of the mean, weighted where weights are given."""
        weights = np.ones(len(values)) if weights is None else weights
        return middle(self.ratios(weights * values, weights))

    def proportion(self, values: Floats, weights: Floats) -> list[float]:
        """Wilson's interval at the effective number of judgments: never empty, however few or however faultless."""
        share, draws = float((weights * values).sum() / weights.sum()), self.ratios(weights * values, weights)
        most = float(min(weights.sum(), len(np.unique(self.places[0][weights > 0]))))
        spread = float(draws.var())
        n = share * (1 - share) / spread if spread > 0 and 0 < share < 1 else most
        return wilson(share, min(max(n, 1.0), float(weights.sum())))

    def correlation(self, one: Floats, other: Floats) -> list[float] | None:
        """The 95 % interval of Spearman's correlation, with ranks among all judgments; None where one never varies."""
        first, second = (rankdata(values) - (len(values) + 1) / 2 for values in (one, other))
        n, a, b = (self.sums(values) for values in (np.ones(len(one)), first, second))
        above = n * self.sums(first * second) - a * b
        below = (n * self.sums(first**2) - a**2) * (n * self.sums(second**2) - b**2)
        varies = below > 1e-9 * n**4
        return middle(above[varies] / np.sqrt(below[varies])) if varies.any() else None


def middle(draws: Floats) -> list[float]:
    """The 95 % in the middle."""
    low, high = np.quantile(draws, [0.025, 0.975])
    return [float(low), float(high)]


def wilson(share: float, n: float) -> list[float]:
    """Wilson's 95 % interval of a proportion (1927)."""
    square = NORMAL**2 / n
    centre = (share + square / 2) / (1 + square)
    half = NORMAL * math.sqrt(share * (1 - share) / n + square / (4 * n)) / (1 + square)
    return [max(0.0, centre - half), min(1.0, centre + half)]


class Ways(NamedTuple):
    names: str  # as shown to people
    arrays: list[NDArray[np.int64]]


def ways(clusters: NDArray[np.int64], annotators: NDArray[np.int64]) -> Ways:
    if len(np.unique(annotators)) >= FEWEST_ANNOTATORS:
        return Ways("prompts and annotators", [clusters, annotators])
    return Ways("prompts", [clusters])
