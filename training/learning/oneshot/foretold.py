"""What the dual says before anything is learned: multipliers with intervals, and what to expect of every component."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from rewardmodels.learning import keys
from rewardmodels.learning.proving import best_of_n as baseline
from rewardmodels.learning.world.oracle import tilt
from training.learning.oneshot import multipliers, pools
from training.learning.oneshot.multipliers import Found, Pool
from training.learning.oneshot.pools import Answered, Floats
from training.learning.settings.plan import Component

SURE = 1.96  # standard errors of a 95 % interval
FEW = 3.0  # answers to a prompt that count, of those that there are


class Foretold(NamedTuple):
    """Plain values for a page, and the multipliers by which answers are labelled."""

    multipliers: Floats  # (constraints,)
    told: dict[str, Any]


def foretold(
    pool: Sequence[Answered], components: Sequence[Component], beta: float, seed: int, *, are_margins: bool = False
) -> Foretold:
    """Unfindable where no answers of the pool meet the bounds together. Margins count from the reference's mean."""
    dual, asked = pools.dual_of(pool, components), pools.held(components)
    wanted = [one.sign * one.threshold for one in asked]
    found = (multipliers.gains if are_margins else multipliers.mocan)(dual, wanted, beta)
    low, high = multipliers.spread(dual, wanted, beta, seed=seed, are_margins=are_margins)
    bounds = [over(one, pool) for one in asked] if are_margins else asked
    tilted, distance = tilted_by(dual, found, beta)
    told = {
        "beta": beta,
        "prompts": len(pool),
        "answers": len(pool[0].answers),
        "counted": float((1 / (tilted**2).sum(axis=-1)).mean()),
        "kl": {"predicted": found.kl, **interval(distance)},
        "bounds": [
            {**bound._asdict(), "multiplier": float(value), "low": finite(one), "high": finite(other)}
            | ({"margin": given.threshold} if are_margins else {})
            for bound, given, value, one, other in zip(bounds, asked, found.multipliers, low, high, strict=True)
        ],
        "components": {one.name: expected(pools.table(pool, one.name), tilted) for one in components},
        "checks": checks(dual, found, bounds, beta),
        "best_of_n": best_of_n(pool, components, dual, found, seed),
    }
    return Foretold(np.asarray(found.multipliers), told)


def over(bound: pools.Held, pool: Sequence[Answered]) -> pools.Held:
    """The threshold that a margin comes to."""
    return bound._replace(threshold=bound.threshold + float(pools.table(pool, bound.component).mean()))


def best_of_n(
    pool: Sequence[Answered], components: Sequence[Component], dual: Pool, found: Found, seed: int
) -> list[dict[str, Any]]:
    """What choosing the best of n answers by r + λ·g would bring without training: without bias, at most this KL."""
    utility = np.asarray(dual.reward + np.tensordot(found.multipliers, dual.safety, 1))
    ns = [2**power for power in range(utility.shape[1].bit_length())]
    curves = {
        one.name: baseline.curve(
            utility, pools.table(pool, one.name), ns, keys.numpy_generator(seed, "best-of-n", one.name)
        )
        for one in components
    }
    return [
        {
            "n": n,
            "kl": baseline.kl(n),
            "components": {
                name: {"mean": float(one.mean[at]), "low": float(one.low[at]), "high": float(one.high[at])}
                for name, one in curves.items()
            },
        }
        for at, n in enumerate(ns)
    ]


def tilted_by(dual: Pool, found: Found, beta: float) -> tuple[Floats, Floats]:
    """The reference tilted by (r + λ·g)/β on the pool: chances (prompts, answers), KL (prompts,)."""
    return tilt(dual.weight, (dual.reward + np.tensordot(found.multipliers, dual.safety, 1)) / beta)


def expected(values: Floats, tilted: Floats) -> dict[str, float]:
    """Of the reference and of the policy that the multipliers lead to; intervals over prompts, λ held."""
    by_prompt = (tilted * values).sum(axis=-1)
    return {"reference": float(values.mean()), "predicted": float(by_prompt.mean()), **interval(by_prompt)}


def interval(by_prompt: Floats) -> dict[str, float]:
    wide = SURE * float(np.std(by_prompt, ddof=1)) / math.sqrt(len(by_prompt))
    return {"low": float(by_prompt.mean()) - wide, "high": float(by_prompt.mean()) + wide}


def finite(value: float) -> float | None:
    """None of a multiplier that grows without end in some draw of prompts."""
    return float(value) if math.isfinite(value) else None


def checks(dual: Pool, found: Found, bounds: Sequence[pools.Held], beta: float) -> dict[str, float]:
    """What must be 0 of a solution: the greatest shortfall, λ times slack, and the gap between dual and primal."""
    slack = found.safety - np.array([one.sign * one.threshold for one in bounds])
    return {
        "shortfall": float(max(0.0, -slack.min())),
        "slackness": float(np.abs(found.multipliers * slack).max()),
        "gap": abs(dual_value(dual, found, slack, beta) - found.value),
    }


def dual_value(dual: Pool, found: Found, slack: Floats, beta: float) -> float:
    """β E_x log E_reference exp((r + λ·h)/β), taken anew from the scores."""
    shifted = found.safety - slack  # the thresholds
    score = (dual.reward + np.tensordot(found.multipliers, dual.safety - shifted[:, None, None], 1)) / beta
    log = dual.weight + score
    top = log.max(axis=-1, keepdims=True)
    return float(beta * (top[:, 0] + np.log(np.exp(log - top).sum(axis=-1))).mean())
