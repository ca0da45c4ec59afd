"""From features to a utility: standardised, differenced, weighed by a logistic regression without intercept.

Who is called first cannot matter: σ(w·d) and 1 − σ(−w·d) are one number, and turning a row round turns its label too.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from rewardmodels.learning import keys

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

STRENGTHS = tuple(float(value) for value in np.logspace(-5, 5, 12))  # C of scikit-learn: small is stiff
FOLDS = 8
DRAWS = 200
LEAST_DEVIATION = 1e-9


class Rows(NamedTuple):
    """Differences of standardised features, each with what was said of it."""

    differences: Floats  # (rows, features)
    preferred: Whole  # (rows,) 1: the first, -1: the second
    weight: Floats  # (rows,) a tie is two rows of a half, one either way
    cluster: Whole  # (rows,)


class Scale(NamedTuple):
    """What turns a raw feature into a standard one."""

    mean: Floats  # (features,)
    deviation: Floats  # (features,) ddof 0; 1 where a feature does not vary


class Chosen(NamedTuple):
    strength: float
    held_out: dict[str, float]  # C → mean held-out log loss; empty where C was given


@dataclass(frozen=True)
class Weights:
    """One weight a standardised feature, and where 95 % of the bootstrap's weights lie."""

    values: Floats
    low: Floats
    high: Floats


def scale(values: Floats) -> Scale:  # (answers, features), NaN where missing
    """Mean and deviation over answers of either side, each answer once."""
    deviation = np.nanstd(values, axis=0)
    return Scale(np.nanmean(values, axis=0), np.where(deviation < LEAST_DEVIATION, 1.0, deviation))


def varies(values: Floats) -> NDArray[np.bool_]:  # (answers, features) → (features,)
    """Which features tell answers apart at all."""
    return np.nanstd(values, axis=0) >= LEAST_DEVIATION


def rows(first: Floats, second: Floats, outcome: Whole, cluster: Whole, *, ties: str) -> Rows:
    """Rows of decided pairs, and of ties as two halves where they count; first, second (pairs, features) standard."""
    difference = first - second
    decided = outcome != 0
    parts = [(difference[decided], outcome[decided], 1.0, cluster[decided])]
    if ties == "half":
        tied = ~decided
        parts += [(difference[tied], np.full(int(tied.sum()), side), 0.5, cluster[tied]) for side in (1, -1)]
    return Rows(
        np.concatenate([part[0] for part in parts]),
        np.concatenate([part[1] for part in parts]).astype(np.int64),
        np.concatenate([np.full(len(part[1]), part[2]) for part in parts]),
        np.concatenate([part[3] for part in parts]),
    )


def fit(given: Rows, strength: float, *, penalty: str, weight: Floats | None = None) -> Floats:
    """(features,) weights that make the rows most probable under the penalty."""
    weight = given.weight if weight is None else weight
    kept = np.flatnonzero(weight > 0)
    if len(kept) == 1:
        kept = np.repeat(
            kept, 2
        )  # one row as two: scikit-learn wants both classes, and every other row is turned round
    turned = np.where(np.arange(len(kept)) % 2, -1, 1)
    ahead = given.differences[kept] * given.preferred[kept][:, None]  # what was preferred minus the other
    share = weight[kept] / (1 + (len(np.unique(kept)) < len(kept)))
    is_sparse = penalty == "l1"
    regression = LogisticRegression(
        C=strength,
        l1_ratio=1.0 if is_sparse else 0.0,
        fit_intercept=False,
        solver="liblinear" if is_sparse else "newton-cholesky",
        tol=1e-7 if is_sparse else 1e-9,
        max_iter=200,
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ConvergenceWarning
        )  # separable rows under a weak penalty: judged by held-out loss
        regression.fit(ahead * turned[:, None], turned, share)
    return np.asarray(regression.coef_[0], dtype=np.float64)


def loss(given: Rows, weights: Floats) -> tuple[float, float]:
    """(summed −log P of what was said, the rows' weight)."""
    margin = given.differences @ weights * given.preferred
    return float((given.weight * np.logaddexp(0, -margin)).sum()), float(given.weight.sum())


def at(given: Rows, kept: NDArray[np.bool_]) -> Rows:
    return Rows(given.differences[kept], given.preferred[kept], given.weight[kept], given.cluster[kept])


def choose(given: Rows, *, penalty: str, seed: int, report: Callable[[float], None]) -> Chosen:
    """The strength with the least held-out log loss over prompts, the stiffest among equals."""
    clusters, where = np.unique(given.cluster, return_inverse=True)
    count = min(FOLDS, len(clusters))
    fold = (keys.numpy_generator(seed, "folds", count).permutation(len(clusters)) % count)[where]
    totals = dict.fromkeys(STRENGTHS, 0.0)
    for number in range(count):
        kept, held = at(given, fold != number), at(given, fold == number)
        for done, strength in enumerate(STRENGTHS):
            totals[strength] += loss(held, fit(kept, strength, penalty=penalty))[0]
            report((number + done / len(STRENGTHS)) / count)
    whole = float(given.weight.sum())
    best = min(STRENGTHS, key=lambda strength: totals[strength])
    return Chosen(best, {f"{strength:.4g}": total / whole for strength, total in totals.items()})


def weigh(given: Rows, strength: float, *, penalty: str, seed: int, report: Callable[[float], None]) -> Weights:
    """Weights at a strength, with intervals that resample prompts as a whole."""
    values = fit(given, strength, penalty=penalty)
    clusters, where = np.unique(given.cluster, return_inverse=True)
    generator = keys.numpy_generator(seed, "bootstrap", "weights")
    drawn = np.empty((DRAWS, len(values)))
    for draw in range(DRAWS):
        counts = generator.multinomial(len(clusters), np.full(len(clusters), 1 / len(clusters)))
        drawn[draw] = fit(given, strength, penalty=penalty, weight=given.weight * counts[where])
        report(draw / DRAWS)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    return Weights(values, low, high)


def contributions(values: Floats, found: Scale, weights: Floats) -> Floats:  # (answers, features) → the same
    """What each feature adds to each answer's utility; a missing one counts as the average answer's and adds 0."""
    return np.nan_to_num((values - found.mean) / found.deviation * weights, nan=0.0)
