"""Straight-lining: whether somebody's longest run of one answer is longer than chance gives.

The null hypothesis: answers in the order given are independent draws with known shares. For the side chosen this
holds exactly, because sides are drawn at random; for classes the shares of the project stand in, and a project that
serves alike tasks one after the other makes honest runs longer.
"""

from typing import NamedTuple

import numpy as np

from annotation.agreement.votes import Floats, Integers


class Streak(NamedTuple):
    """The longest run, the answer that made it, and the chance of one as long or longer."""

    longest: int
    answer: int | None
    start: int | None
    p_value: float | None


def longest_streak(answers: Integers, shares: Floats) -> Streak:
    """The longest run in one annotator's answers, in the order given, against draws with the shares, (classes,)."""
    answers, shares = np.asarray(answers), np.asarray(shares, float)
    if (shares < 0).any() or abs(shares.sum() - 1) > 1e-9:
        raise ValueError("shares must be at least 0 and sum to 1")
    if not len(answers):
        return Streak(0, None, None, None)
    if answers.min() < 0 or answers.max() >= len(shares):
        raise ValueError(f"an answer must be a whole number from 0 to {len(shares) - 1}")
    starts = np.flatnonzero(np.r_[True, answers[1:] != answers[:-1]])
    lengths = np.diff(np.r_[starts, len(answers)])
    place = int(lengths.argmax())
    longest, start = int(lengths[place]), int(starts[place])
    return Streak(longest, int(answers[start]), start, run_at_least(longest, len(answers), shares))


def run_at_least(longest: int, draws: int, shares: Floats) -> float:
    """The exact chance that `draws` independent draws hold a run of at least `longest`.

    Let h(m) be the chance that m draws hold no such run and g_k(m) that they also end in k. A last run of k of length j
    follows draws that end in another class, so g_k(m) = Σ_{j=1}^{longest−1} p_k^j (h(m−j) − g_k(m−j)) with h = Σ_k g_k,
    h(0) = 1 and g(0) = 0.
    """
    if longest <= 1:
        return float(draws >= longest)
    if longest > draws:
        return 0.0
    reach = min(longest - 1, draws)
    powers = np.asarray(shares, float)[None, :] ** np.arange(1, reach + 1)[:, None]  # (run length, classes)
    before = np.zeros((draws + 1, len(shares)))  # h(m) − g_k(m)
    before[0] = 1.0
    without = 1.0
    for m in range(1, draws + 1):
        back = min(reach, m)
        ending = (powers[:back] * before[m - 1 :: -1][:back]).sum(axis=0)
        without = float(ending.sum())
        before[m] = without - ending
    return float(np.clip(1 - without, 0.0, 1.0))
