"""Two reward models side by side: on the judgments that both were asked and neither learned from, judgment by judgment.

The interval of a difference resamples prompts (and annotators); McNemar's exact test (1947) takes judgments as
independent and stands beside it as a check.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, spearmanr

from rewardmodels.learning import intervals, matching, metrics
from rewardmodels.learning.held_out import Foretold, HeldOut

Floats = NDArray[np.float64]

FEWEST = 20


class Incomparable(ValueError):
    """A sentence that says why two models cannot be told apart."""


@dataclass(frozen=True)
class Shared:
    """The same judgments, as either model sees them."""

    one: HeldOut
    other: HeldOut


def shared(one: HeldOut, other: HeldOut) -> Shared:
    _, first, second = np.intersect1d(one.key, other.key, assume_unique=True, return_indices=True)
    if len(first) < FEWEST:
        raise Incomparable(
            f"The two models share {len(first)} held-out comparisons; at least {FEWEST} are needed. "
            "Learn them from snapshots of the same project, with the same seed of the splits."
        )
    return Shared(one.at(first), other.at(second))


def compare(both: Shared, seed: int = 0) -> dict[str, Any]:
    """Figures of both and their differences, one − other; a positive gain speaks for one."""
    one, other = both.one, both.other
    how = intervals.ways(one.cluster, one.annotator)
    resampler = intervals.Resampler(how.arrays, np.random.default_rng(seed))
    hits = metrics.hits(one.margin), metrics.hits(other.margin)
    losses = metrics.log_loss(one.probability), metrics.log_loss(other.probability)
    matched = matching.weights(one.length_ratio)
    return {
        "n": len(one),
        "clusters": len(np.unique(one.cluster)),
        "resampled": how.names,
        "accuracy": gained(hits[0], hits[1], resampler),
        "log_loss": gained(-losses[0], -losses[1], resampler, sign=-1),
        "length_matched_accuracy": gained(*hits, resampler, matched) if matched.any() else None,
        "matched": float(matched.sum()),
        "mcnemar": mcnemar(*hits),
        "rank_correlation": correlation(one.margin, other.margin),
    }


def compare_kinds(
    one: Mapping[str, Foretold], other: Mapping[str, Foretold], seed: int = 0
) -> dict[str, dict[str, Any]]:
    """On judgments of each kind that both foretold, what was lost on them; kinds that share too few are left out.

    A probability of what was said has no unit, so a utility in money may stand beside one in logits.
    """
    found = {}
    for kind in sorted(one.keys() & other.keys()):
        _, first, second = np.intersect1d(one[kind].key, other[kind].key, assume_unique=True, return_indices=True)
        if len(first) < FEWEST:
            continue
        mine, theirs = one[kind].at(first), other[kind].at(second)
        how = intervals.ways(mine.cluster, mine.annotator)
        resampler = intervals.Resampler(how.arrays, np.random.default_rng(seed))
        found[kind] = {
            "n": len(mine),
            "clusters": len(np.unique(mine.cluster)),
            "resampled": how.names,
            "log_loss": gained(-mine.log_loss, -theirs.log_loss, resampler, sign=-1),
        }
    return found


def gained(
    one: Floats, other: Floats, resampler: intervals.Resampler, weights: Floats | None = None, sign: int = 1
) -> dict[str, Any]:
    """Both means and the gain of the first; `sign` gives back the means of a loss that was turned round."""
    weights = np.ones(len(one)) if weights is None else weights
    low, high = resampler.mean(one - other, weights)
    return {
        "one": sign * float(np.average(one, weights=weights)),
        "other": sign * float(np.average(other, weights=weights)),
        "gain": float(np.average(one - other, weights=weights)),
        "interval": [low, high],
        "is_clear": not low <= 0 <= high,
    }


def mcnemar(one: Floats, other: Floats) -> dict[str, Any]:
    """Judgments that only one of the two had right, and how likely a fair coin splits them so unevenly."""
    ahead, behind = int((one > other).sum()), int((one < other).sum())
    p = float(binomtest(ahead, ahead + behind).pvalue) if ahead + behind else 1.0
    return {"only_one": ahead, "only_other": behind, "p": p}


def correlation(one: Floats, other: Floats) -> float | None:
    """Spearman's, of the margins; None where one never varies."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(spearmanr(one, other).statistic)
