"""A symmetric cumulative link for graded verdicts about two answers.

A verdict is a grade from −L (the second is much better) over 0 (a tie) to L. With cuts 0 ≤ t_1 < … < t_L and z the
predictor, one of at least l > 0 has chance σ(z − t_l), one of at most −l has chance σ(−z − t_l). Without ties t_1 is 0;
with ties and no strength it is the model of Rao and Kupper (1967). A grade says that z + logistic noise lies between
two neighbouring edges, `low` and `high`: P = σ(high − z) − σ(low − z).
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from annotation.agreement.votes import Floats, Integers


class Slopes(NamedTuple):
    """The log likelihood of each vote and its derivatives, (votes,)."""

    value: Floats
    predictor: Floats
    low: Floats  # 0 where the interval is open below
    high: Floats  # 0 where it is open above


def edges(cuts: Floats) -> Floats:
    """All cuts from the lowest to the highest, with −∞ and ∞ at the ends; a first cut of 0 is there once."""
    below = -cuts[::-1] if cuts[0] > 0 else -cuts[:0:-1]
    return np.concatenate([[-np.inf], below, cuts, [np.inf]])


def places(grade: Integers, levels: int, ties: bool) -> Integers:
    """Where each grade's lower edge stands in `edges`, (votes,)."""
    return grade + levels if ties else np.where(grade > 0, grade + levels - 1, grade + levels)


def slopes(predictor: Floats, ends: Floats, place: Integers) -> Slopes:
    """log P of the intervals that begin at a place of `ends`: σ(h) − σ(l) = σ(h) σ(−l) (1 − e^(l−h)) never cancels."""
    width = np.diff(ends)
    between = 1 / np.expm1(np.minimum(width, 700.0))
    to_high, above = _tail(ends[place + 1] - predictor)
    to_low, under = _tail(predictor - ends[place])
    value = to_high + to_low + np.log(-np.expm1(-width))[place]
    open_below, open_above = place == 0, place == len(ends) - 2
    return Slopes(
        value,
        under - above,
        np.where(open_below, 0.0, -under - between[place]),
        np.where(open_above, 0.0, above + between[place]),
    )


def information(predictor: Floats, cuts: Floats) -> Floats:
    """The Fisher information of one verdict about the predictor, (votes,): Σ over grades of P (d log P / dz)²."""
    total = np.zeros_like(predictor)
    for low, high in pairwise(edges(cuts)):
        slope = slopes(predictor, np.array([low, high]), np.zeros(len(predictor), np.int64))
        total += np.exp(slope.value) * slope.predictor**2
    return total


def _tail(x: Floats) -> tuple[Floats, Floats]:
    """log σ(x) and σ(−x) from one exponential, right in both tails."""
    small = np.exp(-np.abs(x))
    return np.minimum(x, 0.0) - np.log1p(small), np.where(x >= 0, small, 1.0) / (1 + small)
