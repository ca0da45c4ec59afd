"""Figures of parts of a split: where a model is good, and where too little was asked to tell."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rewardmodels.learning.intervals import Resampler

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

FEWEST_PROMPTS = 30  # below this a slice says little, and says so
MOST_NAMES = 12  # of one grouping; the rest is one slice
OTHERS = "others"


class Slice(NamedTuple):
    """Some of the judgments, by one property and its value."""

    by: str
    name: str
    rows: Mask  # (n,)


class Judged(NamedTuple):
    """What is averaged, each (n,)."""

    hit: Floats
    loss: Floats  # calibrated
    longer: Floats  # the hits of “the longer one wins”


def by_name(by: str, names: Sequence[Sequence[str]], natural: Sequence[str] = ()) -> Iterator[Slice]:
    """A slice a name, in their natural order if they have one, else the largest first; a judgment may have several
    names. One name alone divides nothing."""
    counts: dict[str, int] = {}
    for own in names:
        for name in set(own):
            counts[name] = counts.get(name, 0) + 1
    if len(counts) < 2:
        return
    order = [name for name in natural if name in counts]
    order += sorted(counts.keys() - set(order), key=lambda name: (-counts[name], name))
    kept, rest = order[:MOST_NAMES], set(order[MOST_NAMES:])
    for name in kept:
        yield Slice(by, name, np.array([name in own for own in names]))
    if rest:
        yield Slice(by, OTHERS, np.array([bool(rest & set(own)) for own in names]))


def describe(
    slices: Sequence[Slice], judged: Judged, clusters: NDArray[np.int64], resampler: Resampler
) -> list[dict[str, Any]]:
    """Accuracy and log loss of each slice with their intervals; those of few prompts are marked."""
    return [figures(one, judged, clusters, resampler) for one in slices if one.rows.any()]


def figures(one: Slice, judged: Judged, clusters: NDArray[np.int64], resampler: Resampler) -> dict[str, Any]:
    weights = one.rows.astype(np.float64)
    n, prompts = int(one.rows.sum()), len(np.unique(clusters[one.rows]))
    return {
        "by": one.by,
        "name": one.name,
        "n": n,
        "prompts": prompts,
        "is_small": prompts < FEWEST_PROMPTS,
        "accuracy": float(judged.hit[one.rows].mean()),
        "accuracy_interval": resampler.proportion(judged.hit, weights),
        "log_loss": float(judged.loss[one.rows].mean()),
        "log_loss_interval": resampler.mean(judged.loss, weights),
        "longer_wins": float(judged.longer[one.rows].mean()),
    }
