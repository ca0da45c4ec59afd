"""A head for each rated aspect: ridge regression from frozen states to the ratings that people gave.

Answers of the training split get the prediction of a head that never saw their conversation's ratings: a feature that
had seen them would look better in training than it is.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from rewardmodels.learning import keys

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

PENALTIES = tuple(10.0**power for power in range(-1, 6))
FOLDS = 5
FEWEST_RATINGS, FEWEST_CLUSTERS = 20, 5


class Ratings(NamedTuple):
    """What people gave for one aspect."""

    candidate: Whole  # (ratings,) whose state predicts it
    value: Floats  # (ratings,)
    cluster: Whole  # (ratings,)


class Head(NamedTuple):
    """rating = state · weight + bias."""

    weight: Floats  # (width,)
    bias: float

    def predict(self, states: Floats) -> Floats:  # (n, width) → (n,)
        return states @ self.weight + self.bias


@dataclass(frozen=True)
class Learned:
    head: Head  # of all ratings: for answers that are new
    out_of_fold: Floats  # (candidates,) each by a head that did not see its conversation
    penalty: float
    correlation: float | None  # Spearman's, of out-of-fold predictions and ratings
    n: int


def why_not(given: Ratings) -> str:
    """Why no head can be learned from these ratings; empty where one can."""
    clusters = len(np.unique(given.cluster))
    if len(given.value) < FEWEST_RATINGS:
        return f"The training split holds {len(given.value)} ratings of it; {FEWEST_RATINGS} are needed."
    if clusters < FEWEST_CLUSTERS:
        return f"Its ratings are about {clusters} prompts; {FEWEST_CLUSTERS} are needed."
    if np.ptp(given.value) == 0:
        return "All its ratings are equal."
    return ""


def ridge(states: Floats, ratings: Floats, penalty: float) -> Head:  # states (n, width), ratings (n,)
    """The head with the least squared error plus penalty · |weights|² on standardised states."""
    mean, deviation = states.mean(0), np.maximum(states.std(0), 1e-6)
    standard = (states - mean) / deviation
    gram = standard.T @ standard + penalty * np.eye(states.shape[1])
    weight = np.linalg.solve(gram, standard.T @ (ratings - ratings.mean())) / deviation
    return Head(weight, float(ratings.mean() - mean @ weight))


def learn(states: Floats, cluster_of: Whole, given: Ratings, seed: int) -> Learned:
    """The aspect's head; states (candidates, width), cluster_of (candidates,)."""
    clusters, where = np.unique(given.cluster, return_inverse=True)
    count = min(FOLDS, len(clusters))
    order = keys.numpy_generator(seed, "aspect folds", count).permutation(len(clusters)) % count
    fold = order[where]
    rows = states[given.candidate]
    penalty = choose(rows, given.value, fold)
    heads = [ridge(rows[fold != number], given.value[fold != number], penalty) for number in range(count)]
    whole = ridge(rows, given.value, penalty)
    out_of_fold = whole.predict(states)
    for number, head in enumerate(heads):
        touched = np.isin(cluster_of, clusters[order == number])
        out_of_fold[touched] = head.predict(states[touched])
    found = spearmanr(out_of_fold[given.candidate], given.value).statistic
    return Learned(whole, out_of_fold, penalty, float(found) if np.isfinite(found) else None, len(given.value))


def choose(rows: Floats, ratings: Floats, fold: Whole) -> float:
    """The penalty with the least squared error on prompts held out, the stiffest among equals."""
    errors = dict.fromkeys(reversed(PENALTIES), 0.0)
    for number in np.unique(fold):
        kept, held = fold != number, fold == number
        for penalty in errors:
            head = ridge(rows[kept], ratings[kept], penalty)
            errors[penalty] += float(np.square(head.predict(rows[held]) - ratings[held]).sum())
    return min(errors, key=lambda penalty: errors[penalty])
