"""Figures of merit as exact sums over judgments, never means of batch means."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Bin(NamedTuple):
    """One bar of a reliability diagram."""

    low: float
    high: float
    n: int
    confidence: float  # mean stated probability of the answer that the model prefers
    accuracy: float  # share of judgments that prefer it


def hits(margin: Floats) -> Floats:  # (n,) utility of the preferred minus the other's → (n,) 1, ½ on ties, 0
    return np.where(margin > 0, 1.0, np.where(margin == 0, 0.5, 0.0))


def auc(margin: Floats) -> float:
    """P(a margin beats a mirrored one) + ½ P(equal): the tie-aware area, with each pair seen from both sides."""
    mirrored = np.sort(-margin)
    below = np.searchsorted(mirrored, margin, side="left")
    upto = np.searchsorted(mirrored, margin, side="right")
    return float((below + upto).sum() / 2 / len(margin) ** 2)


def log_loss(probability: Floats) -> Floats:  # (n,) probability of what was preferred → (n,)
    return -np.log(np.clip(probability, 1e-300, 1.0))


def brier(probability: Floats) -> Floats:
    return (1 - probability) ** 2


def bin_edges(bins: int) -> Floats:
    return np.linspace(0.5, 1.0, bins + 1)


def reliability(probability: Floats, bins: int = 10) -> list[Bin]:
    """Bins of the probability of the answer that the model prefers, from ½ to 1; an even ½ counts as half right."""
    confidence, correct = sides(probability)
    edges = bin_edges(bins)
    place = np.clip(np.searchsorted(edges, confidence, side="right") - 1, 0, bins - 1)
    rows = []
    for number in range(bins):
        inside = place == number
        n = int(inside.sum())
        mean, right = (float(confidence[inside].mean()), float(correct[inside].mean())) if n else (0.0, 0.0)
        rows.append(Bin(float(edges[number]), float(edges[number + 1]), n, mean, right))
    return rows


def sides(probability: Floats) -> tuple[Floats, Floats]:
    """(confidence ≥ ½, whether the preferred answer was the confident one)."""
    return np.maximum(probability, 1 - probability), hits(probability - 0.5)


def ece(probability: Floats, bins: int = 10) -> float:
    """Expected calibration error over equal-width bins."""
    rows = reliability(probability, bins)
    return sum(row.n * abs(row.confidence - row.accuracy) for row in rows) / len(probability)


def ece_band(probability: Floats, generator: np.random.Generator, bins: int = 10, draws: int = 500) -> list[float]:
    """Where 95 % of ECEs would lie if these probabilities were right: small samples are never at 0."""
    confidence, _ = sides(probability)
    place = np.clip(np.searchsorted(bin_edges(bins), confidence, side="right") - 1, 0, bins - 1)
    expected = np.bincount(place, confidence, minlength=bins)
    found = np.empty(draws)
    for draw in range(draws):
        right = generator.random(len(confidence)) < confidence
        found[draw] = np.abs(np.bincount(place, right, minlength=bins) - expected).sum() / len(confidence)
    low, high = np.quantile(found, [0.025, 0.975])
    return [float(low), float(high)]


def ceiling(groups: list[tuple[int, int, int]], outcome: Floats) -> float:
    """The best accuracy that any utility could reach, since people contradict each other about the same two answers."""
    votes: dict[tuple[int, int], list[float]] = {}
    for (first, second, _), said in zip(groups, outcome, strict=True):
        key, sign = ((first, second), said) if first < second else ((second, first), -said)
        votes.setdefault(key, []).append(sign)
    best = sum(max(said.count(1.0), said.count(-1.0)) for said in votes.values())
    return best / len(outcome)
