"""One symmetric cumulative logistic link for ties and strengths.

With cuts 0 ≤ c₁ ≤ c₂ ≤ …, P(first preferred with strength ≥ k) = σ(d − c_k) and P(second …) = σ(−d − c_k); a tie has
the rest. One cut is Rao and Kupper (1967) with θ = e^{c₁}; c₁ = 0 is Bradley and Terry (1952).
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

LOG_GAP_SCALE = 2.0  # standard deviation of the normal prior on each log gap between cuts


def log_difference(upper: Tensor, lower: Tensor) -> Tensor:
    """log(σ(upper) − σ(lower)) for upper > lower, without cancellation."""
    gap = (lower - upper).clamp(max=-1e-12)
    return logsigmoid(upper) + logsigmoid(-lower) + torch.log(-torch.expm1(gap))


def log_probability(difference: Tensor, outcome: Tensor, strength: Tensor, cuts: Tensor) -> Tensor:
    """(pairs,) log-probability of each outcome; an unknown strength (0) is marginalised.

    difference (pairs,), outcome (pairs,) in -1, 0, 1, strength (pairs,) in 0…K, cuts (K,) increasing.
    """
    toward = difference * outcome  # (pairs,) how far the utilities speak for what was preferred
    beyond = torch.cat([cuts, cuts.new_full((1,), math.inf)])
    level = strength.clamp(min=1, max=len(cuts))
    is_open = (strength == 0) | (strength >= len(cuts))  # no cut above: everything beyond counts
    above = torch.where(is_open, toward.new_zeros(()), beyond[level.clamp(max=len(cuts) - 1)])
    at_least = logsigmoid(toward - cuts[level - 1])
    between = log_difference(
        toward - cuts[level - 1], torch.where(is_open, toward - cuts[level - 1] - 1, toward - above)
    )
    decided = torch.where(is_open, at_least, between)
    first_cut = cuts[0].clamp(min=1e-12)
    tied = log_difference(first_cut - difference, -first_cut - difference)
    return torch.where(outcome == 0, tied, decided)


def preference(difference: Tensor, cuts: Tensor) -> Tensor:
    """(pairs,) P(first preferred | no tie)."""
    ahead, behind = logsigmoid(difference - cuts[0]), logsigmoid(-difference - cuts[0])
    return torch.sigmoid(ahead - behind)


class SymmetricLink(nn.Module):
    """The cuts as parameters: as many as there are strengths, the first fixed at 0 where nobody ever said tie."""

    def __init__(self, *, has_ties: bool, levels: int) -> None:
        super().__init__()
        self.has_ties = has_ties
        self.log_gaps = nn.Parameter(torch.full((max(levels, 1) - (0 if has_ties else 1),), -0.5, dtype=torch.float64))

    def cuts(self) -> Tensor:  # (levels,)
        gaps = self.log_gaps.exp()
        return gaps.cumsum(0) if self.has_ties else torch.cat([gaps.new_zeros(1), gaps.cumsum(0)])

    def log_prior(self) -> Tensor:
        return -0.5 * (self.log_gaps / LOG_GAP_SCALE).square().sum()
