"""One number an annotator: how much better than average they tell the classes, with an honest interval.

An annotator of ability δ tells class k with chance σ(logit P_kk + δ), P being the confusion of the average annotator,
and errs as that one errs. A vote is weighed by what the *other* votes on its task say about the class, so that nobody's
reliability stands on their own word; δ has the prior N(0, spread²), with the spread of greatest evidence. The one
dimension is integrated on a grid: intervals are quantiles of a posterior, no normal approximation.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, logsumexp

from annotation.agreement import mixture
from annotation.agreement.votes import Figures, Flags, Floats, Votes

GRID = np.linspace(-8, 8, 129)
SPREADS = np.geomspace(0.1, 3.2, 16)
BLOCK = 20_000


@dataclass(frozen=True)
class Ability:
    """The chance of a right vote of each annotator, and how far abilities spread."""

    reliability: Figures  # (annotators,) NaN for whoever shares no task with anybody
    spread: float  # standard deviation of δ
    strength: float  # the pseudo-votes of a Dirichlet row with this spread


def estimate(votes: Votes, fit: mixture.Fit, pooled: Floats, confidence: float) -> Ability:
    """Abilities by the votes on tasks with another vote, around the confusion `pooled`, (class, vote)."""
    annotators = len(fit.confusion)
    shared = np.bincount(votes.task)[votes.task] >= 2
    likelihood = _log_likelihood(votes, fit, pooled, shared)  # (annotators, grid)
    judged = np.bincount(votes.annotator[shared], minlength=annotators) > 0
    posteriors = [likelihood[judged] + _log_prior(spread) for spread in SPREADS]
    best = int(np.argmax([logsumexp(joint, axis=1).sum() for joint in posteriors])) if judged.any() else 0
    correct = expit(logit(_diagonal(pooled))[None, :] + GRID[:, None]) @ fit.prevalence  # (grid,) ascending
    figures = np.full((3, annotators), np.nan)
    figures[:, judged] = _summary(posteriors[best], correct, confidence)
    variance = float(fit.prevalence @ (_diagonal(pooled) * (1 - _diagonal(pooled)))) * SPREADS[best] ** 2
    return Ability(Figures(*figures), float(SPREADS[best]), float(np.clip(1 / variance - 1, 1.0, 1000.0)))


def _log_likelihood(votes: Votes, fit: mixture.Fit, pooled: Floats, shared: Flags) -> Floats:
    """log p(an annotator's votes | δ) with the classes as the others tell them, (annotators, grid)."""
    diagonal = _diagonal(pooled)
    right = expit(logit(diagonal)[:, None] + GRID[None, :])  # (classes, grid)
    errors = pooled * (1 - np.eye(len(pooled)))
    errors /= errors.sum(axis=1, keepdims=True)
    total = np.zeros((len(fit.confusion), len(GRID)))
    rows = np.flatnonzero(shared)
    rows = rows[np.argsort(votes.annotator[rows], kind="stable")]
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        annotator, value = votes.annotator[block], votes.value[block]
        others = fit.posterior[votes.task[block]] / np.maximum(fit.confusion[annotator, :, value], 1e-300)
        others /= others.sum(axis=1, keepdims=True)
        hit = others[np.arange(len(block)), value]
        chance = (others * errors[:, value].T) @ (1 - right) + hit[:, None] * right[value]
        present, first = np.unique(annotator, return_index=True)
        total[present] += np.add.reduceat(np.log(np.maximum(chance, 1e-300)), first, axis=0)
    return total


def _log_prior(spread: float) -> Floats:
    """The log of normal weights on the grid, (grid,), which sum to one."""
    weight = -0.5 * (GRID / spread) ** 2
    return weight - logsumexp(weight)


def _summary(joint: Floats, correct: Floats, confidence: float) -> Floats:
    """Mean and quantiles of the chance of a right vote, (3, annotators), from log weights, (annotators, grid)."""
    weight = np.exp(joint - logsumexp(joint, axis=1, keepdims=True))
    below = np.cumsum(weight, axis=1) - weight / 2  # half of a grid point's weight lies below it
    tail = (1 - confidence) / 2
    quantiles = [[np.interp(point, row, correct) for row in below] for point in (tail, 1 - tail)]
    return np.array([weight @ correct, *quantiles])


def _diagonal(pooled: Floats) -> Floats:
    """The chance of the right vote by class, away from 0 and 1, (classes,)."""
    return np.clip(np.diag(pooled), 0.02, 0.98)
