"""Maximum likelihood of verdicts between sources, many weightings at once: the numbers behind strengths.py.

With z the linear predictor and c the cut, the first wins with σ(z − c) and the second with σ(−z − c); the rest are
ties: Rao and Kupper (1967), as the consensus of pairs has it. Without ties c is 0 and this is Bradley and Terry (1952).
Found by Fisher scoring. A precision of 1e-6 on every parameter fixes the gauge and keeps separated data finite.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from annotation.agreement.votes import Floats, Integers

PRECISION = 1e-6
STEPS = 200
LONGEST_STEP = 2.0
TOLERANCE = 1e-9
MOST_AT_ONCE = 1_000_000  # cells times weightings that are held in memory together


@dataclass(frozen=True)
class Design:
    """The cells: verdicts that are alike, counted together."""

    columns: Floats  # (cells, parameters) of the predictor
    outcome: Integers  # (cells,) 1, 0 or −1

    @property
    def ties(self) -> bool:
        return bool((self.outcome == 0).any())


class Fits(NamedTuple):
    """One row a weighting."""

    linear: Floats  # (weightings, parameters)
    cut: Floats  # (weightings,)


class Pieces(NamedTuple):
    """First derivatives of each cell's log chance, and what a verdict there may tell, (weightings, cells)."""

    predictor: Floats
    log_cut: Floats
    of_predictor: Floats
    of_both: Floats
    of_log_cut: Floats


def fit(design: Design, weights: Floats) -> Fits:
    """The mode for each row of weights, (weightings, cells)."""
    step = max(1, MOST_AT_ONCE // len(design.outcome))
    parts = [fit_together(design, weights[start : start + step]) for start in range(0, len(weights), step)]
    return Fits(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def fit_together(design: Design, weights: Floats) -> Fits:
    """Fisher scoring; each weighting goes on until its own step is nothing."""
    size = design.columns.shape[1] + design.ties
    found = np.zeros((len(weights), size))
    active = np.arange(len(weights))
    for _ in range(STEPS):
        moved = stride(design, weights[active], found[active])
        longest = np.abs(moved).max(axis=1, initial=0.0)
        found[active] += moved * np.minimum(1, LONGEST_STEP / np.maximum(longest, 1e-300))[:, None]
        active = active[longest > TOLERANCE]
        if not active.size:
            break
    return Fits(found[:, : design.columns.shape[1]], cuts(design, found))


def stride(design: Design, weights: Floats, at: Floats) -> Floats:
    """The step of Fisher scoring from each row of `at`, (weightings, parameters)."""
    slope, information = slopes(design, weights, at)
    return np.asarray(np.linalg.solve(information, slope[:, :, None])[:, :, 0], float)


def slopes(design: Design, weights: Floats, at: Floats) -> tuple[Floats, Floats]:
    """The gradient and the expected information of each weighting."""
    got, columns, size = pieces(design, at), design.columns, at.shape[1]
    linear = columns.shape[1]
    slope, information = np.empty(at.shape), np.empty((len(at), size, size))
    slope[:, :linear] = (weights * got.predictor) @ columns
    information[:, :linear, :linear] = np.einsum("wc,ci,cj->wij", weights * got.of_predictor, columns, columns,
                                                 optimize=True)  # fmt: skip
    if design.ties:
        slope[:, linear] = (weights * got.log_cut).sum(axis=1)
        both = (weights * got.of_both) @ columns
        information[:, :linear, linear], information[:, linear, :linear] = both, both
        information[:, linear, linear] = (weights * got.of_log_cut).sum(axis=1)
    information += PRECISION * np.eye(size)
    return slope - PRECISION * at, information


def cuts(design: Design, at: Floats) -> Floats:
    return np.exp(at[:, -1]) if design.ties else np.zeros(len(at))


def pieces(design: Design, at: Floats) -> Pieces:
    """Each cell under each row of parameters."""
    z, cut = at[:, : design.columns.shape[1]] @ design.columns.T, cuts(design, at)[:, None]
    win, lose = expit(z - cut), expit(-z - cut)
    won, lost = design.outcome == 1, design.outcome == -1
    if not design.ties:
        nothing = np.zeros_like(z)
        return Pieces(np.where(won, 1 - win, lose - 1), nothing, win * lose, nothing, nothing)
    tie = np.maximum(1 - win - lose, 0.0)
    by_cut = lose + win + 2 / np.expm1(np.minimum(2 * cut, 700.0))  # of a tie
    return Pieces(
        np.where(won, 1 - win, np.where(lost, lose - 1, lose - win)),
        cut * np.where(won, win - 1, np.where(lost, lose - 1, by_cut)),
        win * (1 - win) ** 2 + lose * (1 - lose) ** 2 + tie * (lose - win) ** 2,
        cut * (-win * (1 - win) ** 2 + lose * (1 - lose) ** 2 + tie * (lose - win) * by_cut),
        cut**2 * (win * (1 - win) ** 2 + lose * (1 - lose) ** 2 + tie * by_cut**2),
    )


def influence(design: Design, weights: Floats, found: Fits) -> Floats:
    """How far a unit of weight in each cell moves each parameter of the predictor, (cells, parameters)."""
    at = np.concatenate([found.linear, np.log(found.cut)[:, None]], axis=1) if design.ties else found.linear
    got = pieces(design, at)
    score = got.predictor[0][:, None] * design.columns
    if design.ties:
        score = np.concatenate([score, got.log_cut[0][:, None]], axis=1)
    _slope, information = slopes(design, weights, at)
    return np.asarray(np.linalg.solve(information[0], score.T).T[:, : design.columns.shape[1]], float)
