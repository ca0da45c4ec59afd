"""Amounts of money as sizes of preferences: one number each, and whose usual amount they are measured by."""

from dataclasses import dataclass

import torch
from torch import Tensor

from rewardmodels.learning.columns import AmountColumns
from rewardmodels.learning.evidence import Unlearnable

DRAWN = 20  # as many amounts of one's own as the pool's usual amount counts for


def middle(said: AmountColumns) -> Tensor:  # → (amounts,) fp64
    """One number an amount: half way between two prices, the last price where all were taken.

    Where all that is known is that something would be paid, it is no number.
    """
    found = torch.where(said.high < torch.inf, (said.low + said.high) / 2, said.low)
    return torch.where((said.high == torch.inf) & (said.low == 0), torch.nan, found)


@dataclass(frozen=True)
class Usual:
    """The usual amount of a pool and of each annotator in it: scales alone, so that 0 stays 0 and signs stay."""

    pooled: float
    annotators: dict[int, float]

    def scale(self, annotator: Tensor, scales: str) -> Tensor:  # (amounts,) int64 → (amounts,) fp64
        own = self.annotators if scales == "annotator" else {}
        return torch.tensor([own.get(one, self.pooled) for one in annotator.tolist()], dtype=torch.float64)


def usual(said: AmountColumns) -> Usual:
    """Medians of the amounts above 0, an annotator's drawn to the pool's: log s = (n log sₐ + k log s) / (n + k)."""
    size = middle(said)
    given = size > 0
    if not bool(given.any()):
        raise Unlearnable("No amount above 0 was said between two answers: sizes cannot be learned.")
    pooled = median(size[given])
    annotators = {}
    for one in torch.unique(said.annotator[given]).tolist():
        own = size[given & (said.annotator == one)]
        share = len(own) / (len(own) + DRAWN)
        annotators[one] = median(own) ** share * pooled ** (1 - share)
    return Usual(pooled, annotators)


def median(values: Tensor) -> float:  # (values,) → the mean of the middle two where there are two
    return float(values.quantile(0.5))
