"""Where a threshold lies among the rewards of reference samples, and what that means for a run."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence


def quantile(values: Sequence[float], threshold: float) -> float:
    """The share of samples below the threshold, of those at it a half; `values` lowest first."""
    return (bisect_left(values, threshold) + bisect_right(values, threshold)) / (2 * len(values))


def share_beyond(values: Sequence[float], role: str, threshold: float) -> float:
    """The share of samples that meet the bound by themselves."""
    if role == "at_least":
        return 1 - bisect_left(values, threshold) / len(values)
    if role == "at_most":
        return bisect_right(values, threshold) / len(values)
    return float(values[0] <= threshold <= values[-1])
