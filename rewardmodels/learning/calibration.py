"""One temperature on utility differences, fitted on the validation split: odd by construction, so it makes no ties."""

import math
from typing import NamedTuple

import torch
from scipy.optimize import minimize_scalar
from torch import Tensor

from rewardmodels.learning.columns import PairColumns
from rewardmodels.learning.likelihoods.links import preference

LEAST, MOST = 0.001, 1_000.0
LOG_DEVIATION = 1.5  # of the normal prior on log temperature
FEWEST = 20


class Calibration(NamedTuple):
    """P(first preferred) = σ(difference / temperature), given that one is preferred and no cut for ties."""

    temperature: float
    n: int
    reason: str  # why the temperature is 1 without having been fitted, or why it is a bound; else empty

    @property
    def is_fitted(self) -> bool:
        return self.n >= FEWEST


def decided_loss(difference: Tensor, pairs: PairColumns, cuts: Tensor) -> Tensor:
    """(decided,) −log P of what was preferred, given that something was."""
    decided = pairs.is_decided
    probability = preference(difference[decided] * pairs.outcome[decided], cuts)
    return -torch.log(probability.clamp(min=1e-300))


def fit(difference: Tensor, pairs: PairColumns, cuts: Tensor) -> Calibration:  # difference (pairs,) fp64
    """The most probable temperature, with a weak prior around 1."""
    n = int(pairs.is_decided.sum())
    if n < FEWEST:
        reason = f"The validation split holds {n} decided comparisons; {FEWEST} are needed to fit a temperature."
        return Calibration(1.0, n, reason)

    def loss(log_temperature: float) -> float:
        said = float(decided_loss(difference / math.exp(log_temperature), pairs, cuts).sum())
        return said + 0.5 * (log_temperature / LOG_DEVIATION) ** 2

    found = minimize_scalar(loss, bounds=(math.log(LEAST), math.log(MOST)), method="bounded", options={"xatol": 1e-6})
    temperature = math.exp(found.x)
    reason = ""
    if temperature > MOST * 0.99:
        reason = "The temperature sits at its upper bound: on validation the utility says nothing about preferences."
    elif temperature < LEAST * 1.01:
        reason = "The temperature sits at its lower bound: the utility is far too timid for what validation says."
    return Calibration(temperature, n, reason)
