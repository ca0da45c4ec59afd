"""What is exactly true of optimisation in the world: tilts of the reference, their KL, and what gold they bring.

Facts are finite, so a policy that follows a score of the facts can be written down: π ∝ reference · exp(score / β). All
that holds for each stake apart; figures are means over the stakes. KL is nats per answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq

from rewardmodels.learning.world import gold, reference
from rewardmodels.learning.world.grammar import Floats, Grammar
from rewardmodels.learning.world.words import STAKES

Scorer = Callable[[gold.Facts, gold.Stakes], Floats]  # facts, stake → score
FEWEST_NATS, MOST_NATS = 1e-4, 60.0
NEGLIGIBLE = 1e-13  # outcomes less likely than this are left out: 10⁹ samples would show none of them


class Point(NamedTuple):
    """A policy on a path: how far it is from the reference, and the mean of each score under it."""

    kl: float
    score: float
    gold: float
    at: float  # the tilt's inverse temperature 1/β, or the n of best-of-n


@dataclass(frozen=True)
class Oracle:
    """The reference's outcomes, each with its probability and its gold at each stake."""

    facts: gold.Facts  # (outcomes, columns)
    log_reference: Floats  # (outcomes,)
    stakes: Floats  # (stakes, 1)
    gold: Floats  # (stakes, outcomes)

    def score(self, scorer: Scorer) -> Floats:  # (stakes, outcomes)
        return np.broadcast_to(scorer(self.facts, self.stakes), self.gold.shape)

    @property
    def reference(self) -> Floats:
        return np.exp(self.log_reference)


@lru_cache(maxsize=4)
def of(grammar: Grammar, utility: Scorer = gold.gold, negligible: float = NEGLIGIBLE) -> Oracle:
    """The oracle of a grammar whose truth is this utility, over the outcomes that are not negligible."""
    facts, probability = reference.distribution(grammar)
    kept = probability > negligible
    log = np.log(probability[kept] / probability[kept].sum())
    stakes = np.array(STAKES, dtype=np.float64)[:, None]
    return Oracle(facts[kept], log, stakes, np.asarray(utility(facts[kept], stakes)))


def mean(oracle: Oracle, probability: Floats, score: Floats) -> float:
    """The mean of a (stakes, outcomes) score under a (stakes, outcomes) or (outcomes,) probability."""
    return float((probability * score).sum() / score.shape[0])


def tilt(log_reference: Floats, score: Floats) -> tuple[Floats, Floats]:
    """(probability (stakes, outcomes), KL (stakes,)) of reference · exp(score), for a score in nats."""
    log = log_reference + score
    top = log.max(axis=-1, keepdims=True)
    weight = np.exp(log - top)
    total = weight.sum(axis=-1, keepdims=True)
    probability = weight / total
    normaliser = (top + np.log(total))[..., 0]
    return probability, (probability * score).sum(axis=-1) - normaliser


def at(oracle: Oracle, score: Floats, inverse: float) -> Point:
    """The policy that is tilted by inverse · score."""
    probability, kl = tilt(oracle.log_reference, inverse * score)
    return Point(float(kl.mean()), mean(oracle, probability, score), mean(oracle, probability, oracle.gold), inverse)


def at_kl(oracle: Oracle, score: Floats, nats: float) -> Point:
    """The tilt along a score that lies this far from the reference; ValueError beyond the furthest."""
    if not FEWEST_NATS <= nats <= MOST_NATS:
        raise ValueError(f"A tilt lies between {FEWEST_NATS} and {MOST_NATS} nats from the reference, not {nats}.")

    def excess(log_inverse: float) -> float:
        return float(tilt(oracle.log_reference, np.exp(log_inverse) * score)[1].mean()) - nats

    low, high = -12.0, 0.0
    while excess(high) < 0:
        low, high = high, high + 1.0
        if high > 12:
            raise ValueError(f"No tilt along this score lies {nats} nats from the reference: it has a greatest value.")
    return at(oracle, score, float(np.exp(brentq(excess, low, high, xtol=1e-10))))


def path(oracle: Oracle, score: Floats, nats: Sequence[float]) -> list[Point]:
    """Tilts along a score; along the gold itself this is the front: no policy has more gold at that KL."""
    return [at_kl(oracle, score, each) for each in nats]


def best_of(oracle: Oracle, score: Floats, n: int, utility: Floats | None = None) -> Point:
    """Exactly the best of n by a score, ties broken at random; its KL is the bound log n − (n − 1)/n."""
    utility = oracle.gold if utility is None else utility
    proxies, values = [], []
    for row, worth in zip(score, utility, strict=True):
        level, place = np.unique(np.round(row, 12), return_inverse=True)
        mass = np.bincount(place, oracle.reference)
        inside = np.bincount(place, oracle.reference * worth) / mass
        upto = np.cumsum(mass) / mass.sum()
        chance = np.diff(np.concatenate([[0.0], upto**n]))
        proxies.append(chance @ level)
        values.append(chance @ inside)
    return Point(float(np.log(n) - (n - 1) / n), float(np.mean(proxies)), float(np.mean(values)), float(n))


def linear(oracle: Oracle, utility: Floats) -> Floats:
    """The weights of the linear proxy nearest to a utility on the reference: what endless data would teach."""
    seen = gold.features(oracle.facts, oracle.stakes)  # (stakes, outcomes, 10)
    root = np.sqrt(oracle.reference)[None, :, None]
    centred = (seen - (root**2 * seen).sum((0, 1)) / len(seen)) * root
    target = (utility - mean(oracle, oracle.reference, utility)) * root[..., 0]
    flat = centred.reshape(-1, centred.shape[-1])
    weights, *_ = np.linalg.lstsq(flat.T @ flat, flat.T @ target.reshape(-1), rcond=None)
    return np.asarray(weights)


def linear_scorer(weights: Floats) -> Scorer:
    return lambda facts, stake: gold.features(facts, stake) @ weights
