"""A linear utility fitted to decided pairs by Newton's method: its weights and the curvature at them, in one go."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

MOST_STEPS = 50
SMALL_STEP = 1e-8


class Fitted(NamedTuple):
    weights: Tensor  # (width,) fp64
    precision: Tensor  # (width, width) of Laplace's approximation


def fit(differences: Tensor, decay: float, start: Tensor | None = None) -> Fitted:
    """differences (pairs, width) fp64: hidden state of the preferred answer less that of the other."""
    width = differences.shape[1]
    weights = differences.new_zeros(width) if start is None else start.clone()
    loss = objective(differences, weights, decay)
    for _ in range(MOST_STEPS):
        chance = torch.sigmoid(differences @ weights)
        slope = decay * weights - differences.T @ (1 - chance)
        way = torch.linalg.solve(bend(differences, chance, decay), slope)
        size = 1.0
        while (tried := objective(differences, weights - size * way, decay)) > loss and size > 1e-6:
            size /= 2
        if size <= 1e-6 or float((size * way).abs().max()) < SMALL_STEP:
            break
        weights, loss = weights - size * way, tried
    return Fitted(weights, bend(differences, torch.sigmoid(differences @ weights), decay))


def objective(differences: Tensor, weights: Tensor, decay: float) -> float:
    return float(0.5 * decay * weights.square().sum() - logsigmoid(differences @ weights).sum())


def bend(differences: Tensor, chance: Tensor, decay: float) -> Tensor:  # → (width, width)
    kept = differences * (chance * (1 - chance)).sqrt()[:, None]
    return kept.T @ kept + decay * torch.eye(differences.shape[1], dtype=differences.dtype)
