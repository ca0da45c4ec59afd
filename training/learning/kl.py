"""The distance to the reference: three estimates from samples, and a penalty's coefficient that may adapt.

k1 = Σ log π/reference is without bias and may be negative; k3 = Σ (r − 1 − log r) with r = reference/π is without bias
too and never negative; the sum over each token's whole next-token distribution has the least noise (T14).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from training.learning.settings.plan import Kl

WIDEST, PACE = 0.2, 0.1  # of a coefficient's change (Ziegler et al., arXiv 1909.08593)


def k1(log_probs: Tensor, reference: Tensor) -> Tensor:
    """By token."""
    return log_probs - reference


def k3(log_probs: Tensor, reference: Tensor) -> Tensor:
    """By token."""
    log_ratio = reference - log_probs
    return torch.expm1(log_ratio) - log_ratio


@dataclass
class Coefficient:
    """What a nat costs in the objective."""

    now: float
    target: float | None = None  # nats to which it adapts

    def update(self, kl: float) -> None:
        if self.target is not None:
            off = (kl - self.target) / self.target
            self.now *= 1 + PACE * min(WIDEST, max(-WIDEST, off))

    def state(self) -> dict[str, Any]:
        return {"now": self.now}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.now = float(state["now"])


def coefficient(kl: Kl | None) -> Coefficient:
    """0 without a penalty; 1 where the KL itself is the objective."""
    if kl is None or kl.role == "at_most":
        return Coefficient(0.0)
    return Coefficient(1.0) if kl.role == "objective" else Coefficient(kl.begins, kl.target)
