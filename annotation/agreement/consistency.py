"""Whether one annotator answers the same again, on repeats with the sides swapped."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

from annotation.agreement.kappa import cohen
from annotation.agreement.proportions import wilson
from annotation.agreement.votes import Estimate, Floats, Integers, Reason

LEAST_RANKED = 5


@dataclass(frozen=True)
class ClassRepeats:
    """How often the second answer is the first, and how much more often than chance."""

    same: Estimate
    kappa: Estimate


@dataclass(frozen=True)
class AmountRepeats:
    """How often the sign stays and how well the sizes keep their order."""

    same_sign: Estimate
    rank_correlation: Estimate


def of_classes(first: Integers, second: Integers) -> ClassRepeats:
    """Self-consistency of class answers about the same responses, (repeats,), named by response and never by side."""
    first, second = np.asarray(first), np.asarray(second)
    return ClassRepeats(wilson(int((first == second).sum()), len(first)), cohen(first, second))


def of_amounts(first: Floats, second: Floats) -> AmountRepeats:
    """Self-consistency of signed amounts about the same responses, (repeats,)."""
    first, second = np.asarray(first, float), np.asarray(second, float)
    same = int((np.sign(first) == np.sign(second)).sum())
    return AmountRepeats(wilson(same, len(first)), rank_correlation(np.abs(first), np.abs(second)))


def rank_correlation(first: Floats, second: Floats, confidence: float = 0.95) -> Estimate:
    """Spearman's ρ with the interval of Bonett and Wright (2000) on Fisher's scale."""
    n = len(first)
    if n < LEAST_RANKED:
        return Estimate(None, n=n, reason=Reason.TOO_FEW)
    left, right = rankdata(first), rankdata(second)
    if left.std() == 0 or right.std() == 0:
        return Estimate(None, n=n, reason=Reason.NO_VARIATION)
    rho = float(np.clip(np.corrcoef(left, right)[0, 1], -1, 1))
    if abs(rho) > 1 - 1e-12:
        return Estimate(rho, n=n)  # Fisher's scale has no finite place for a perfect order
    reach = float(ndtri((1 + confidence) / 2)) * np.sqrt((1 + rho**2 / 2) / (n - 3))
    middle = np.arctanh(rho)
    return Estimate(rho, float(np.tanh(middle - reach)), float(np.tanh(middle + reach)), n)
