"""Intervals that resample what is independent: prompts, and annotators too where there are enough of them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DRAWS = 1_000
FEWEST_ANNOTATORS = 5  # below this, resampling them says more about the draw than about people


class Resampler:
    """Keyed bootstrap weights of judgments: a product over ways, each resampled as a whole (Owen's pigeonhole)."""

    def __init__(self, ways: list[NDArray[np.int64]], generator: np.random.Generator, draws: int = DRAWS) -> None:
        n = len(ways[0])
        weights = np.ones((draws, n))
        for way in ways:
            _, place = np.unique(way, return_inverse=True)
            groups = int(place.max()) + 1
            counts = generator.multinomial(groups, np.full(groups, 1 / groups), size=draws)
            weights *= counts[:, place]
        self.weights = weights[weights.sum(1) > 0]  # (draws, n)

    def mean(self, values: NDArray[np.float64]) -> list[float]:  # values (n,)
        """The 95 % interval of the mean."""
        means = self.weights @ values / self.weights.sum(1)
        low, high = np.quantile(means, [0.025, 0.975])
        return [float(low), float(high)]


class Ways(NamedTuple):
    names: str  # as shown to people
    arrays: list[NDArray[np.int64]]


def ways(clusters: NDArray[np.int64], annotators: NDArray[np.int64]) -> Ways:
    if len(np.unique(annotators)) >= FEWEST_ANNOTATORS:
        return Ways("prompts and annotators", [clusters, annotators])
    return Ways("prompts", [clusters])
