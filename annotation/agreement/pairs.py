"""Consensus of pairwise verdicts: Bradley and Terry (1952) with a reliability and a side bias per annotator.

The predictor of a verdict is z = β_a (u_first − u_second) + b_a · side, seen through the link of link.py. β_a is the
slope of annotator a: 1 is the average, 0 is a coin, below 0 somebody who reads the scale the other way round.
u ~ N(0, s_u²), β ~ N(1, s_β²), b ~ N(0, s_b²) are proper priors, so that separable votes, one annotator or no overlap
keep the mode finite; their spreads are re-estimated from second moments (mode² + Laplace variance), within bounds.

Identification: adding a constant to u changes nothing, so u has the mean 0 in each group of items that votes connect;
u times c with slopes over c changes nothing, so the slopes have the mean 1 and the unit of u is `logit`.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.special import ndtr, ndtri

from annotation.agreement import disagreement, pairfit
from annotation.agreement.pairfit import Mode, Problem, Spreads
from annotation.agreement.votes import Figures, Flags, Floats, Integers, Reason

FIRST_SPREADS = Spreads(items=1.5, slopes=0.4, biases=0.3)
LEAST_SLOPE = 0.1  # a lower mean slope means that annotators contradict each other


class Comparisons(NamedTuple):
    """One row a verdict. Grades count from −L to L; above 0 the first item is better, 0 is a tie.

    `side` is 1 where the first item was shown first, −1 where it was shown second, 0 where nobody knows.
    """

    task: Integers
    annotator: Integers
    first: Integers
    second: Integers
    grade: Integers
    side: Integers


@dataclass(frozen=True)
class PairSettings:
    """The spreads of the priors to begin with, whether to learn them, and the seed of drawn intervals."""

    spreads: Spreads = FIRST_SPREADS
    rounds: int = 4
    confidence: float = 0.95
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        if self.rounds < 0 or not 0 < self.confidence < 1:
            raise ValueError("rounds must be at least 0 and confidence between 0 and 1")


@dataclass(frozen=True)
class PairConsensus:
    """What the verdicts say about items, tasks and annotators; utilities are in logits of the average annotator."""

    utility: Floats  # (items,) mean 0 in each group of items that verdicts connect
    difference: Figures  # (tasks,) u_first − u_second as the task's first verdict names them; NaN without a verdict
    first_better: Floats  # (tasks,) the chance that the difference is above 0
    disagreement: Floats  # (tasks,) variance of the grades, weighed by squared slopes, over that of all grades
    disputed: Integers  # tasks with at least two verdicts, most disputed first
    slope: Figures  # (annotators,) NaN for whoever judged no item that somebody else judged
    side_bias: Figures  # (annotators,) logits in favour of what is shown first; NaN where no side is known
    cuts: Floats  # (levels,) the first is 0 where there are no ties
    spreads: Spreads
    log_posterior: float
    converged: bool
    reason: Reason | None = None


def consensus(votes: Comparisons, settings: PairSettings | None = None) -> PairConsensus | None:
    """The MAP consensus with Laplace intervals; None for no votes."""
    settings = settings or PairSettings()
    votes = _checked(votes)
    if not votes.task.size:
        return None
    problem = Problem.of(votes.annotator, votes.first, votes.second, votes.grade, votes.side)
    spreads, mode = settings.spreads, problem.mode(settings.spreads, None)
    for _ in range(settings.rounds):
        before, spreads = spreads, problem.learn(mode, spreads, settings.seed)
        mode = problem.mode(spreads, mode)
        if np.allclose(np.log(before), np.log(spreads), atol=0.05):
            break
    return _described(votes, problem, mode, spreads, settings)


def _checked(votes: Comparisons) -> Comparisons:
    """The verdicts as whole numbers, each annotator's last one on each task, all on a task in the same direction."""
    votes = Comparisons(*(np.asarray(column, np.int64) for column in votes))
    if any(column.ndim != 1 or len(column) != len(votes.task) for column in votes):
        raise ValueError("the columns must be flat arrays of one length")
    if not votes.task.size:
        return votes
    if min(column.min() for column in votes[:4]) < 0:
        raise ValueError("tasks, annotators and items must count from 0")
    if (votes.first == votes.second).any() or not np.isin(votes.side, (-1, 0, 1)).all():
        raise ValueError("a verdict needs two different items and a side of -1, 0 or 1")
    votes = _turned(votes)
    key = votes.task * (votes.annotator.max() + 1) + votes.annotator
    _, from_the_end = np.unique(key[::-1], return_index=True)
    return Comparisons(*(column[np.sort(len(key) - 1 - from_the_end)] for column in votes))


def _turned(votes: Comparisons) -> Comparisons:
    """The verdicts with the items of each task named in the order of its first verdict."""
    _, leader, which = np.unique(votes.task, return_index=True, return_inverse=True)
    leading = leader[which]
    turned = votes.first != votes.first[leading]
    first, second = np.where(turned, votes.second, votes.first), np.where(turned, votes.first, votes.second)
    if (first != votes.first[leading]).any() or (second != votes.second[leading]).any():
        raise ValueError("all verdicts on a task must be about the same two items")
    sign = np.where(turned, -1, 1)
    return votes._replace(first=first, second=second, grade=votes.grade * sign, side=votes.side * sign)


def _described(
    votes: Comparisons, problem: Problem, mode: Mode, spreads: Spreads, settings: PairSettings
) -> PairConsensus:
    """The mode under the gauge, with intervals, in the words of those who read it."""
    known, seen = _known(votes, problem), np.bincount(votes.annotator, votes.side != 0) > 0
    scale, reason = _gauge(mode, known, np.bincount(votes.annotator) > 0)
    voted, leader = np.unique(votes.task, return_index=True)
    apart, slope, bias = _deviations(votes, problem, mode, spreads, settings.seed)
    reach = float(ndtri((1 + settings.confidence) / 2))
    utility = pairfit.centred(problem, mode.utility) * scale
    middle, spread = np.full((2, int(voted[-1]) + 1), np.nan)
    middle[voted] = utility[votes.first[leader]] - utility[votes.second[leader]]
    spread[voted] = apart * scale
    first_better = ndtr(middle / spread)
    trust = np.maximum(mode.slope / scale, 0.1)[votes.annotator] ** 2
    varied = max(float(votes.grade.var()), 1e-9)
    differ = disagreement.between_amounts(votes.task, votes.grade / np.sqrt(varied), trust, len(middle))
    return PairConsensus(
        utility=utility,
        difference=_around(middle, reach * spread),
        first_better=first_better,
        disagreement=differ,
        disputed=disagreement.ordered(differ, 0.5 - np.abs(np.nan_to_num(first_better) - 0.5)),
        slope=_around(np.where(known, mode.slope / scale, np.nan), reach * slope / scale),
        side_bias=_around(np.where(seen, mode.bias, np.nan), reach * bias),
        cuts=mode.cuts,
        spreads=spreads._replace(items=spreads.items * scale, slopes=spreads.slopes / scale),
        log_posterior=mode.log_posterior,
        converged=mode.converged,
        reason=reason,
    )


def _gauge(mode: Mode, known: Flags, present: Flags) -> tuple[float, Reason | None]:
    """The mean slope, by which utilities are multiplied and slopes divided, and what stands against it."""
    scale = float(mode.slope[known if known.any() else present].mean())
    if scale < LEAST_SLOPE:
        return 1.0, Reason.NO_COMMON_ORDER
    return scale, None if known.any() else Reason.NO_OVERLAP


def _known(votes: Comparisons, problem: Problem) -> Flags:
    """Which annotators judged an item that somebody else judged too, (annotators,)."""
    item, annotator = np.concatenate([votes.first, votes.second]), np.tile(votes.annotator, 2)
    judged = np.unique(item * problem.annotators + annotator)
    shared = np.bincount(judged // problem.annotators, minlength=problem.items) >= 2
    return np.bincount(annotator, shared[item], problem.annotators) > 0


def _deviations(
    votes: Comparisons, problem: Problem, mode: Mode, spreads: Spreads, seed: int
) -> tuple[Floats, Floats, Floats]:
    """The standard deviations of each judged task's difference, and of every slope and side bias."""
    _, leader = np.unique(votes.task, return_index=True)
    tasks, own = len(leader), np.arange(2 * problem.annotators)
    row = np.concatenate([np.arange(tasks), np.arange(tasks), tasks + own])
    column = np.concatenate([votes.first[leader], votes.second[leader], problem.items + own])
    value = np.concatenate([np.ones(tasks), -np.ones(tasks), np.ones(len(own))])
    shape = (tasks + len(own), problem.items + len(own))
    contrasts = coo_array((value, (row, column)), shape=shape).tocsr()
    deviation = problem.curvature(mode, spreads).deviations(contrasts, seed)
    apart, slope, bias = np.split(deviation, [tasks, tasks + problem.annotators])
    return apart, slope, bias


def _around(middle: Floats, reach: Floats) -> Figures:
    """Figures with symmetric intervals."""
    return Figures(middle, middle - reach, middle + reach)
