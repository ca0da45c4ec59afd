"""What likelihoods learned, in words and in the unit of the utility."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from rewardmodels.learning.likelihoods.amounts import AmountLikelihood
from rewardmodels.learning.likelihoods.likelihood import Mixture
from rewardmodels.learning.likelihoods.mixing import Recipe
from rewardmodels.learning.likelihoods.pairs import PairLikelihood
from rewardmodels.learning.likelihoods.ratings import RatingLikelihood
from rewardmodels.learning.likelihoods.verdicts import VerdictLikelihood


def of(likelihood: Mixture, names: Sequence[str], recipe: Recipe) -> dict[str, Any]:
    """By kind: slopes, scales, thresholds and sides, pooled and by annotator."""
    found: dict[str, Any] = {}
    for kind in likelihood.kinds:
        one = likelihood.of(kind)
        learned: dict[str, Any] = {}
        if kind != "amounts" and one.log_slope is not None:
            learned["slopes"] = exponential(one.log_slope.by_name(names))
            learned["slope"] = math.exp(float(one.log_slope.pooled.detach()))
        if isinstance(one, AmountLikelihood):
            learned |= of_amounts(one, names)
        if isinstance(one, PairLikelihood | AmountLikelihood) and one.has_side_bias:
            money = one.money if isinstance(one, AmountLikelihood) else 1.0  # else in logits
            sides = (money * (one.pooled_side + one.own_side)).detach().tolist()
            learned["sides"] = dict(zip(names, sides, strict=True))
            learned["side"] = money * float(one.pooled_side.detach()[0])
        if isinstance(one, VerdictLikelihood):
            learned["thresholds"] = one.threshold.by_name(names)
        if isinstance(one, RatingLikelihood):
            learned["severities"] = one.severity.by_name(names)
            if one.has_loadings:
                learned["loadings"] = dict(zip(recipe.aspects, one.loadings.detach().tolist(), strict=True))
        found[kind] = learned
    return found


def exponential(values: dict[str, float]) -> dict[str, float]:
    return {name: math.exp(value) for name, value in values.items()}


def of_amounts(one: AmountLikelihood, names: Sequence[str]) -> dict[str, Any]:
    """Money scales against the pool's, and noise in money."""
    noise = {
        name: one.least_noise + one.money * math.exp(value) for name, value in one.log_noise.by_name(names).items()
    }
    return {
        "money_scales": {name: one.money * math.exp(value) for name, value in one.log_slope.by_name(names).items()},
        "noise": noise,
        "proportional_noise": math.exp(float(one.log_proportional.pooled.detach())),
        "wild_share": float(torch.sigmoid(one.wild.pooled.detach())),
        "protest_shares": {
            name: 1 / (1 + math.exp(-value)) for name, value in one.protest.by_name(names).items()
        },
        "tie_share": float(torch.sigmoid(one.ties.pooled.detach())),
        "other_questions": {str(int(asked)): math.exp(float(scale))
                            for asked, scale in zip(one.asked, one.log_questions.detach(), strict=True)},
    }  # fmt: skip


def cuts_of(likelihood: Mixture) -> Tensor:  # (levels,)
    """Of comparisons, in logits; a single 0 where none were learned from."""
    if "pairs" not in likelihood.kinds:
        return torch.zeros(1, dtype=torch.float64)
    pairs: PairLikelihood = likelihood.of("pairs")
    return pairs.link.cuts().detach()


def logits_per_unit(likelihood: Mixture) -> float:
    """By what a difference of utilities is multiplied to be the log odds of being preferred."""
    others = ("rankings", "verdicts", "ratings") if "amounts" not in likelihood.kinds else ()
    for kind in ("pairs", *others):
        if kind in likelihood.kinds:
            return math.exp(float(likelihood.of(kind).log_slope.pooled.detach()))
    amounts: AmountLikelihood = likelihood.of("amounts")
    scale = amounts.least_noise / amounts.money + math.exp(float(amounts.log_noise.pooled.detach()))
    return math.exp(float(amounts.log_slope.pooled.detach())) / scale
