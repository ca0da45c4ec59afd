"""How often people prefer the policy to its reference: wins and half of the ties, with an interval over prompts."""

import math
from collections.abc import Sequence
from statistics import NormalDist, fmean, stdev
from typing import NamedTuple


class Rate(NamedTuple):
    """A share of 1 means that every prompt's people preferred the policy; ½ that they cannot tell."""

    share: float
    low: float
    high: float
    prompts: int


def rate(values: Sequence[float], confidence: float = 0.95) -> Rate:
    """Of each prompt's mean verdict, 1 for the policy, ½ for a tie, 0 for the reference.

    However many people judged a prompt, it counts as one draw. The interval is Wilson's (1927) for so many draws: a
    mean of values between 0 and 1 varies at most as a share does, so it covers at least as often as it says, and it
    has a width where all prompts agree.
    """
    if not values or not all(0 <= one <= 1 for one in values):
        raise ValueError("Verdicts lie between 0 and 1, and there is at least one.")
    share, draws = fmean(values), len(values)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    pull = z * z / draws
    middle = (share + pull / 2) / (1 + pull)
    reach = z / (1 + pull) * math.sqrt(share * (1 - share) / draws + pull / (4 * draws))
    return Rate(share, max(0.0, middle - reach), min(1.0, middle + reach), draws)


def error(values: Sequence[float]) -> float:
    """The standard error of that share, by prompt, as if one prompt more had been won and one more lost.

    So it says something where all prompts agree, 1/(n + 2), and of no prompt at all that the share is anything.
    """
    given = [*values, 0.0, 1.0]
    return stdev(given) / math.sqrt(len(given))
