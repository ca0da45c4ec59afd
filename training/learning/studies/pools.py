"""Pools of fresh answers of the grammar to held-out requests: what best-of-n chooses from."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rewardmodels.learning import keys
from rewardmodels.learning.world import gold, prompts
from rewardmodels.learning.world.grammar import STANDARD, Floats, sample
from rewardmodels.learning.world.parser import parse_all
from training.learning.studies import reading
from training.learning.studies.reading import Counts


@dataclass(frozen=True)
class Pool:
    counts: Counts  # (prompts, pool, columns)
    stakes: Floats  # (prompts,)
    gold: Floats  # (prompts, pool)
    control: Floats  # (prompts, pool)


def draw(seed: int, count: int, size: int, told: Callable[[float], None]) -> Pool:
    """`told` hears the share that is drawn, and may raise to end it."""
    counted, golds, controls = [], [], []
    asked = prompts.draw(seed, count, held_out=True, purpose="pools")
    for number, request in enumerate(asked):
        told(number / count)
        generator = keys.numpy_generator(seed, "pool", number)
        texts = [sample(STANDARD, request.wanted, generator) for _ in range(size)]
        facts, stake = parse_all(texts, [request.wanted] * size), np.float64(request.stake)
        counted.append(reading.counts_of(texts, [request.wanted] * size))
        golds.append(gold.gold(facts, stake))
        controls.append(gold.control(facts, stake))
    stakes = np.array([float(request.stake) for request in asked])
    return Pool(np.stack(counted), stakes, np.stack(golds), np.stack(controls))
