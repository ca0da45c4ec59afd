"""Curves over seeds and prompts that cross, with intervals from both resampled; differences paired over both.

With few seeds such an interval is narrower than it should be: a draw of seeds cannot show a seed that was not there.
"""

import math

import numpy as np

from rewardmodels.learning import keys
from rewardmodels.learning.world.grammar import Floats
from training.learning.studies.results import Comparison, Interval

DRAWS = 1_000


def means(values: Floats, seed: int) -> Floats:  # (seeds, prompts, points) → (draws, points)
    """The mean curve, as it would have been with other seeds and prompts of the same kind."""
    generator = keys.numpy_generator(seed, "resampling")  # the same draws for every curve: differences stay paired
    seeds, prompts = values.shape[:2]
    of_seeds = generator.multinomial(seeds, np.full(seeds, 1 / seeds), DRAWS) / seeds
    of_prompts = generator.multinomial(prompts, np.full(prompts, 1 / prompts), DRAWS) / prompts
    return np.asarray(np.einsum("ds,dp,spn->dn", of_seeds, of_prompts, values, optimize=True))


def bounds(resampled: Floats) -> tuple[Floats, Floats]:  # (draws, points)
    low, high = np.quantile(resampled, [0.025, 0.975], axis=0)
    return np.asarray(low), np.asarray(high)


def compared(first: str, second: str, at: str, difference: Floats, seed: int) -> Comparison:  # (seeds, prompts)
    """The first less the second; it holds where the interval lies above 0."""
    low, high = bounds(means(difference[..., None], seed))
    interval: Interval = (float(low[0]), float(high[0]))
    return Comparison(first, second, at, float(difference.mean()), interval, holds=interval[0] > 0)


def powers(furthest: int) -> list[int]:
    """1, 2, 4 … up to a number of answers."""
    return [2**power for power in range(int(math.log2(furthest)) + 1)]
