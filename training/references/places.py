"""Where a threshold lies among the rewards of reference samples, and what that means for a run."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from django.utils.translation import gettext as _

from training.models import RunBound


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


def warning(bound: RunBound, name: str, values: Sequence[float]) -> str:
    """A sentence where no reference sample reaches the threshold; empty where some do."""
    low, high, threshold = values[0], values[-1], bound.threshold
    is_out = {"at_least": threshold > high, "at_most": threshold < low, "equal": not low <= threshold <= high}
    if not is_out[bound.role]:
        return ""
    said = _(
        "No reference sample reaches {threshold} of {name}: they lie between {low} and {high}. The reward model has "
        "seen no such answer of this policy, so what it says of them is a guess."
    )
    return said.format(threshold=f"{threshold:.4g}", name=name, low=f"{low:.4g}", high=f"{high:.4g}")
