"""One reward out of several members', and how far apart they lie: the one place that knows a variance's divisor (T13).

Coste et al. (2023): mean; worst case; uncertainty-weighted, the mean less a penalty times the variance. Their text
takes the population's variance (ddof 0), which is the default here.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


def mean(scores: Tensor) -> Tensor:  # (members, n) → (n,)
    return scores.mean(0)


def worst(scores: Tensor) -> Tensor:  # (members, n) → (n,)
    return scores.amin(0)


def variance(scores: Tensor, ddof: int = 0) -> Tensor:  # (members, n) → (n,)
    """Over members; 0 where there is one alone."""
    if scores.shape[0] <= ddof:
        return torch.zeros_like(scores[0])
    return scores.var(0, correction=ddof)


@dataclass(frozen=True)
class Combination:
    """How members become one reward; higher is better."""

    name: str  # "mean", "worst" or "uncertainty"
    penalty: float = 0.5  # on the variance, for "uncertainty"
    ddof: int = 0

    def __call__(self, scores: Tensor) -> Tensor:  # (members, n) → (n,)
        return COMBINATIONS[self.name](scores, self)

    def spread(self, scores: Tensor) -> Tensor:  # (members, n) → (n,)
        """The standard deviation over members, in the unit of the reward."""
        return variance(scores, self.ddof).sqrt()


COMBINATIONS: dict[str, Callable[[Tensor, Combination], Tensor]] = {
    "mean": lambda scores, how: mean(scores),
    "worst": lambda scores, how: worst(scores),
    "uncertainty": lambda scores, how: mean(scores) - how.penalty * variance(scores, how.ddof),
}
