"""Simulated judgments of pairs for a study: the better answer by the gold, with a person's noise, some turned round.

The n-th pair, its noise and whether it is turned round depend on the seed and n alone: fewer judgments are the first
of more, and a greater share turned round holds the smaller one.
"""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from rewardmodels.learning import keys
from rewardmodels.learning.world import gold, prompts
from rewardmodels.learning.world.grammar import STANDARD, Floats, sample
from rewardmodels.learning.world.oracle import Scorer
from rewardmodels.learning.world.parser import parse_all
from training.learning.studies import reading


@dataclass(frozen=True)
class Judged:
    """Pairs as proxies read them, and how much the first seems to be worth more, before anything is turned round."""

    pairs: Tensor  # (n, 2, width)
    seems: Floats  # (n,) coins
    turning: Floats  # (n,) in 0 to 1: turned round where the share is greater

    def first_wins(self, count: int, flipped: float) -> Floats:  # → (count,) 0 or 1
        wins = self.seems[:count] > 0
        return np.where(self.turning[:count] < flipped, ~wins, wins).astype(np.float32)


def collect(seed: int, count: int, utility: Scorer = gold.gold, noise: float = 0.0) -> Judged:
    """So many training requests with two answers of the grammar each; noise is logistic, its scale in coins."""
    counted, stakes, seems, turning = [], [], [], []
    for number, request in enumerate(prompts.draw(seed, count, purpose="judged")):
        generator = keys.numpy_generator(seed, "judged", number)
        texts = [sample(STANDARD, request.wanted, generator) for _ in range(2)]
        first, second = utility(parse_all(texts, [request.wanted] * 2), np.float64(request.stake))
        counted.append(reading.counts_of(texts, [request.wanted] * 2))
        stakes.append([float(request.stake)] * 2)
        seems.append(float(first - second + noise * generator.logistic()))
        turning.append(generator.random())
    return Judged(reading.table(np.stack(counted), np.array(stakes)), np.array(seems), np.array(turning))
