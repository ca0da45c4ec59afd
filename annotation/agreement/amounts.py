"""Consensus of amounts with a money scale, a bias and a noise per annotator.

An amount is y = κ_a μ_task + b_a · side + τ_a t, with t from Student's t of 4 degrees of freedom: an odd amount moves
the consensus little, and none is clipped. Single amounts have side 1 and a mean that is estimated. Amounts for the
better of two answers are signed (above 0 for the first), have the mean 0, and the side where the first was shown.

Identification: μ times c with scales over c changes nothing, so the mean log scale is 0 and μ is in the money of this
pool of annotators; for single amounts μ + c with b_a − κ_a c changes nothing, so the mean bias is 0. Whoever shares no
task with anybody has the scale 1 and no bias: their amounts alone cannot tell a generous person from good answers.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.special import ndtri

from annotation.agreement import amountfit, disagreement
from annotation.agreement.amountfit import DEGREES, Mode, Problem
from annotation.agreement.curvature import Curvature
from annotation.agreement.votes import Figures, Flags, Floats, Integers, Reason, Votes, latest


class Amounts(NamedTuple):
    """One row an amount. `side` is None for single amounts.

    Else it is 1 where the first was shown first, −1 where it was shown second, 0 where nobody knows.
    """

    task: Integers
    annotator: Integers
    value: Floats
    side: Integers | None = None


@dataclass(frozen=True)
class AmountSettings:
    """The step to which amounts were rounded, half of which is the least noise, and when to stop."""

    step: float = 0.01
    iterations: int = 2000
    tolerance: float = 1e-4  # in units of the mean amount
    confidence: float = 0.95
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        if self.step <= 0 or self.tolerance <= 0 or self.iterations < 1 or not 0 < self.confidence < 1:
            raise ValueError("step, tolerance, iterations and confidence must be above 0, and confidence below 1")


@dataclass(frozen=True)
class AmountConsensus:
    """What the amounts say about tasks and annotators, in the money of the average annotator."""

    amount: Figures  # (tasks,) NaN without a vote
    disagreement: Floats  # (tasks,) variance of the rescaled amounts in units of noise: about 1 without dispute
    disputed: Integers  # tasks with at least two votes, most disputed first
    scale: Figures  # (annotators,) money scale, geometric mean 1; NaN for whoever shares no task with anybody
    bias: Figures  # (annotators,) in money; for pairs, in favour of what is shown first
    noise: Figures  # (annotators,) in their own money; NaN for whoever has no task with two others
    mean: float  # of the tasks' amounts
    spread: float  # their standard deviation
    iterations: int
    converged: bool
    reason: Reason | None = None


def consensus(votes: Amounts, settings: AmountSettings | None = None) -> AmountConsensus | None:
    """The consensus of each annotator's last amount on each task; None for no votes."""
    settings = settings or AmountSettings()
    values, side = _checked(votes)
    if not values.task.size:
        return None
    problem = Problem.of(values, side, votes.side is None, settings.step / 2)
    mode = problem.fit(settings.iterations, settings.tolerance)
    return _described(problem, mode, settings)


def _checked(votes: Amounts) -> tuple[Votes, Floats]:
    """The latest votes, and the side of each."""
    task, value = np.asarray(votes.task), np.asarray(votes.value, float)
    side = np.ones(len(task)) if votes.side is None else np.asarray(votes.side, float)
    if side.shape != task.shape or not np.isin(side, (-1, 0, 1)).all():
        raise ValueError("side must be 1, 0 or -1 for every amount")
    rows = latest(Votes(votes.task, votes.annotator, np.where(np.isnan(value), np.nan, np.arange(len(task)))))
    kept = rows.value.astype(np.int64)
    values = latest(Votes(task[kept], np.asarray(votes.annotator)[kept], value[kept]))  # refuses infinite amounts
    return values, side[kept]


def _described(problem: Problem, mode: Mode, settings: AmountSettings) -> AmountConsensus:
    """The fit with intervals, in the words of those who read it."""
    reach = float(ndtri((1 + settings.confidence) / 2))
    tasks, annotators = problem.tasks, problem.annotators
    deviation = _deviations(problem, mode, settings.seed)
    of_task, of_scale, of_bias = np.split(deviation, [tasks, tasks + annotators])
    voted = np.bincount(problem.task, minlength=tasks) > 0
    known = problem.known
    unit = problem.unit
    amount, bias = np.where(voted, mode.amount, np.nan) * unit, np.where(known, mode.bias, np.nan) * unit
    scale, noise = np.where(known, mode.scale, np.nan), np.where(_compared(problem), mode.noise, np.nan) * unit
    free = problem.shared * (1 - problem.leverage(mode))
    seen = np.bincount(problem.annotator, free, annotators) + amountfit.NOISE_VOTES
    of_noise = np.sqrt((DEGREES + 3) / (2 * DEGREES * seen))  # the information of a t about its log scale
    precision = (mode.scale / mode.noise)[problem.annotator] ** 2
    rescaled = (problem.value - mode.bias[problem.annotator] * problem.side) / mode.scale[problem.annotator]
    differ = disagreement.between_amounts(problem.task, rescaled, precision, tasks)
    return AmountConsensus(
        amount=Figures(amount, amount - reach * of_task * unit, amount + reach * of_task * unit),
        disagreement=differ,
        disputed=disagreement.ordered(differ, of_task),
        scale=Figures(scale, scale * np.exp(-reach * of_scale), scale * np.exp(reach * of_scale)),
        bias=Figures(bias, bias - reach * of_bias * unit, bias + reach * of_bias * unit),
        noise=Figures(noise, noise * np.exp(-reach * of_noise), noise * np.exp(reach * of_noise)),
        mean=mode.mean * unit,
        spread=mode.spread * unit,
        iterations=mode.iterations,
        converged=mode.converged,
        reason=None if known.any() else Reason.NO_OVERLAP,
    )


def _compared(problem: Problem) -> Flags:
    """Who has a task with two others, (annotators,): of two votes nobody can say which is the noisy one."""
    thrice = np.bincount(problem.task)[problem.task] >= 3
    return np.bincount(problem.annotator, thrice, problem.annotators) > 0


def _deviations(problem: Problem, mode: Mode, seed: int) -> Floats:
    """Standard deviations of amounts, log scales and biases together, (tasks + 2 annotators,)."""
    votes, size = np.arange(len(problem.task)), problem.tasks + 2 * problem.annotators
    scale, amount = mode.scale[problem.annotator], mode.amount[problem.task]
    column = [
        problem.task,
        problem.tasks + problem.annotator,
        problem.tasks + problem.annotators + problem.annotator,
    ]
    value = np.concatenate([scale, scale * amount, problem.side])
    places = np.tile(votes, 3), np.concatenate(column)
    jacobian = coo_array((value, places), shape=(len(votes), size)).tocsr()
    information = (DEGREES + 1) / (DEGREES + 3) / mode.noise[problem.annotator] ** 2
    spreads = [mode.spread, mode.scale_spread, mode.bias_spread]
    precision = np.repeat(np.array(spreads) ** -2.0, [problem.tasks, problem.annotators, problem.annotators])
    every = coo_array((np.ones(size), (np.arange(size), np.arange(size))), shape=(size, size)).tocsr()
    return Curvature(jacobian, information, precision).deviations(every, seed)
