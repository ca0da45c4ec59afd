"""Whether a forecast of verdicts has stopped tracking them since it was last known to.

Of each decided verdict a forecast gives the chance p that the first answer wins; max(p, 1 − p) is how often it expects
to be right. The shortfall is the mean over conversations of (right − expected): 0 for a forecast that knows how sure it
may be, whatever the pairs are, so closer pairs alone lower both sides of it. It is compared with the shortfall where
the forecast was known to hold, its held-out test split, by a one-sided test of two means:

    z = (shortfall now − shortfall then) / √(variance now + variance then)

Variances add up conversations, and annotators where there are five. A flag is z below the lowest 5 % of Student's t,
with the degrees of freedom of Welch (1947) and Satterthwaite (1946), so that few conversations on either side count:
when nothing has changed, one look raises it in at most 5 of 100. The power at a loss of agreement is told beside it.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from scipy.stats import t as student

from annotation.agreement import contests
from annotation.agreement.twoway import Ways
from annotation.agreement.votes import Floats, Integers

FALSE_ALARMS = 0.05
FEWEST = 20  # conversations on either side
LOSS = 0.1  # of agreement, for which the power is told


@dataclass(frozen=True)
class Shortfall:
    """The mean over conversations of right less expected, with what it stands on."""

    value: float
    variance: float
    agreement: float
    expected: float
    verdicts: int
    conversations: int


@dataclass(frozen=True)
class Tracking:
    """How the two shortfalls compare."""

    z: float | None  # None where there is too little on either side
    bound: float | None  # a flag is raised below it
    power: float | None  # to notice a loss of LOSS at this number of conversations
    is_flagged: bool


def shortfall(difference: Floats, outcome: Integers, ways: Ways) -> Shortfall | None:
    """Of decided verdicts: `difference` are log odds that the first wins, `outcome` is 1 or −1; None without any."""
    if not len(difference):
        return None
    weight = contests.weights(ways.cluster, np.zeros_like(ways.cluster))
    expected = expit(np.abs(difference))
    right = np.where(difference == 0, 0.5, (np.sign(difference) == outcome).astype(float))
    miss = right - expected
    total = weight.sum()
    value = float((weight * miss).sum() / total)
    moved = (weight * (miss - value) / total)[:, None]
    return Shortfall(
        value=value,
        variance=float(ways.variance(moved)[0]),
        agreement=float((weight * right).sum() / total),
        expected=float((weight * expected).sum() / total),
        verdicts=len(difference),
        conversations=len(np.unique(ways.cluster)),
    )


def compare(now: Shortfall | None, then: Shortfall | None) -> Tracking:
    """The test; a forecast without a past is held against its own words."""
    if now is None or now.conversations < FEWEST or (then is not None and then.conversations < FEWEST):
        return Tracking(None, None, None, False)
    past, error = (then.value if then else 0.0), now.variance + (then.variance if then else 0.0)
    if error <= 0:
        return Tracking(None, None, None, False)
    freedom = degrees(now, then)
    bound = float(student.ppf(FALSE_ALARMS, freedom))
    z = (now.value - past) / float(np.sqrt(error))
    power = float(student.cdf(bound + LOSS / np.sqrt(error), freedom))
    return Tracking(z, bound, power, z < bound)


def degrees(now: Shortfall, then: Shortfall | None) -> float:
    """Of freedom, for the sum of both variances; without a past, those of the one."""
    sides = [now] if then is None else [now, then]
    error = sum(side.variance for side in sides)
    return error**2 / sum(side.variance**2 / (side.conversations - 1) for side in sides)


def chance(log_odds: Floats) -> Floats:
    """That the first wins."""
    return np.asarray(expit(log_odds))
