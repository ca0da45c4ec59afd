"""The simplest reader: a weight for each word of an answer, by logistic regression without intercept (scikit-learn).

What a reward model does not know beyond this, it knows from the words alone.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from rewardmodels.learning import keys
from rewardmodels.learning.columns import PairColumns

Floats = NDArray[np.float64]

STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # 1 / precision of the weights' prior, from the stiffest
MOST_WORDS = 20_000
FOLDS = 3
WORD = r"(?u)\w+|[?!]"


@dataclass(frozen=True)
class Words:
    """A utility for every answer, in log odds."""

    utilities: Floats  # (candidates,)
    strength: float
    words: int


def fit(texts: Sequence[str], train: PairColumns, seed: int) -> Words | None:
    """Learned from the decided training pairs, its strength by cross-validation over prompts; None without any word."""
    decided = train.at(train.is_decided)
    used = np.unique(np.r_[decided.first.numpy(), decided.second.numpy()])
    reader = CountVectorizer(token_pattern=WORD, min_df=2, max_features=MOST_WORDS, dtype=np.float64)
    try:
        reader.fit([texts[index] for index in used])
    except ValueError:  # no word stands in two answers
        return None
    counts = reader.transform(texts)
    counts.data = np.log1p(counts.data)
    rows = counts[decided.first.numpy()] - counts[decided.second.numpy()]
    lesson = Comparisons(rows, decided.outcome.numpy())
    strength = choose(lesson, decided.cluster.numpy(), seed)
    return Words(counts @ lesson.weights(strength), strength, counts.shape[1])


@dataclass(frozen=True)
class Comparisons:
    """Differences of word counts, first − second, and which was preferred."""

    rows: Any  # (pairs, words) sparse
    outcome: NDArray[np.int64]  # 1 or -1

    def at(self, chosen: NDArray[np.bool_]) -> "Comparisons":
        return Comparisons(self.rows[chosen], self.outcome[chosen])

    def weights(self, strength: float) -> Floats:  # → (words,)
        """Every second pair is turned round, so that both classes are there: without intercept nothing else changes."""
        turned = np.where(np.arange(len(self.outcome)) % 2, 1, -1)
        sides = sparse.diags_array((turned * self.outcome).astype(np.float64))
        model = LogisticRegression(C=strength, fit_intercept=False, tol=1e-6, max_iter=300)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            return np.asarray(model.fit(sides @ self.rows, turned > 0).coef_[0])

    def loss(self, weights: Floats) -> float:
        """Summed −log P of what was preferred."""
        margin = self.outcome * (self.rows @ weights)
        return float(np.logaddexp(0, -margin).sum())


def choose(lesson: Comparisons, cluster: NDArray[np.int64], seed: int) -> float:
    """The strength with the least held-out loss; the stiffest where there are too few prompts to hold any out."""
    names, where = np.unique(cluster, return_inverse=True)
    if len(names) < 2 * FOLDS:
        return STRENGTHS[0]
    fold = (keys.numpy_generator(seed, "bag of words").permutation(len(names)) % FOLDS)[where]
    totals = [
        sum(lesson.at(fold == held).loss(lesson.at(fold != held).weights(strength)) for held in range(FOLDS))
        for strength in STRENGTHS
    ]
    return STRENGTHS[int(np.argmin(totals))]
