"""The multipliers of constraints from samples of the reference: MoCAN and PeCAN (Huang et al., arXiv 2405.19544).

max E[r] − β KL under E[g_j] − E_ref[g_j] ≥ b_j is an alignment without constraints to r + λ·g, where λ ≥ 0 minimises a
convex dual that only asks for answers of the reference. With a finite number of answers to a prompt λ is biased.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rewardmodels.learning import keys
from rewardmodels.learning.world import dual
from rewardmodels.learning.world.dual import Infeasible

Floats = NDArray[np.float64]


class Unfindable(ValueError):
    """A sentence that says why there are no multipliers."""


@dataclass(frozen=True)
class Pool:
    """Answers that the reference gave, scored. A higher safety is safer; a cost comes with its sign turned."""

    reward: Floats  # (prompts, answers)
    safety: Floats  # (constraints, prompts, answers)
    log_chance: Floats | None = None  # (answers,) where answers are all there are; samples are alike

    def __post_init__(self) -> None:
        if self.reward.ndim != 2 or self.safety.ndim != 3 or self.safety.shape[1:] != self.reward.shape:
            raise ValueError("Rewards must be (prompts, answers), safety (constraints, prompts, answers).")
        if not (np.isfinite(self.reward).all() and np.isfinite(self.safety).all()):
            raise Unfindable("A score of the pool is not a finite number.")

    @property
    def weight(self) -> Floats:  # (answers,) log
        answers = self.reward.shape[1]
        return np.full(answers, -np.log(answers)) if self.log_chance is None else self.log_chance

    @property
    def means(self) -> Floats:  # (constraints,): E_ref[g]
        return np.asarray((self.safety * np.exp(self.weight)).sum(axis=-1).mean(axis=-1))

    def of(self, prompts: NDArray[np.int64]) -> "Pool":
        return Pool(self.reward[prompts], self.safety[:, prompts], self.log_chance)


class Found(NamedTuple):
    """What the dual says before anything is trained."""

    multipliers: Floats  # (constraints,)
    reward: float  # E[r] of the policy that the multipliers lead to
    safety: Floats  # (constraints,) its E[g]
    kl: float  # nats, mean over prompts
    value: float  # the dual's least, which is the objective's greatest: E[r] − β KL


def mocan(pool: Pool, thresholds: Sequence[float], beta: float) -> Found:
    """With reward models: E[g_j] ≥ thresholds[j], each in its own unit."""
    wanted = np.asarray(thresholds, dtype=float)
    if wanted.shape != (len(pool.safety),):
        raise ValueError("Each constraint has one threshold.")
    try:
        solved = dual.solve(pool.weight, pool.reward, pool.safety - wanted[:, None, None], beta)
    except Infeasible as error:
        raise Unfindable(
            "No answers of the pool meet the thresholds together: the dual has no least value. Lower a threshold, or "
            "sample more answers to a prompt."
        ) from error
    reward = float((solved.probability * pool.reward).sum(axis=-1).mean())
    return Found(solved.multipliers, reward, solved.slack + wanted, solved.kl, solved.objective)


def gains(pool: Pool, margins: Sequence[float], beta: float) -> Found:
    """The same, where each constraint is to gain so much over the reference's own mean."""
    return mocan(pool, (pool.means + np.asarray(margins)).tolist(), beta)


def pecan(helpful: Floats, safe: Floats, margins: Sequence[float], beta: float) -> Found:
    """Without reward models: from two or more policies aligned from one reference at the same β, one a preference.

    `helpful` is log π_r − log π_ref of the reference's answers (prompts, answers), `safe` the same of each constraint
    (constraints, prompts, answers); β times a log-ratio is a reward up to a constant of the prompt, which falls out of
    gains. Margins are in units of that reward.
    """
    return gains(Pool(beta * helpful, beta * safe), margins, beta)


def spread(
    pool: Pool, wanted: Sequence[float], beta: float, *, seed: int, draws: int = 200, are_margins: bool = False
) -> Floats:
    """(2, constraints): 95 % of the multipliers over resampled prompts; a draw that has none counts as infinite.

    Of margins each draw counts from the reference's mean over its own prompts.
    """
    solve = gains if are_margins else mocan
    generator = keys.numpy_generator(seed, "multipliers")
    prompts = len(pool.reward)
    found = np.full((draws, len(wanted)), np.inf)
    for row in found:
        try:
            row[:] = solve(pool.of(generator.integers(0, prompts, prompts)), wanted, beta).multipliers
        except Unfindable:
            continue
    return np.asarray(np.quantile(found, [0.025, 0.975], axis=0, method="nearest"))
