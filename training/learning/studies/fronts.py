"""What is exactly true beside a study's curves: the most gold that any policy has at a KL."""

from collections.abc import Sequence

import numpy as np

from rewardmodels.learning.world import oracle
from rewardmodels.learning.world.grammar import STANDARD, Floats
from rewardmodels.learning.world.oracle import Oracle
from training.learning.studies.results import Curve

NATS = (0.02, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)


def front(world: Oracle, worth: Floats, furthest: float, since: float = 0.0) -> Curve:
    """Along the tilt by the worth itself, from the reference to that many nats; less `since` coins."""
    nats = [one for one in NATS if one < furthest] + [max(furthest, NATS[0])]
    own = world if worth is world.gold else world.__class__(world.facts, world.log_reference, world.stakes, worth)
    start = oracle.mean(own, own.reference, own.gold)
    points = oracle.path(own, own.gold, nats)
    x = [0.0, *(float(np.sqrt(one.kl)) for one in points)]
    return Curve("exact front", x, [start - since, *(one.gold - since for one in points)], what="exact")


def reference_gold(world: Oracle) -> float:
    return oracle.mean(world, world.reference, world.gold)


def roots(kl: Sequence[float]) -> list[float]:
    """√KL of estimates, which noise may have put below 0."""
    return [float(np.sqrt(max(one, 0.0))) for one in kl]


def standard() -> Oracle:
    return oracle.of(STANDARD)
