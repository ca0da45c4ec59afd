"""How many judgments a rule saves against a random order, with an interval over seeds and held-out conversations."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rewardmodels.learning import keys
from rewardmodels.learning.choosing.replay import Course, half
from rewardmodels.learning.intervals import Resampler, middle

Floats = NDArray[np.float64]

ENOUGH = 0.95  # of what half of the judgments bring in a random order: what comes after drowns in noise
FEWEST_JUDGMENTS = 50  # held out, of the random share
FEWEST_CONVERSATIONS = 30


def too_few(judgments: int, conversations: int) -> bool:
    """Whether too few random judgments are there to tell orders apart."""
    return judgments < FEWEST_JUDGMENTS or conversations < FEWEST_CONVERSATIONS


def describe(courses: Sequence[Course], clusters: NDArray[np.int64], seed: int) -> list[dict[str, Any]]:
    """By rule: held-out loss at each size, the judgments needed, the share saved and its 95 % interval."""
    random = courses[0]
    resampler = Resampler([clusters], keys.numpy_generator(seed, "bootstrap", "savings"))
    draws, seeds = len(resampler.counts[0]), len(random.losses)
    chosen = keys.numpy_generator(seed, "seeds").integers(0, seeds, (draws, seeds))
    drawn = {course.rule: resampled(course.losses, resampler, chosen) for course in courses}
    plain = {course.rule: course.losses.mean((0, 2))[None] for course in courses}
    return [
        {
            "rule": course.rule,
            "sizes": course.sizes,
            "log_loss": [float(value) for value in plain[course.rule][0]],
            "alike": course.same,
            **figures(course.sizes, plain[course.rule], plain[random.rule], drawn[course.rule], drawn[random.rule]),
        }
        for course in courses
    ]


def figures(sizes: Sequence[int], own: Floats, random: Floats, drawn: Floats, drawn_random: Floats) -> dict[str, Any]:
    needed, of_random = (needs(sizes, one, mark(sizes, random)) for one in (own, random))
    drawn_mark = mark(sizes, drawn_random)
    saved = 1 - needs(sizes, drawn, drawn_mark) / needs(sizes, drawn_random, drawn_mark)
    place = half(sizes)
    return {
        "mark": float(mark(sizes, random)[0]),
        "needed": float(needed[0]),
        "of_random": float(of_random[0]),
        "saved": float(1 - needed[0] / of_random[0]),
        "interval": middle(saved),
        "gain_at_half": float(random[0, place] - own[0, place]),
        "gain_interval": middle(drawn_random[:, place] - drawn[:, place]),
    }


def mark(sizes: Sequence[int], random: Floats) -> Floats:  # (draws, sizes) → (draws,)
    """The log loss that has to be reached."""
    first, last = random[:, 0], random[:, half(sizes)]
    return np.asarray(last + (1 - ENOUGH) * np.maximum(first - last, 0))


def resampled(losses: Floats, resampler: Resampler, chosen: NDArray[np.int64]) -> Floats:
    """(draws, sizes) mean losses over resampled conversations and seeds; losses (seeds, sizes, n)."""
    total = resampler.sums(np.ones(losses.shape[2]))
    means = np.stack([[resampler.sums(row) / total for row in one] for one in losses])  # (seeds, sizes, draws)
    rows = means.transpose(2, 0, 1)  # (draws, seeds, sizes)
    return np.asarray(np.take_along_axis(rows, chosen[:, :, None], 1).mean(1))


def needs(sizes: Sequence[int], losses: Floats, mark: Floats) -> Floats:  # (draws, sizes), (draws,) → (draws,)
    """The size at which the loss, as low as it ever was, first comes to the mark, between sizes on a line over log n;
    where it never does, all that there are."""
    lowest = np.minimum.accumulate(losses, axis=1)
    reached = lowest <= mark[:, None] + 1e-12
    place = np.where(reached.any(1), reached.argmax(1), len(sizes) - 1)
    at = np.log(np.asarray(sizes, dtype=np.float64))
    before = np.maximum(place - 1, 0)
    rows = np.arange(len(lowest))
    above, below = lowest[rows, before], lowest[rows, place]
    fallen = above - below
    share = np.where(fallen > 0, (above - mark) / np.where(fallen > 0, fallen, 1.0), 1.0).clip(0, 1)
    share = np.where(place > 0, share, 1.0)
    return np.asarray(np.exp(at[before] + share * (at[place] - at[before])))
