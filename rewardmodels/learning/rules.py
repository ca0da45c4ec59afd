"""What much simpler rules would have said: even odds, “the longer one wins”, the words alone, a linear head."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rewardmodels.learning import bag_of_words, calibration
from rewardmodels.learning.columns import PairColumns
from rewardmodels.learning.likelihoods.links import preference

Floats = NDArray[np.float64]
NO_CUT = torch.zeros(1, dtype=torch.float64)


class Rule(Protocol):
    def probability(self, pairs: PairColumns) -> Floats:
        """(pairs,) what the rule gives to the answer that was preferred; all pairs are decided."""


@dataclass(frozen=True)
class EvenOdds:
    def probability(self, pairs: PairColumns) -> Floats:
        return np.full(len(pairs), 0.5)


@dataclass(frozen=True)
class LongerWins:
    lengths: Tensor  # (candidates,)
    share: float  # of decided training pairs in which the longer answer was preferred

    def probability(self, pairs: PairColumns) -> Floats:
        longer = (torch.sign(self.lengths[pairs.first] - self.lengths[pairs.second]) * pairs.outcome).numpy()
        return np.where(longer > 0, self.share, np.where(longer < 0, 1 - self.share, 0.5)).astype(np.float64)


@dataclass(frozen=True)
class ByUtility:
    """A utility with a temperature of its own, fitted as that of the model is."""

    utilities: Tensor  # (candidates,) fp64
    temperature: float

    def probability(self, pairs: PairColumns) -> Floats:
        margin = (self.utilities[pairs.first] - self.utilities[pairs.second]) * pairs.outcome
        return np.asarray(preference(margin / self.temperature, NO_CUT).numpy())


def longer_share(pairs: PairColumns, lengths: Tensor) -> float:
    """How often the longer answer is preferred, with one imagined case on either side; lengths (candidates,)."""
    decided = pairs.at(pairs.is_decided)
    longer = torch.sign(lengths[decided.first] - lengths[decided.second]) * decided.outcome
    return (int((longer > 0).sum()) + 1) / (int((longer != 0).sum()) + 2)


def by_utility(utilities: Tensor, held: PairColumns) -> ByUtility:  # (candidates,), validation pairs
    difference = (utilities[held.first] - utilities[held.second]).double()
    return ByUtility(utilities.double(), calibration.fit(difference, held, NO_CUT).temperature)


def learn(
    texts: Sequence[str], train: PairColumns, held: PairColumns, seed: int, frozen: Tensor | None = None
) -> dict[str, Rule]:
    """The rules, learned from training pairs alone; `frozen` are the utilities of a linear head, if that is another."""
    lengths = torch.tensor([float(len(text)) for text in texts])
    found: dict[str, Rule] = {
        "constant": EvenOdds(),
        "longer_wins": LongerWins(lengths, longer_share(train, lengths)),
    }
    words = bag_of_words.fit(texts, train, seed)
    if words is not None:
        found["words"] = by_utility(torch.from_numpy(words.utilities), held)
    if frozen is not None:
        found["frozen_linear"] = by_utility(frozen, held)
    return found
