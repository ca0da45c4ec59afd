"""How far people agree about the same two answers: what no utility can beat, and what one may hope for."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rewardmodels.learning.intervals import Resampler

Floats = NDArray[np.float64]


def describe(pairs: Sequence[tuple[int, int]], outcome: Floats, resampler: Resampler) -> dict[str, Any]:
    """Of (first, second) with outcome ±1: the ceiling, and how often another person says the same.

    The ceiling is the accuracy of a utility that knows each pair's majority; where most pairs have one vote it is
    near 1 and says nothing, so how many judgments share their pair stands beside it.
    """
    votes = tallies(pairs, outcome)
    same, total = votes[:, 0], votes.sum(1)
    overlap = total > 1
    with_others = (same[overlap] - 1) / (total[overlap] - 1)
    shared = np.zeros(len(outcome))
    shared[overlap] = with_others
    return {
        "ceiling": float((np.maximum(same, total - same) / total).mean()),
        "overlapping": int(overlap.sum()),
        "with_another": float(with_others.mean()) if overlap.any() else None,
        "with_another_interval": resampler.mean(shared, overlap.astype(float)) if overlap.any() else None,
    }


def tallies(pairs: Sequence[tuple[int, int]], outcome: Floats) -> Floats:
    """(n, 2) votes on the pair of each judgment that say the same as it does (itself included), and otherwise."""
    keys = [(min(pair), max(pair)) for pair in pairs]
    toward = [said if pair[0] <= pair[1] else -said for pair, said in zip(pairs, outcome, strict=True)]
    counts: dict[tuple[int, int], list[int]] = {}
    for key, said in zip(keys, toward, strict=True):
        counts.setdefault(key, [0, 0])[0 if said > 0 else 1] += 1
    rows = [counts[key] if said > 0 else counts[key][::-1] for key, said in zip(keys, toward, strict=True)]
    return np.array(rows, dtype=np.float64).reshape(len(outcome), 2)
