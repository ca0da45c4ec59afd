"""What a reward model is worth on a split: figures with intervals, and what much simpler rules would have reached."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr
from torch import Tensor

from rewardmodels.learning import intervals, keys, metrics
from rewardmodels.learning.columns import PairColumns
from rewardmodels.learning.likelihoods.links import log_probability, preference

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Judge:
    """What turns utilities into probabilities, and the simple rules to compare with."""

    cuts: Tensor  # (levels,) fp64
    temperature: float
    longer_wins: float  # share of decided training pairs in which the longer answer was preferred
    seed: int


def longer_share(pairs: PairColumns, lengths: Tensor) -> float:
    """How often the longer answer is preferred, with one imagined case on either side; lengths (candidates,)."""
    decided = pairs.at(pairs.is_decided)
    longer = torch.sign(lengths[decided.first] - lengths[decided.second]) * decided.outcome
    return (int((longer > 0).sum()) + 1) / (int((longer != 0).sum()) + 2)


def evaluate(utilities: Tensor, lengths: Tensor, pairs: PairColumns, judge: Judge, split: str) -> dict[str, Any]:
    """All figures of one split; utilities (candidates,) fp32, lengths (candidates,) in characters."""
    difference = (utilities[pairs.first] - utilities[pairs.second]).double()
    decided = pairs.is_decided
    counts = {"n": len(pairs), "decided": int(decided.sum()), "tied_judgments": int((~decided).sum())}
    if counts["decided"] == 0:
        return counts
    kept = pairs.at(decided)
    margin = (difference[decided] * kept.outcome).numpy()
    raw = preference(difference[decided] * kept.outcome, judge.cuts).numpy()
    calibrated = preference(difference[decided] * kept.outcome / judge.temperature, judge.cuts).numpy()
    how = intervals.ways(kept.cluster.numpy(), kept.annotator.numpy())
    resampler = intervals.Resampler(how.arrays, keys.numpy_generator(judge.seed, "bootstrap", split))
    rules = baselines(kept, lengths, judge.longer_wins)
    triples = list(zip(kept.first.tolist(), kept.second.tolist(), kept.annotator.tolist(), strict=True))
    return {
        **counts,
        "clusters": int(torch.unique(kept.cluster).numel()),
        "resampled": how.names,
        "ties": int((margin == 0).sum()),
        "auc": metrics.auc(margin),
        "ceiling": metrics.ceiling(triples, kept.outcome.double().numpy()),
        **figures(raw, margin, resampler, keys.numpy_generator(judge.seed, "ece", split)),
        "calibrated": figures(calibrated, margin, resampler, keys.numpy_generator(judge.seed, "ece", split)),
        "reliability": [row._asdict() for row in metrics.reliability(calibrated)],
        "slope": slope(margin / judge.temperature),
        "outcome_log_loss": outcome_loss(difference, pairs, judge),
        "baselines": {name: compared(rule, calibrated, margin, resampler) for name, rule in rules.items()},
        "length_correlation": correlation(difference, lengths[pairs.first] - lengths[pairs.second]),
    }


def figures(
    probability: Floats, margin: Floats, resampler: intervals.Resampler, generator: np.random.Generator
) -> dict[str, Any]:
    """Accuracy, log loss, Brier score and ECE, with intervals."""
    per_judgment = {
        "accuracy": metrics.hits(margin),
        "log_loss": metrics.log_loss(probability),
        "brier": metrics.brier(probability),
    }
    return {
        **{name: float(values.sum() / len(values)) for name, values in per_judgment.items()},
        "ece": metrics.ece(probability),
        "ece_band": metrics.ece_band(probability, generator),
        "intervals": {name: resampler.mean(values) for name, values in per_judgment.items()},
    }


def baselines(pairs: PairColumns, lengths: Tensor, longer_wins: float) -> dict[str, Floats]:
    """(decided,) probability that each simple rule gives to what was preferred."""
    longer = (torch.sign(lengths[pairs.first] - lengths[pairs.second]) * pairs.outcome).double().numpy()
    by_length = np.where(longer > 0, longer_wins, np.where(longer < 0, 1 - longer_wins, 0.5))
    return {"constant": np.full(len(pairs), 0.5), "longer_wins": by_length}


def compared(rule: Floats, model: Floats, margin: Floats, resampler: intervals.Resampler) -> dict[str, Any]:
    """A simple rule's figures, and by how much the calibrated model beats it, judgment by judgment."""
    gain = metrics.log_loss(rule) - metrics.log_loss(model)
    better = metrics.hits(margin) - metrics.hits(rule - 0.5)
    return {
        "accuracy": float(metrics.hits(rule - 0.5).mean()),
        "log_loss": float(metrics.log_loss(rule).mean()),
        "brier": float(metrics.brier(rule).mean()),
        "log_loss_gain": {"estimate": float(gain.mean()), "interval": resampler.mean(gain)},
        "accuracy_gain": {"estimate": float(better.mean()), "interval": resampler.mean(better)},
    }


def slope(margin: Floats) -> dict[str, float] | None:
    """By what the calibrated differences should still be multiplied, with a 95 % interval; 1 is calibrated."""
    if margin.min() >= 0 or not np.any(margin):
        return None  # without an error, or without a difference, no finite slope is best
    estimate = 1.0
    for _ in range(100):
        probability = 1 / (1 + np.exp(-np.clip(estimate * margin, -500, 500)))
        information = float((margin**2 * probability * (1 - probability)).sum())
        step = float((margin * (1 - probability)).sum()) / max(information, 1e-12)
        estimate += float(np.clip(step, -1, 1))
        if abs(step) < 1e-10:
            break
    error = 1.96 / math.sqrt(max(information, 1e-12))
    return {"estimate": estimate, "low": estimate - error, "high": estimate + error}


def outcome_loss(difference: Tensor, pairs: PairColumns, judge: Judge) -> float | None:
    """Mean −log P of what was said, ties included; None where the fit never saw a tie and these pairs have some."""
    if float(judge.cuts[0]) == 0 and not bool(pairs.is_decided.all()):
        return None
    unknown = torch.zeros_like(pairs.strength)
    said = log_probability(difference / judge.temperature, pairs.outcome, unknown, judge.cuts)
    return float(-said.mean())


def correlation(first: Tensor, second: Tensor) -> float | None:
    """Spearman's rank correlation; None where one does not vary."""
    if len(first) < 3 or bool((first == first[0]).all()) or bool((second == second[0]).all()):
        return None
    return float(spearmanr(first.numpy(), second.double().numpy()).statistic)
