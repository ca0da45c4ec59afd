"""Intervals of a share, without scipy, so that a web process may ask for them at every submission."""

import math
from statistics import NormalDist

from annotation.agreement.votes import Estimate, Reason

HALVINGS = 60


def wilson(right: int, seen: int, confidence: float = 0.95) -> Estimate:
    """A share with the two-sided interval of Wilson (1927), which stays inside 0 to 1 and holds for few cases."""
    _check(right, seen)
    if not seen:
        return Estimate(None, reason=Reason.TOO_FEW)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, pull = right / seen, z * z / seen
    middle = (share + pull / 2) / (1 + pull)
    reach = z / (1 + pull) * math.sqrt(share * (1 - share) / seen + pull / (4 * seen))
    return Estimate(share, max(0.0, middle - reach), min(1.0, middle + reach), seen)


def exact_upper(right: int, seen: int, confidence: float = 0.95) -> float:
    """The one-sided upper bound of Clopper and Pearson (1934): above it, so few right are rarer than 1 − confidence."""
    _check(right, seen)
    if right == seen:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if at_most(right, seen, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def exact_lower(right: int, seen: int, confidence: float = 0.95) -> float:
    """The one-sided lower bound of Clopper and Pearson (1934)."""
    return 1 - exact_upper(seen - right, seen, confidence)


def at_most(right: int, seen: int, share: float) -> float:
    """The chance of at most `right` successes in `seen` trials of chance `share`."""
    if right >= seen or share <= 0:
        return 1.0
    if share >= 1:
        return 0.0
    ways, hit, miss = math.lgamma(seen + 1), math.log(share), math.log1p(-share)
    terms = (
        ways - math.lgamma(k + 1) - math.lgamma(seen - k + 1) + k * hit + (seen - k) * miss for k in range(right + 1)
    )
    return min(1.0, math.fsum(map(math.exp, terms)))


def _check(right: int, seen: int) -> None:
    """Refuse counts that cannot be."""
    if not 0 <= right <= seen:
        raise ValueError("right must lie between 0 and seen")
