"""Comparisons in which length cannot help: the longer and the shorter answer are preferred equally often.

Within strata of nearly equal ratio of lengths the two sides get equal weight, so that “the longer one wins” is right in
exactly one half. (Strata that hold one side alone have no match and count nothing.)
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STRATA = 6


def log_ratio(preferred: Floats, other: Floats) -> Floats:
    """How much longer the preferred answer is, as a logarithm; an empty one counts as one letter."""
    return np.log(np.maximum(preferred, 1)) - np.log(np.maximum(other, 1))


def weights(ratio: Floats) -> Floats:  # (n,) log ratio of lengths, positive where the preferred is longer → (n,)
    """The weight of each judgment among matched ones; they sum to how many were matched."""
    found = np.where(ratio == 0, 1.0, 0.0)
    differs = np.flatnonzero(ratio)
    if len(differs) == 0:
        return found
    size = np.abs(ratio[differs])
    edges = np.quantile(size, np.linspace(0, 1, STRATA + 1)[1:-1])
    stratum = np.searchsorted(edges, size, side="right")
    for number in range(STRATA):
        longer = differs[(stratum == number) & (ratio[differs] > 0)]
        shorter = differs[(stratum == number) & (ratio[differs] < 0)]
        matched = min(len(longer), len(shorter))
        for side in (longer, shorter):
            if matched:
                found[side] = matched / len(side)
    return found
