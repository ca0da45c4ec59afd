"""One-shot constrained tilts (Huang et al., arXiv 2405.19544): the multipliers from the dual, exactly.

max E[r] − β KL(π‖reference) under E[h_j] ≥ 0 has π ∝ reference · exp((r + λ·h)/β), where λ ≥ 0 minimises the convex
D(λ) = β E_x log E_reference exp((r + λ·h)/β), with ∇D = E_π[h] and Hessian Cov_π(h)/β.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog, minimize

from rewardmodels.learning.world.grammar import Floats
from rewardmodels.learning.world.oracle import Oracle, tilt

TOLERANCE = 1e-10


class Infeasible(ValueError):
    """A sentence that says why no policy meets the constraints."""


class Solution(NamedTuple):
    multipliers: Floats  # (constraints,)
    probability: Floats  # (prompts, outcomes)
    kl: float
    objective: float  # E[r] − β KL
    slack: Floats  # (constraints,): E[h]


def solve(log_reference: Floats, reward: Floats, constraints: Floats, beta: float) -> Solution:
    """The best policy under E[h] ≥ 0.

    `log_reference` is (outcomes,), `reward` (prompts, outcomes), `constraints` (constraints, prompts, outcomes).
    """
    check_feasible(constraints)

    def dual(multipliers: Floats) -> tuple[float, Floats]:
        score = (reward + np.tensordot(multipliers, constraints, 1)) / beta
        probability, kl = tilt(log_reference, score)
        normaliser = (probability * score).sum(axis=-1) - kl
        return float(beta * normaliser.mean()), slack_of(probability, constraints)

    start = np.zeros(len(constraints))
    bounds = [(0.0, None)] * len(constraints)
    options = {"ftol": 1e-15, "gtol": TOLERANCE, "maxiter": 1_000}
    found = minimize(dual, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
    multipliers = polished(log_reference, reward, constraints, beta, found)
    probability, kl = tilt(log_reference, (reward + np.tensordot(multipliers, constraints, 1)) / beta)
    objective = float((probability * reward).sum(axis=-1).mean() - beta * kl.mean())
    return Solution(multipliers, probability, float(kl.mean()), objective, slack_of(probability, constraints))


def slack_of(probability: Floats, constraints: Floats) -> Floats:
    """(constraints,): E[h], the mean over prompts."""
    return np.asarray((constraints * probability).sum(axis=-1).mean(axis=-1))


def check_feasible(constraints: Floats) -> None:
    """Infeasible unless some policy has E[h] > 0 for all constraints at once: else D has no finite minimiser.

    The greatest least slack is min over λ in the simplex of E_x max λ·h: cut by cut, each a policy's E[h].
    """
    count = len(constraints)
    weights, cuts = np.full(count, 1 / count), []
    for _ in range(200):
        best = np.tensordot(weights, constraints, 1).argmax(axis=-1)  # (prompts,)
        cuts.append(constraints[:, np.arange(len(best)), best].mean(axis=-1))
        if cuts[-1].min() > 0:
            return
        upper = float(weights @ cuts[-1])
        goal = np.append(np.zeros(count), 1.0)
        below = np.hstack([np.array(cuts), -np.ones((len(cuts), 1))])  # cut·λ ≤ the least value
        simplex = np.append(np.ones(count), 0.0)[None]
        bounds = [(0.0, 1.0)] * count + [(None, None)]
        found = linprog(goal, below, np.zeros(len(cuts)), simplex, [1.0], bounds)
        weights, lower = found.x[:-1], float(found.x[-1])
        if lower > 0:  # a mixture of the policies so far meets them all
            return
        if upper <= 0 or upper - lower < TOLERANCE:
            break
    raise Infeasible("No policy meets all constraints: they ask for more than any answer gives, or contradict.")


def polished(log_reference: Floats, reward: Floats, constraints: Floats, beta: float, multipliers: Floats) -> Floats:
    """Newton steps on the multipliers that are not at 0, to the precision of the arithmetic."""
    current = multipliers.copy()
    for _ in range(50):
        score = (reward + np.tensordot(current, constraints, 1)) / beta
        probability, _ = tilt(log_reference, score)
        gradient = slack_of(probability, constraints)
        free = (current > 0) | (gradient < 0)
        if not free.any() or np.abs(gradient[free]).max() < TOLERANCE:
            break
        step = np.zeros_like(current)
        curvature = covariance(probability, constraints[free]) / beta
        step[free] = np.linalg.lstsq(curvature, gradient[free], rcond=None)[0]
        current = np.maximum(current - step, 0.0)
    return current


def covariance(probability: Floats, constraints: Floats) -> Floats:
    """(constraints, constraints): within prompts, then the mean over prompts."""
    centred = constraints - (constraints * probability).sum(axis=-1, keepdims=True)
    return np.asarray(np.einsum("po,ipo,jpo->ij", probability, centred, centred) / len(probability))


class ProxyPoint(NamedTuple):
    """Where the gold is greatest along tilts by components: the values at which pushing should stop."""

    weights: Floats  # (components,) inverse temperatures
    values: Floats  # (components,) means of the components there: the thresholds
    gold: float
    kl: float


def proxy_point(oracle: Oracle, components: Floats) -> ProxyPoint:  # components: (components, stakes, outcomes)
    """The joint proxy point (Moskovitz et al., arXiv 2310.04373); of one component, its single one."""

    log, cells, worth = collapsed(oracle, components)

    def lost(weights: Floats) -> float:
        probability, _ = tilt(log, np.tensordot(weights, cells, 1))
        return -float((probability * worth).sum(axis=-1).mean())

    begin = np.full(len(cells), 0.3)
    corners = begin + np.vstack([np.zeros_like(begin), np.eye(len(begin)) * 0.5])
    options = {"xatol": 1e-4, "fatol": 1e-7, "initial_simplex": corners}
    found = minimize(lost, begin, method="Nelder-Mead", options=options)
    probability, kl = tilt(log, np.tensordot(found.x, cells, 1))
    values = np.array([float((probability * each).sum(axis=-1).mean()) for each in cells])
    return ProxyPoint(found.x, values, float(-found.fun), float(kl.mean()))


def collapsed(oracle: Oracle, components: Floats) -> tuple[Floats, Floats, Floats]:
    """(log reference, components, gold) over cells in which every component is one number: a tilt moves them as one."""
    table = np.round(components.reshape(-1, components.shape[-1]), 9)
    cells, place = np.unique(table, axis=1, return_inverse=True)
    place = place.reshape(-1)
    mass = np.bincount(place, oracle.reference)
    worth = np.stack([np.bincount(place, oracle.reference * row) / mass for row in oracle.gold])
    return np.log(mass), cells.reshape(*components.shape[:2], -1), worth
