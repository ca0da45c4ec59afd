"""The posterior mode of pairwise verdicts and how sure it is: the numbers behind pairs.py."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from annotation.agreement import link
from annotation.agreement.curvature import Curvature
from annotation.agreement.votes import Floats, Integers

ITERATIONS = 500
CUT_SPREAD = 1.5  # prior standard deviation of the log of a step between cuts
LEARNING_DRAWS = 8  # a mean over many parameters needs few


class Spreads(NamedTuple):
    """Prior standard deviations of utilities, slopes and side biases."""

    items: float
    slopes: float
    biases: float


BOUNDS = Spreads(0.1, 0.05, 0.02), Spreads(5.0, 0.8, 1.5)


@dataclass(frozen=True)
class Mode:
    """The parameters at the mode; the slopes are those of the prior, before the gauge."""

    utility: Floats  # (items,)
    slope: Floats  # (annotators,)
    bias: Floats  # (annotators,)
    cuts: Floats  # (levels,)
    log_posterior: float
    converged: bool
    standard: Floats  # all parameters in prior standard deviations, to start from again


@dataclass(frozen=True)
class Problem:
    """The verdicts as arrays, (votes,), and how many things there are."""

    annotator: Integers
    first: Integers
    second: Integers
    side: Floats
    place: Integers  # of the grade's lower edge
    items: int
    annotators: int
    levels: int
    ties: bool

    @classmethod
    def of(cls, annotator: Integers, first: Integers, second: Integers, grade: Integers, side: Integers) -> "Problem":
        """The problem of these verdicts."""
        levels, ties = max(int(np.abs(grade).max()), 1), bool((grade == 0).any())
        return cls(
            annotator=annotator,
            first=first,
            second=second,
            side=side.astype(float),
            place=link.places(grade, levels, ties),
            items=int(max(first.max(), second.max())) + 1,
            annotators=int(annotator.max()) + 1,
            levels=levels,
            ties=ties,
        )

    def mode(self, spreads: Spreads, start: Mode | None) -> Mode:
        """The mode of the log posterior under the spreads, by L-BFGS from the prior mean or another mode."""
        free = self.levels if self.ties else self.levels - 1
        scale, centre = self._priors(spreads, free)
        begin = np.zeros(len(scale)) if start is None else (start.standard - centre) / scale
        found = minimize(
            self._loss, begin, (scale, centre), "L-BFGS-B", jac=True, options={"maxiter": ITERATIONS, "maxcor": 20}
        )
        whole = centre + scale * found.x
        utility, slope, bias, steps = self._parts(whole)
        return Mode(utility, slope, bias, self._cuts(steps), -float(found.fun), bool(found.success), whole)

    def learn(self, mode: Mode, spreads: Spreads, seed: int) -> Spreads:
        """The spreads by second moments: the mean of mode² + variance, as in EM, so that none falls to 0 by itself."""
        size = self.items + 2 * self.annotators
        every = coo_array((np.ones(size), (np.arange(size), np.arange(size))), shape=(size, size)).tocsr()
        deviation = self.curvature(mode, spreads).deviations(every, seed, LEARNING_DRAWS)
        away = np.concatenate([mode.utility, mode.slope - 1, mode.bias])
        parts = np.split(away**2 + deviation**2, [self.items, self.items + self.annotators])
        learnt = np.clip([np.sqrt(part.mean()) for part in parts], *BOUNDS)
        return Spreads(*map(float, learnt))

    def curvature(self, mode: Mode, spreads: Spreads) -> Curvature:
        """The curvature in utilities, slopes and biases, with the cuts as they are."""
        apart = mode.utility[self.first] - mode.utility[self.second]
        slope = mode.slope[self.annotator]
        votes = np.arange(len(self.first))
        columns = [self.first, self.second, self.items + self.annotator, self.items + self.annotators + self.annotator]
        values = np.concatenate([slope, -slope, apart, self.side])
        shape = (len(votes), self.items + 2 * self.annotators)
        jacobian: csr_array = coo_array((values, (np.tile(votes, 4), np.concatenate(columns))), shape=shape).tocsr()
        predictor = slope * apart + mode.bias[self.annotator] * self.side
        counts = [self.items, self.annotators, self.annotators]
        return Curvature(jacobian, link.information(predictor, mode.cuts), np.repeat(np.array(spreads) ** -2.0, counts))

    def groups(self) -> Integers:
        """The group of each item, (items,): items are in one group when a chain of verdicts connects them."""
        links = coo_array((np.ones(len(self.first)), (self.first, self.second)), shape=(self.items, self.items))
        return connected_components(links, directed=False)[1].astype(np.int64)

    def _priors(self, spreads: Spreads, free: int) -> tuple[Floats, Floats]:
        """Prior standard deviation and mean of every parameter."""
        counts = [self.items, self.annotators, self.annotators, free]
        return np.repeat([*spreads, CUT_SPREAD], counts), np.repeat([0.0, 1.0, 0.0, 0.0], counts)

    def _parts(self, whole: Floats) -> list[Floats]:
        """Utilities, slopes, biases and the logs of the steps between cuts."""
        return np.split(whole, np.cumsum([self.items, self.annotators, self.annotators]))

    def _cuts(self, steps: Floats) -> Floats:
        """The cuts, (levels,), each above the one before; the first is 0 without ties."""
        return np.cumsum(np.exp(steps) if self.ties else np.concatenate([[0.0], np.exp(steps)]))

    def _loss(self, standard: Floats, scale: Floats, centre: Floats) -> tuple[float, Floats]:
        """Minus the log posterior and its gradient, in prior standard deviations."""
        utility, slope, bias, steps = self._parts(centre + scale * standard)
        apart = utility[self.first] - utility[self.second]
        ends = link.edges(self._cuts(steps))
        predictor = slope[self.annotator] * apart + bias[self.annotator] * self.side
        got = link.slopes(predictor, ends, self.place)
        pull = got.predictor * slope[self.annotator]
        gradient = np.concatenate(
            [
                np.bincount(self.first, pull, self.items) - np.bincount(self.second, pull, self.items),
                np.bincount(self.annotator, got.predictor * apart, self.annotators),
                np.bincount(self.annotator, got.predictor * self.side, self.annotators),
                self._cut_gradient(got, len(ends)) * np.exp(steps),
            ]
        )
        return float(0.5 * standard @ standard - got.value.sum()), standard - scale * gradient

    def _cut_gradient(self, got: link.Slopes, ends: int) -> Floats:
        """The derivative with respect to each free step: a step moves its cut and all above, and their mirrors."""
        at = np.bincount(self.place, got.low, ends) + np.bincount(self.place + 1, got.high, ends)
        above, below = at[-1 - self.levels : -1], at[self.levels : 0 : -1]
        if not self.ties:  # the cut at 0 is its own mirror image and does not move
            above, below = above[1:], at[self.levels - 1 : 0 : -1]
        return np.cumsum((above - below)[::-1])[::-1]


def centred(problem: Problem, utility: Floats) -> Floats:
    """The utilities with mean 0 in each connected group of items."""
    group = problem.groups()
    return utility - (np.bincount(group, utility) / np.bincount(group))[group]
