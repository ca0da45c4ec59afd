"""Consensus of class votes and each annotator's confusion: Dawid and Skene (1979), as a maximum a posteriori.

Votes on a task are independent given its class: p(vote v | class k, annotator a) = θ_akv. Every θ_ak has the prior
Dirichlet(1 + s P_k): `s` pseudo-votes around the confusion P that all annotators share, so that somebody with three
votes is taken for an average annotator and somebody with a thousand for themselves. P is fitted first, as if all were
one person, with a prior that leans to the diagonal; s follows from how far annotators' abilities spread (ability.py).
Each fit is an EM under proper priors.
"""

from dataclasses import dataclass

import numpy as np

from annotation.agreement import ability, disagreement, mixture
from annotation.agreement.votes import Figures, Floats, Integers, Reason, Votes, classes_of, pairable

FIRST_STRENGTH = 10.0
ROUNDS = 5  # of strength and fit in turn


@dataclass(frozen=True)
class ClassPrior:
    """What is believed before a vote: an average annotator's accuracy, worth some votes a class, and when to stop."""

    accuracy: float = 0.7
    votes: float = 10.0
    strength: float | None = None  # pseudo-votes of each annotator's row; None lets the votes say
    iterations: int = 500
    tolerance: float = 1e-8  # of the log posterior, per vote
    confidence: float = 0.95

    def __post_init__(self) -> None:
        """Refuse a prior that is none."""
        if not 0 < self.accuracy < 1:
            raise ValueError("accuracy must lie between 0 and 1")
        if self.votes <= 0 or (self.strength is not None and self.strength <= 0):
            raise ValueError("pseudo-votes must be above 0")
        if self.iterations < 1 or self.tolerance <= 0 or not 0 < self.confidence < 1:
            raise ValueError("iterations, tolerance and confidence must be above 0, and confidence below 1")


@dataclass(frozen=True)
class ClassConsensus:
    """What the votes say about tasks and about annotators."""

    prevalence: Floats  # (classes,)
    posterior: Floats  # (tasks, classes); the prevalence where there is no vote
    label: Integers  # (tasks,) the most likely class, -1 where there is no vote
    uncertainty: Floats  # (tasks,) entropy of the posterior as a share of the greatest
    disagreement: Floats  # (tasks,) see disagreement.between_classes
    disputed: Integers  # tasks with at least two votes, most disputed first
    confusion: Floats  # (annotators, class, vote)
    reliability: Figures  # (annotators,) chance of the right vote; NaN for whoever shares no task with anybody
    information: Floats  # (annotators,) share of the uncertainty about a class that one vote takes away
    strength: float  # pseudo-votes by which each annotator leans to the average one
    log_posterior: list[float]  # one an iteration; it never falls
    converged: bool
    reason: Reason | None = None


def consensus(votes: Votes, classes: int, prior: ClassPrior | None = None) -> ClassConsensus:
    """The MAP consensus of class numbers below `classes`; somebody's last vote on a task counts."""
    prior = prior or ClassPrior()
    if classes < 2:
        raise ValueError("there must be at least two classes")
    votes = classes_of(votes, classes)
    if not votes.task.size:
        return _nothing(classes)
    base = np.where(np.eye(classes, dtype=bool), prior.accuracy, (1 - prior.accuracy) / (classes - 1))
    together = votes._replace(annotator=np.zeros_like(votes.annotator))
    shared = mixture.fit(together, classes, 1 + prior.votes * base, prior.iterations, prior.tolerance)
    pooled = shared.confusion[0]
    strength = prior.strength or FIRST_STRENGTH
    fit = shared
    for _ in range(ROUNDS):
        fit = mixture.fit(votes, classes, 1 + strength * pooled, prior.iterations, prior.tolerance, fit)
        found = ability.estimate(votes, fit, pooled, prior.confidence)
        if prior.strength or abs(np.log(found.strength / strength)) < 0.1:
            break
        strength = found.strength
    return _described(votes, fit, found, strength)


def _described(votes: Votes, fit: mixture.Fit, found: ability.Ability, strength: float) -> ClassConsensus:
    """The fit in the words of those who read it."""
    tasks, classes = fit.posterior.shape
    share = fit.posterior * np.log(np.maximum(fit.posterior, 1e-300))
    uncertainty = -share.sum(axis=1) / np.log(classes)
    information = carried(fit.prevalence, fit.confusion)
    differ = disagreement.between_classes(votes, information, tasks)
    there = np.bincount(votes.task, minlength=tasks) > 0
    return ClassConsensus(
        prevalence=fit.prevalence,
        posterior=fit.posterior,
        label=np.where(there, fit.posterior.argmax(axis=1), -1),
        uncertainty=uncertainty,
        disagreement=differ,
        disputed=disagreement.ordered(differ, uncertainty),
        confusion=fit.confusion,
        reliability=found.reliability,
        information=information,
        strength=strength,
        log_posterior=fit.log_posterior,
        converged=fit.converged,
        reason=None if pairable(votes).task.size else Reason.NO_OVERLAP,
    )


def carried(prevalence: Floats, confusion: Floats) -> Floats:
    """Mutual information of class and vote over the class entropy, (annotators,): 0 for votes that ignore the task."""
    joint = prevalence[:, None] * confusion
    apart = prevalence[:, None] * joint.sum(axis=1, keepdims=True)
    shared = (joint * np.log(np.maximum(joint, 1e-300) / np.maximum(apart, 1e-300))).sum(axis=(1, 2))
    entropy = -(prevalence * np.log(np.maximum(prevalence, 1e-300))).sum()
    return np.clip(shared / max(entropy, 1e-12), 0.0, 1.0)


def _nothing(classes: int) -> ClassConsensus:
    """The consensus of no votes."""
    none, figures = np.zeros(0), Figures(np.zeros(0), np.zeros(0), np.zeros(0))
    return ClassConsensus(
        prevalence=np.full(classes, 1 / classes),
        posterior=np.zeros((0, classes)),
        label=np.zeros(0, np.int64),
        uncertainty=none,
        disagreement=none,
        disputed=np.zeros(0, np.int64),
        confusion=np.zeros((0, classes, classes)),
        reliability=figures,
        information=none,
        strength=0.0,
        log_posterior=[],
        converged=True,
        reason=Reason.NO_VOTES,
    )
