"""EM for the mixture behind Dawid and Skene's model, over flat arrays of votes."""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from annotation.agreement.votes import Floats, Integers, Votes


@dataclass(frozen=True)
class Fit:
    """The parameters at the end, the posterior of each task, and the way there."""

    prevalence: Floats  # (classes,)
    confusion: Floats  # (annotators, class, vote)
    posterior: Floats  # (tasks, classes)
    log_posterior: list[float]
    converged: bool


class _Sums:
    """Sums over the votes of a task and of an annotator, prepared once."""

    def __init__(self, votes: Votes, classes: int) -> None:
        """`votes` hold whole class numbers, at most one vote per annotator and task."""
        order = np.argsort(votes.task, kind="stable")
        self.task: Integers = votes.task[order]
        self.row: Integers = votes.annotator[order] * classes + votes.value[order]
        self.voted, self.start = np.unique(self.task, return_index=True)
        self.tasks = int(self.task[-1]) + 1
        self.annotators = int(votes.annotator.max()) + 1
        self.classes = classes

    def by_task(self, rows: Floats) -> Floats:
        """Sums of (annotator and vote, classes) rows over each task, (tasks, classes)."""
        total = np.zeros((self.tasks, self.classes))
        total[self.voted] = np.add.reduceat(rows[self.row], self.start, axis=0)
        return total

    def by_annotator(self, posterior: Floats) -> Floats:
        """Expected votes, (annotators, class, vote), under the posterior, (tasks, classes)."""
        rows, weight = self.annotators * self.classes, posterior[self.task]
        counts: Floats = np.empty((rows, self.classes))
        for k in range(self.classes):
            counts[:, k] = np.bincount(self.row, weight[:, k], rows)
        return counts.reshape(self.annotators, self.classes, self.classes).transpose(0, 2, 1)


def fit(votes: Votes, classes: int, prior: Floats, iterations: int, tolerance: float, start: Fit | None = None) -> Fit:
    """The maximum a posteriori under Dirichlet rows `prior`, (class, vote), all above 1, and Dirichlet(2) prevalence.

    It starts from the posterior of another fit, else from each task's shares of votes.
    """
    sums = _Sums(votes, classes)
    posterior = start.posterior if start else _shares(votes, classes)
    path: list[float] = []
    converged = False
    voted = np.zeros(sums.tasks, bool)
    voted[sums.voted] = True
    while True:
        prevalence = posterior[voted].sum(axis=0) + 1
        prevalence /= prevalence.sum()
        confusion = sums.by_annotator(posterior) + (prior - 1)
        confusion /= confusion.sum(axis=2, keepdims=True)
        log_confusion = np.log(confusion)
        joint = np.log(prevalence) + sums.by_task(log_confusion.transpose(0, 2, 1).reshape(-1, classes))
        total = logsumexp(joint, axis=1)
        posterior = np.exp(joint - total[:, None])
        believed = np.log(prevalence).sum() + ((prior - 1) * log_confusion).sum()
        path.append(float(total[voted].sum() + believed))
        converged = len(path) > 1 and path[-1] - path[-2] < tolerance * len(sums.task)
        if converged or len(path) == iterations:
            return Fit(prevalence, confusion, posterior, path, converged)


def expected_counts(votes: Votes, posterior: Floats) -> Floats:
    """How often each annotator is expected to have called a class by each name, (annotators, class, vote)."""
    return _Sums(votes, posterior.shape[1]).by_annotator(posterior)


def _shares(votes: Votes, classes: int) -> Floats:
    """Each task's shares of votes, (tasks, classes)."""
    tasks = int(votes.task.max()) + 1
    counts = np.bincount(votes.task * classes + votes.value, minlength=tasks * classes).reshape(tasks, classes)
    return (counts + 1 / classes) / (counts.sum(axis=1, keepdims=True) + 1)
