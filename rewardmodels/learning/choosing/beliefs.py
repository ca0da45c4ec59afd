"""What is believed of answers' utilities, in logits: a normal distribution with a covariance of low rank.

Members of an ensemble are taken as draws from it; of one fitted head it is Laplace's approximation, the curvature of
the log posterior at its optimum.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from rewardmodels.learning.columns import PairColumns
from rewardmodels.learning.likelihoods.pairs import PairLikelihood


@dataclass(frozen=True)
class Belief:
    """Utilities are mean + factor · z with z standard normal."""

    mean: Tensor  # (candidates,) fp64
    factor: Tensor  # (candidates, rank) fp64

    def __post_init__(self) -> None:
        if not bool(torch.isfinite(self.mean).all() and torch.isfinite(self.factor).all()):
            raise ValueError("A belief of utilities that are no numbers says nothing.")


def of_members(utilities: Tensor, temperature: float = 1.0) -> Belief:  # (members, candidates)
    """The mean of the members and their covariance (ddof 0), as everywhere (`ensembles.combining`)."""
    logits = utilities.double() / temperature
    mean = logits.mean(0)
    return Belief(mean, (logits - mean).T / len(logits) ** 0.5)


def of_weights(hidden: Tensor, weights: Tensor, precision: Tensor) -> Belief:
    """hidden (candidates, width), weights (width,), precision (width, width), all fp64."""
    lower = torch.linalg.cholesky(precision)
    factor = torch.linalg.solve_triangular(lower, hidden.T, upper=False).T  # hidden · L⁻ᵀ, so factor·factorᵀ = hΣhᵀ
    return Belief(hidden @ weights, factor)


def laplace_precision(
    hidden: Tensor, weights: Tensor, likelihood: PairLikelihood, pairs: PairColumns, decay: float
) -> Tensor:  # → (width, width)
    """The prior's precision and what every judgment adds along its difference."""
    differences = hidden[pairs.first] - hidden[pairs.second]
    bent = curvature(likelihood, differences @ weights, pairs)
    return decay * torch.eye(hidden.shape[1], dtype=hidden.dtype) + differences.T @ (differences * bent[:, None])


def curvature(likelihood: PairLikelihood, differences: Tensor, pairs: PairColumns) -> Tensor:  # → (pairs,) ≥ 0
    """−d² log P(judgment) / d difference², whatever was said: a preference, a tie or a strength."""
    n = len(differences)
    apart = replace(pairs, first=torch.arange(n), second=torch.arange(n, 2 * n))
    at = differences.detach().clone().requires_grad_()
    with torch.enable_grad():
        said = likelihood(torch.cat([at, torch.zeros_like(at)]), apart).sum()
        (slope,) = torch.autograd.grad(said, at, create_graph=True)
        (bend,) = torch.autograd.grad(slope.sum(), at)
    return (-bend).clamp(min=0.0)
