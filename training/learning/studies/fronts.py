"""What is exactly true beside a study's curves: the most gold that any policy has at a KL."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from rewardmodels.learning.world import dual, gold, oracle
from rewardmodels.learning.world.grammar import STANDARD
from rewardmodels.learning.world.oracle import Oracle, Point, Scorer
from training.learning.studies.results import Curve

NATS = (0.02, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
NAME = "exact front"


def front(furthest: float, utility: Scorer = gold.gold, *, gained: bool = False) -> Curve:
    """Of a utility, from the reference to so many nats or a little more; `gained` counts from the reference."""
    world = collapsed(utility)
    start = oracle.mean(world, world.reference, world.gold)
    points = reached(world, NATS[: 1 + sum(one < furthest for one in NATS)])
    since = start if gained else 0.0
    x = [0.0, *(float(np.sqrt(one.kl)) for one in points)]
    return Curve(NAME, x, [start - since, *(one.gold - since for one in points)], what="exact")


def reached(world: Oracle, nats: Sequence[float]) -> list[Point]:
    """As far as there is a policy: a gold has a greatest value, and no tilt lies further."""
    points = []
    for one in nats:
        try:
            points.append(oracle.at_kl(world, world.gold, one))
        except ValueError:
            break
    return points


@lru_cache(maxsize=4)
def collapsed(utility: Scorer) -> Oracle:
    """The oracle over what a tilt by the utility can tell apart, which is little: as exact, and much faster."""
    world = oracle.of(STANDARD)
    log, cells, _worth = dual.collapsed(world, np.asarray(world.score(utility))[None])
    return replace(world, facts=np.zeros((0, 0), dtype=np.int64), log_reference=log, gold=cells[0])


def reference(utility: Scorer = gold.gold) -> float:
    """The mean of a utility where nothing is pushed."""
    world = collapsed(utility)
    return oracle.mean(world, world.reference, world.gold)


def roots(kl: Sequence[float]) -> list[float]:
    """√KL of estimates, which noise may have put below 0."""
    return [float(np.sqrt(max(one, 0.0))) for one in kl]
