"""What an order would have saved: past judgments asked once more, in the order of each rule, as if they were unknown.

Every rule begins with the same judgments at random, is fitted anew at each size, and is judged on held-out judgments
that no rule chose. The yardstick is the held-out log loss that a random order reaches with half of the judgments
(`savings`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import logsigmoid

from rewardmodels.learning import keys
from rewardmodels.learning.choosing import beliefs, logistic, order
from rewardmodels.learning.choosing.moments import Asked
from rewardmodels.learning.choosing.rules import RANDOM
from rewardmodels.learning.columns import PairColumns

Floats = NDArray[np.float64]

GROWTH = 2**0.5
FEWEST_AT_FIRST = 16
SIZES_TO_HALF = 9


@dataclass(frozen=True)
class Past:
    """Decided pairs over one list of candidates; all are oriented as they were asked."""

    hidden: Tensor  # (candidates, width) fp64, standardised
    prompt: Tensor  # (candidates,) int64
    pool: PairColumns  # what a rule may ask
    held_out: PairColumns  # of the random share
    decay: float


@dataclass(frozen=True)
class Course:
    """How well a rule foretold the held-out judgments at each size."""

    rule: str
    sizes: list[int]
    losses: Floats  # (seeds, sizes, held-out judgments)
    same: float  # share of what it had chosen by half that a random order had too, for the reader's sense of it


def sizes(pool: int) -> list[int]:
    """From a few judgments, each size half as many again as the last but one, to half of the pool and on to all."""
    half = pool // 2
    found = [round(half / GROWTH**step) for step in range(SIZES_TO_HALF)]
    kept = sorted({size for size in found if size >= min(FEWEST_AT_FIRST, half)})
    return [*kept, round(half * GROWTH), pool]


def half(wanted: Sequence[int]) -> int:
    """The place among the sizes at which a random order sets the mark."""
    return len(wanted) - 3


def run(past: Past, rules: Sequence[str], seeds: Sequence[int], report: Callable[[float], None]) -> list[Course]:
    """The course of every rule, the random order first."""
    wanted, done = sizes(len(past.pool)), 0
    named = [RANDOM, *(rule for rule in rules if rule != RANDOM)]
    told: dict[str, list[Floats]] = {rule: [] for rule in named}
    chosen: dict[str, list[set[int]]] = {rule: [] for rule in named}
    for seed in seeds:
        for rule in named:
            losses, at_half = follow(past, rule, seed, wanted)
            told[rule].append(losses)
            chosen[rule].append(at_half)
            done += 1
            report(done / (len(seeds) * len(named)))
    return [Course(rule, wanted, np.stack(told[rule]), overlap(chosen[rule], chosen[RANDOM])) for rule in named]


def overlap(own: Sequence[set[int]], others: Sequence[set[int]]) -> float:
    return float(np.mean([len(one & other) / len(one) for one, other in zip(own, others, strict=True)]))


def follow(past: Past, rule: str, seed: int, wanted: Sequence[int]) -> tuple[Floats, set[int]]:
    """(sizes, held-out) losses of one order, and which judgments stood in it by half; the first few are at random."""
    toward = apart(past.hidden, past.pool) * past.pool.outcome[:, None]
    held = apart(past.hidden, past.held_out) * past.held_out.outcome[:, None]
    drawn = order.at_random(len(past.pool), seed)
    rows, losses, at_half = drawn[: wanted[0]], [], set()
    fitted = logistic.fit(toward[rows], past.decay)
    for place, size in enumerate(wanted):
        if place:
            is_given = rule == RANDOM or size == len(drawn)
            rows = drawn[:size] if is_given else further(past, rule, seed, rows, size, fitted)
            fitted = logistic.fit(toward[rows], past.decay, fitted.weights)
        losses.append(-logsigmoid(held @ fitted.weights).numpy())
        if place == half(wanted):
            at_half = set(rows.tolist())
    return np.stack(losses), at_half


def further(past: Past, rule: str, seed: int, rows: Tensor, size: int, fitted: logistic.Fitted) -> Tensor:
    """What was asked, and what the rule asks next until there are as many."""
    is_left = torch.ones(len(past.pool), dtype=torch.bool)
    is_left[rows] = False
    left = torch.nonzero(is_left)[:, 0]
    belief = beliefs.of_weights(past.hidden, fitted.weights, fitted.precision)
    wanted = size - len(rows)
    found = order.choose(belief, asked(past, past.pool.at(left)), rule, keys.number(seed, size), most=wanted)
    return torch.cat([rows, left[found.places[:wanted]]])


def apart(hidden: Tensor, pairs: PairColumns) -> Tensor:  # → (pairs, width)
    return hidden[pairs.first] - hidden[pairs.second]


def asked(past: Past, pairs: PairColumns) -> Asked:
    return Asked(pairs.first, pairs.second, past.prompt)
