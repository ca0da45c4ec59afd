"""A world in which half of the pairs cannot be told: who asks where the answer is open asks them, and learns nothing.

Each pair differs in one part of the state alone. In the clear part people answer by a linear utility, in the noisy
one by a coin.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from rewardmodels.learning import keys
from rewardmodels.learning.choosing.replay import Past
from rewardmodels.learning.columns import PairColumns

CLEAR, NOISY = 20, 2  # numbers of the state in each part


class World(NamedTuple):
    past: Past
    is_noisy: Tensor  # (pool,) bool


def draw(pairs: int, held_out: int, seed: int, decay: float = 1.0) -> World:
    """A pool with as many noisy pairs as clear ones, and clear pairs held out."""
    generator = keys.generator(seed, "noisy world")
    total = pairs + held_out
    is_noisy = torch.arange(total) % 2 == 0
    is_noisy[pairs:] = False
    states = torch.randn((2 * total, CLEAR + NOISY), generator=generator, dtype=torch.float64)
    noisy = is_noisy.repeat_interleave(2)
    states[noisy, :CLEAR] = 0.0
    states[~noisy, CLEAR:] = 0.0
    weights = torch.randn(CLEAR, generator=generator, dtype=torch.float64)
    utilities = states[:, :CLEAR] @ weights
    first, second = torch.arange(0, 2 * total, 2), torch.arange(1, 2 * total, 2)
    chance = torch.sigmoid(utilities[first] - utilities[second])
    outcome = torch.where(torch.rand(total, generator=generator, dtype=torch.float64) < chance, 1, -1)
    none, each = torch.zeros(total, dtype=torch.int64), torch.arange(total)
    said = PairColumns(first, second, outcome, none, none, none, each)
    past = Past(states, torch.arange(total).repeat_interleave(2), said.at(each[:pairs]), said.at(each[pairs:]), decay)
    return World(past, is_noisy[:pairs])
