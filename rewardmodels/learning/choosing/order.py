"""The order in which pairs are asked: by what each is worth after all that stand before it."""

from typing import NamedTuple

import torch
from torch import Tensor

from rewardmodels.learning import keys
from rewardmodels.learning.choosing.beliefs import Belief
from rewardmodels.learning.choosing.moments import Asked, Learner
from rewardmodels.learning.choosing.rules import RANDOM, RULES

MOST_IN_TURN = 2_000  # chosen one after the other; the rest by what each is worth after those


class Order(NamedTuple):
    places: Tensor  # (pairs,) int64, the first to ask first
    worth: Tensor  # (pairs,) of each place when it was its turn


def worth(belief: Belief, asked: Asked, rule: str) -> Tensor:  # → (pairs,)
    """What each pair alone is worth."""
    return RULES[rule](Learner(belief, asked).moments)


def at_random(count: int, seed: int) -> Tensor:  # → (count,) int64
    return torch.randperm(count, generator=keys.generator(seed, "order of pairs"))


def choose(belief: Belief, asked: Asked, rule: str, seed: int, most: int = MOST_IN_TURN) -> Order:
    """Greedy: a near-copy of what was chosen is worth little any more. Equals stand in an order drawn by the seed."""
    count = len(asked.first)
    drawn = at_random(count, seed)
    if rule == RANDOM:
        return Order(drawn, torch.zeros(count, dtype=torch.float64))
    mixed = Asked(asked.first[drawn], asked.second[drawn], asked.prompt)
    learner, value = Learner(belief, mixed), RULES[rule]
    is_left = torch.ones(count, dtype=torch.bool)
    places, values = [], []
    for _ in range(min(most, count)):
        now = value(learner.moments)
        place = int(torch.where(is_left, now, -1.0).argmax())
        places.append(place)
        values.append(float(now[place]))
        is_left[place] = False
        learner.take(place)
    now, others = value(learner.moments), torch.nonzero(is_left)[:, 0]
    others = others[torch.argsort(now[others], descending=True, stable=True)]
    chosen = torch.cat([torch.tensor(places, dtype=torch.int64), others])
    return Order(drawn[chosen], torch.cat([torch.tensor(values, dtype=torch.float64), now[others]]))
