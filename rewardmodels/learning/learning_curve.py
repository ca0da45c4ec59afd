"""What more judgments would bring: held-out figures over nested parts of the training prompts.

The curve a + b n^−c is fitted to the figures of every bootstrap draw, so twice the data bring a gain with an interval;
where the last doubling brought nothing that chance does not explain, nothing is foretold.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rewardmodels.learning import keys
from rewardmodels.learning.intervals import Resampler, middle

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FEWEST_PROMPTS = 24  # in the smallest part
MOST_SIZES = 6
REPEATS = 5
FEWEST_SIZES = 4  # for a fit of three numbers
EXPONENTS = np.linspace(0.1, 1.5, 29)


class Told(NamedTuple):
    """What a model that learned from a part says of each held-out judgment, each (n,)."""

    loss: Floats
    hit: Floats


Learn = Callable[[Integers], Told]  # rows of the training split → figures of the held-out rows


@dataclass(frozen=True)
class Size:
    """All repeats of one size."""

    prompts: int
    judgments: float  # mean over the repeats
    loss: Floats  # (repeats, n)
    hit: Floats  # (repeats, n)


def sizes(prompts: int) -> list[int]:
    """Halves of halves of all prompts, from the smallest."""
    found = [prompts]
    while found[-1] // 2 >= FEWEST_PROMPTS and len(found) < MOST_SIZES:
        found.append(found[-1] // 2)
    return found[::-1]


def part(clusters: Integers, count: int, seed: int, repeat: int) -> Integers:
    """The rows of the first `count` prompts in this repeat's order: each part holds the smaller ones."""
    names, where = np.unique(clusters, return_inverse=True)
    place = np.empty(len(names), dtype=np.int64)
    place[keys.numpy_generator(seed, "learning curve", repeat).permutation(len(names))] = np.arange(len(names))
    return np.flatnonzero(place[where] < count)


def measure(
    clusters: Integers, learn: Learn, seed: int, report: Callable[[float], None] = lambda share: None
) -> list[Size]:
    """Learn from every part of every repeat; all prompts are learned from once, for every order of them is the same."""
    total = len(np.unique(clusters))
    found, done = [], 0
    wanted = sizes(total)
    fits = REPEATS * (len(wanted) - 1) + 1
    for count in wanted:
        rows = [part(clusters, count, seed, repeat) for repeat in range(REPEATS if count < total else 1)]
        told = []
        for one in rows:
            told.append(learn(one))
            done += 1
            report(done / fits)
        loss, hit = (np.stack([getattr(each, name) for each in told]) for name in ("loss", "hit"))
        judgments = float(np.mean([len(one) for one in rows]))
        found.append(Size(count, judgments, loss, hit))
    return found


def describe(found: Sequence[Size], resampler: Resampler, seed: int) -> dict[str, Any]:
    """Points with intervals over held-out prompts and repeats, and what twice the data would bring."""
    chosen = keys.numpy_generator(seed, "repeats").integers(0, REPEATS, (len(resampler.counts[0]), REPEATS))
    losses = np.stack([draws(size.loss, resampler, chosen) for size in found])  # (sizes, draws)
    hits = np.stack([draws(size.hit, resampler, chosen) for size in found])
    points = [
        {
            "prompts": size.prompts,
            "judgments": size.judgments,
            "repeats": len(size.loss),
            "log_loss": float(size.loss.mean()),
            "log_loss_interval": middle(loss),
            "accuracy": float(size.hit.mean()),
            "accuracy_interval": middle(hit),
        }
        for size, loss, hit in zip(found, losses, hits, strict=True)
    ]
    return {"points": points, **twice(found, losses)}


def draws(values: Floats, resampler: Resampler, chosen: Integers) -> Floats:
    """(draws,) means over resampled prompts and, within each draw, over resampled repeats."""
    total = resampler.sums(np.ones(values.shape[1]))
    means = np.stack([resampler.sums(row) for row in values], 1) / total[:, None]  # (draws, repeats)
    return np.asarray(means.mean(1) if len(values) == 1 else np.take_along_axis(means, chosen, 1).mean(1))


def twice(found: Sequence[Size], losses: Floats) -> dict[str, Any]:
    """The gain in log loss that twice the prompts would bring, or the reason why it is not foretold."""
    if len(found) < FEWEST_SIZES:
        reason = f"{found[-1].prompts} training prompts give {len(found)} sizes; {FEWEST_SIZES} are needed."
        return {"twice": None, "reason": reason}
    low, _ = middle(losses[-2] - losses[-1])
    if low <= 0:
        return {"twice": None, "reason": "The last doubling changed nothing that chance does not explain."}
    at = np.array([size.prompts for size in found], dtype=np.float64)
    estimate = doubling(at, np.array([[size.loss.mean()] for size in found]))[0]
    return {"twice": {"gain": float(estimate), "interval": middle(doubling(at, losses))}, "reason": ""}


def doubling(at: Floats, losses: Floats) -> Floats:  # at (sizes,), losses (sizes, draws) → (draws,)
    """By how much a + b n^−c with b ≥ 0, fitted to each draw by least squares, falls from the last size to twice it."""
    centred = losses - losses.mean(0)
    errors, gains = [], []
    for exponent in EXPONENTS:
        falling = (at / at[-1]) ** -exponent
        away = falling - falling.mean()
        slope = np.maximum(away @ centred / (away @ away), 0)
        errors.append(((centred - away[:, None] * slope) ** 2).sum(0))
        gains.append(slope * (1 - 2**-exponent))
    best = np.argmin(np.stack(errors), 0)
    return np.asarray(np.take_along_axis(np.stack(gains), best[None], 0)[0])
