"""Whether annotators favour a side.

Sides are drawn at random for each person and task, so without bias a fair coin decides which side wins.
"""

from typing import NamedTuple

import numpy as np
from scipy import stats
from scipy.special import betaincinv

from annotation.agreement.votes import Estimate, Floats, Integers, Reason


class PositionBias(NamedTuple):
    """The share that the first shown won of verdicts with a winner, and the exact two-sided p-value against a half."""

    first_share: Estimate
    p_value: float | None


def position_bias(first_wins: int, second_wins: int, confidence: float = 0.95) -> PositionBias:
    """The exact binomial test; ties are left out, for they favour no side."""
    decided = first_wins + second_wins
    if min(first_wins, second_wins) < 0:
        raise ValueError("wins must be counts")
    if not decided:
        return PositionBias(Estimate(None, reason=Reason.TOO_FEW), None)
    tail = (1 - confidence) / 2  # Clopper and Pearson (1934), as quantiles of beta distributions
    low = float(betaincinv(first_wins, second_wins + 1, tail)) if first_wins else 0.0
    high = float(betaincinv(first_wins + 1, second_wins, 1 - tail)) if second_wins else 1.0
    p_value = float(stats.binomtest(first_wins, decided, 0.5).pvalue)
    return PositionBias(Estimate(first_wins / decided, low, high, decided), p_value)


def by_annotator(annotator: Integers, first_won: Integers) -> list[PositionBias]:
    """The test of each annotator from decided votes: 1 when the first shown won, 0 when the second did."""
    wins = np.bincount(annotator, first_won).astype(int)
    losses = np.bincount(annotator).astype(int) - wins
    return [position_bias(int(won), int(lost)) for won, lost in zip(wins, losses, strict=True)]


def false_discovery(p_values: Floats) -> Floats:
    """p-values adjusted as in Benjamini and Hochberg (1995): of those below q, a share of q at most is false."""
    p_values = np.asarray(p_values, float)
    return stats.false_discovery_control(p_values) if p_values.size else p_values
