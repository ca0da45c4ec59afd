"""What a reward model is worth on a split: figures with intervals, and what much simpler rules would have reached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr
from torch import Tensor

from rewardmodels.learning import agreement, intervals, keys, matching, metrics, slices
from rewardmodels.learning.columns import PairColumns
from rewardmodels.learning.intervals import Resampler
from rewardmodels.learning.likelihoods.links import log_probability, preference
from rewardmodels.learning.rules import Rule
from rewardmodels.learning.slices import Slice

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Judge:
    """What turns utilities into probabilities, and the simple rules to compare with."""

    cuts: Tensor  # (levels,) fp64
    temperature: float
    lengths: Tensor  # (candidates,) in characters
    rules: Mapping[str, Rule]
    seed: int


@dataclass(frozen=True)
class Decided:
    """Decided comparisons as the model and simple rules see them, each (n,); a margin is u(preferred) − u(other)."""

    pairs: PairColumns
    margin: Floats  # uncalibrated
    scaled: Floats  # over the temperature
    raw: Floats  # probability of what was preferred, uncalibrated
    calibrated: Floats
    longer: Floats  # length of the first less that of the second
    length_ratio: Floats  # log of preferred over other
    given: dict[str, Floats]  # rule → probability of what was preferred


def decided(utilities: Tensor, pairs: PairColumns, judge: Judge) -> Decided:
    """Of (candidates,) fp32 utilities."""
    kept = pairs.at(pairs.is_decided)
    margin = (utilities[kept.first] - utilities[kept.second]).double() * kept.outcome
    first, second = (judge.lengths[side].double() for side in (kept.first, kept.second))
    ahead = kept.outcome > 0
    ratio = matching.log_ratio(torch.where(ahead, first, second).numpy(), torch.where(ahead, second, first).numpy())
    return Decided(
        pairs=kept,
        margin=margin.numpy(),
        scaled=(margin / judge.temperature).numpy(),
        raw=preference(margin, judge.cuts).numpy(),
        calibrated=preference(margin / judge.temperature, judge.cuts).numpy(),
        longer=(first - second).numpy(),
        length_ratio=ratio,
        given={name: rule.probability(kept) for name, rule in judge.rules.items()},
    )


def pooled(parts: Sequence[Decided]) -> Decided:
    """The comparisons of several splits as one: of cross-validation, in which each model judged what it did not see."""
    pairs = PairColumns(*(torch.cat([getattr(part.pairs, one.name) for part in parts]) for one in fields(PairColumns)))
    names = [one.name for one in fields(Decided) if one.name not in {"pairs", "given"}]
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    rules = set.intersection(*(set(part.given) for part in parts))
    given = {name: np.concatenate([part.given[name] for part in parts]) for name in sorted(rules)}
    return Decided(pairs=pairs, given=given, **columns)


def evaluate(
    utilities: Tensor, pairs: PairColumns, judge: Judge, split: str, parts: Sequence[Slice] = ()
) -> dict[str, Any]:
    """All figures of one split; utilities (candidates,) fp32, slices over its decided pairs."""
    counts = {"n": len(pairs), "decided": int(pairs.is_decided.sum()), "tied_judgments": int((~pairs.is_decided).sum())}
    if counts["decided"] == 0:
        return counts
    difference = (utilities[pairs.first] - utilities[pairs.second]).double()
    found = describe(decided(utilities, pairs, judge), judge.seed, split, parts)
    return {**counts, **found, "outcome_log_loss": outcome_loss(difference, pairs, judge)}


def describe(found: Decided, seed: int, split: str, parts: Sequence[Slice] = ()) -> dict[str, Any]:
    """All figures of decided comparisons; random numbers are keyed by the seed and the split."""
    pairs, hits = found.pairs, metrics.hits(found.margin)
    how = intervals.ways(pairs.cluster.numpy(), pairs.annotator.numpy())
    again = Resampler(how.arrays, keys.numpy_generator(seed, "bootstrap", split))
    judged = slices.Judged(hits, metrics.log_loss(found.calibrated), metrics.hits(found.length_ratio))
    candidates = list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    return {
        "clusters": int(torch.unique(pairs.cluster).numel()),
        "resampled": how.names,
        "ties": int((found.margin == 0).sum()),
        "auc": metrics.auc(found.margin),
        **figures(found.raw, found.margin, again, keys.numpy_generator(seed, "ece", split)),
        "calibrated": figures(found.calibrated, found.margin, again, keys.numpy_generator(seed, "ece", split)),
        "reliability": [row._asdict() for row in metrics.reliability(found.calibrated)],
        "slope": slope(found.scaled, again),
        "agreement": agreement.describe(candidates, pairs.outcome.double().numpy(), again),
        "baselines": {name: compared(rule, found, again) for name, rule in found.given.items()},
        "length_matched": length_matched(found.length_ratio, hits, again),
        "correlations": correlations(found, again),
        "slices": slices.describe(parts, judged, pairs.cluster.numpy(), again),
    }


def figures(
    probability: Floats, margin: Floats, resampler: Resampler, generator: np.random.Generator
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


def compared(rule: Floats, model: Decided, resampler: Resampler) -> dict[str, Any]:
    """A simple rule's figures, and by how much the calibrated model beats it, judgment by judgment."""
    gain = metrics.log_loss(rule) - metrics.log_loss(model.calibrated)
    better = metrics.hits(model.margin) - metrics.hits(rule - 0.5)
    return {
        "accuracy": float(metrics.hits(rule - 0.5).mean()),
        "log_loss": float(metrics.log_loss(rule).mean()),
        "brier": float(metrics.brier(rule).mean()),
        "log_loss_gain": {"estimate": float(gain.mean()), "interval": resampler.mean(gain)},
        "accuracy_gain": {"estimate": float(better.mean()), "interval": resampler.mean(better)},
    }


def length_matched(ratio: Floats, hits: Floats, resampler: Resampler) -> dict[str, Any] | None:
    """Accuracy where the longer answer was preferred as often as the shorter; None where nothing can be matched."""
    weights = matching.weights(ratio)
    if weights.sum() == 0:
        return None
    return {
        "n": float(weights.sum()),
        "accuracy": float((weights * hits).sum() / weights.sum()),
        "interval": resampler.mean(hits, weights),
    }


def slope(margin: Floats, resampler: Resampler) -> dict[str, Any] | None:
    """By what the calibrated differences should still be multiplied; calibrated where the 95 % interval holds 1."""
    if margin.min() >= 0 or not np.any(margin):
        return None  # without an error, or without a difference, no finite slope is best
    estimate = 1.0
    for _ in range(100):
        probability = 1 / (1 + np.exp(-np.clip(estimate * margin, -500, 500)))
        score, information = margin * (1 - probability), margin**2 * probability * (1 - probability)
        step = float(score.sum() / max(information.sum(), 1e-12))
        estimate += float(np.clip(step, -1, 1))
        if abs(step) < 1e-10:
            break
    low, high = intervals.middle(estimate + resampler.ratios(score, np.maximum(information, 1e-12)))  # one step a draw
    return {"estimate": estimate, "low": low, "high": high, "holds_one": low <= 1 <= high}


def outcome_loss(difference: Tensor, pairs: PairColumns, judge: Judge) -> float | None:
    """Mean −log P of what was said, ties included; None where the fit never saw a tie and these pairs have some."""
    if float(judge.cuts[0]) == 0 and not bool(pairs.is_decided.all()):
        return None
    unknown = torch.zeros_like(pairs.strength)
    said = log_probability(difference / judge.temperature, pairs.outcome, unknown, judge.cuts)
    return float(-said.mean())


def correlations(found: Decided, resampler: Resampler) -> dict[str, Any]:
    """Of the model's differences, and of what people preferred, with length and with the side that was shown first."""
    outcome, side = found.pairs.outcome.double().numpy(), found.pairs.side.double().numpy()
    return {
        name: {
            "model": correlation(found.margin * outcome, other, resampler),
            "people": correlation(outcome, other, resampler),
        }
        for name, other in (("length", found.longer), ("side", side))
    }


def correlation(one: Floats, other: Floats, resampler: Resampler) -> dict[str, Any] | None:
    """Spearman's rank correlation; None where one does not vary."""
    interval = resampler.correlation(one, other) if len(one) >= 3 else None
    return None if interval is None else {"estimate": float(spearmanr(one, other).statistic), "interval": interval}
