"""What a utility is worth to each kind of judgment: figures beside those of the same likelihood without a utility."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.stats import kendalltau, spearmanr
from torch import Tensor

from rewardmodels.learning import evaluation, intervals, keys, metrics
from rewardmodels.learning.columns import Bag, PairColumns, RankingColumns, RatingColumns, Rows, VerdictColumns
from rewardmodels.learning.evaluation import Decided, Floats
from rewardmodels.learning.likelihoods.amounts import AmountLikelihood
from rewardmodels.learning.likelihoods.likelihood import Mixture
from rewardmodels.learning.likelihoods.ratings import RatingLikelihood
from rewardmodels.learning.likelihoods.verdicts import VerdictLikelihood

PIT_BINS = 10


@torch.no_grad()
def by_kind(likelihood: Mixture, utilities: Tensor, bag: Bag, split: str, seed: int) -> dict[str, dict[str, Any]]:
    """Figures of each kind that the bag holds; utilities (candidates,) fp64 in the gauge of the likelihood."""
    own: dict[str, Callable[[Any, Tensor, Any], dict[str, Any]]] = {
        "pairs": lambda *_: {},
        "amounts": of_amounts,
        "verdicts": of_verdicts,
        "rankings": of_rankings,
        "ratings": of_ratings,
    }
    found = {}
    for kind, rows in bag.kinds.items():
        one = likelihood.of(kind)
        if isinstance(rows, PairColumns) and not one.link.has_ties:  # nobody said tie in training: it knows of none
            rows = rows.at(rows.is_decided)
        if len(rows) == 0:
            continue
        said = one(utilities, rows).numpy()
        nothing = one(torch.full_like(utilities, float(utilities.mean())), rows).numpy()
        found[kind] = {**compared_to_nothing(said, nothing, rows, split, seed), **own[kind](one, utilities, rows)}
    return found


def compared_to_nothing(said: Floats, nothing: Floats, rows: Rows, split: str, seed: int) -> dict[str, Any]:
    """Mean −log P with the utility and with the same one for all answers, and the gain with its interval."""
    how = intervals.ways(rows.cluster.numpy(), rows.annotator.numpy())
    resampler = intervals.Resampler(how.arrays, keys.numpy_generator(seed, "bootstrap", split))
    gain = said - nothing
    return {
        "n": len(rows),
        "log_loss": float(-said.mean()),
        "log_loss_without_utility": float(-nothing.mean()),
        "log_loss_gain": {"estimate": float(gain.mean()), "interval": resampler.mean(gain)},
        "resampled": how.names,
    }


def of_amounts(one: AmountLikelihood, utilities: Tensor, rows: Any) -> dict[str, Any]:
    """How the amounts that are expected compare with those that were said, in money."""
    expected = one.location(utilities, rows) * one.money
    middle = torch.where(rows.high < torch.inf, (rows.low + rows.high) / 2, rows.low)
    signed = torch.where(rows.is_decided, middle * rows.outcome, torch.zeros_like(middle))
    cumulative = one.cumulative(utilities, rows)
    return {
        "alone": int(rows.is_alone.sum()),
        "zeros": int(rows.is_zero.sum()),
        "open_above": int((rows.high == torch.inf).sum()),
        "absolute_error": float((expected - signed).abs().mean()),
        "absolute_error_without_utility": float((signed - signed.median()).abs().mean()),
        "rank_correlation": correlation(expected, signed),
        "pit": pit(cumulative).tolist(),
        "inside_80": float(((cumulative[:, 1] > 0.1) & (cumulative[:, 0] < 0.9)).double().mean()),
    }


def pit(cumulative: Tensor, bins: int = PIT_BINS) -> Tensor:  # (n, 2) → (bins,)
    """The share of judgments in each bin of their own distribution function, intervals spread evenly over theirs:
    all equal where the likelihood is right (Czado, Gneiting and Held 2009)."""
    edges = torch.linspace(0, 1, bins + 1, dtype=torch.float64)
    low, high = cumulative[:, :1], cumulative[:, 1:]
    share = ((edges[None] - low) / (high - low).clamp(min=1e-12)).clamp(0, 1)
    return share.mean(0).diff()


def correlation(one: Tensor, other: Tensor) -> float | None:
    """Spearman's rank correlation; None where one does not vary."""
    if len(one) < 3 or bool((one == one[0]).all()) or bool((other == other[0]).all()):
        return None
    return float(spearmanr(one.numpy(), other.numpy()).statistic)


def of_verdicts(one: VerdictLikelihood, utilities: Tensor, rows: VerdictColumns) -> dict[str, Any]:
    odds = one.log_odds(utilities, rows)
    right = torch.sigmoid((2 * rows.desirable - 1) * odds).numpy()
    desirable = rows.desirable.bool()
    both = bool(desirable.any()) and not bool(desirable.all())
    return {
        "desirable": int(desirable.sum()),
        "accuracy": float(metrics.hits(right - 0.5).mean()),
        "auc": area(odds[desirable].numpy(), odds[~desirable].numpy()) if both else None,
        "brier": float(metrics.brier(right).mean()),
    }


def area(above: Floats, below: Floats) -> float:
    """P(one of the first is above one of the second) + ½ P(equal)."""
    ordered = np.sort(below)
    lower, upto = (np.searchsorted(ordered, above, side=side) for side in ("left", "right"))
    return float((lower + upto).sum() / 2 / len(above) / len(below))


def of_rankings(one: Any, utilities: Tensor, rows: RankingColumns) -> dict[str, Any]:
    """Kendall's τ-b between what was said and the utilities, over whole rankings."""
    found = []
    for number in range(len(rows)):
        size = int(rows.counts[number].sum())
        said, scores = -rows.rank[number, :size].numpy(), utilities[rows.candidate[number, :size]].numpy()
        found.append(float(kendalltau(said, scores).statistic) if len(set(said.tolist())) > 1 else float("nan"))
    defined = [value for value in found if value == value]
    return {"kendall": sum(defined) / len(defined) if defined else None, "all_tied": len(found) - len(defined)}


def of_ratings(one: RatingLikelihood, utilities: Tensor, rows: RatingColumns) -> dict[str, Any]:
    """The mark that is expected against the one that was given."""
    beyond = torch.sigmoid(one.location(utilities, rows)[:, None] - one.cuts()[rows.aspect])
    expected = 1 + beyond.sum(1)
    return {
        "absolute_error": float((expected - rows.mark).abs().mean()),
        "rank_correlation": correlation(expected, rows.mark.double()),
    }


@dataclass(frozen=True)
class Singles:
    """A split in which nothing but single answers was judged, as figures of comparisons are laid out."""

    likelihood: VerdictLikelihood
    utilities: Tensor  # (candidates,) fp64
    lengths: Tensor  # (candidates,) in characters

    @torch.no_grad()
    def figures(self, train: VerdictColumns, rows: VerdictColumns, split: str, seed: int) -> dict[str, Any]:
        odds, desirable = self.likelihood.log_odds(self.utilities, rows), rows.desirable.bool()
        both = bool(desirable.any()) and not bool(desirable.all())
        found = evaluation.describe(self.decided(odds, train, rows), seed, split)
        auc = area(odds[desirable].numpy(), odds[~desirable].numpy()) if both else 0.5
        counts = {"n": len(rows), "decided": len(rows), "tied_judgments": 0}
        return {**counts, **found, "auc": auc, "outcome_log_loss": found["log_loss"]}

    def decided(self, odds: Tensor, train: VerdictColumns, rows: VerdictColumns) -> Decided:
        """A verdict as a comparison of the answer with the annotator's threshold; of length, with the usual one."""
        signs, nothing = 2 * rows.desirable - 1, torch.zeros(len(rows), dtype=torch.int64)
        margin = (odds * signs).numpy()
        right = 1 / (1 + np.exp(-np.clip(margin, -500, 500)))
        median = self.lengths[train.candidate].median().double()
        lengths = self.lengths[rows.candidate].double()
        ratio = torch.log((lengths + 1) / (median + 1)) * signs
        pairs = PairColumns(rows.candidate, rows.candidate, signs, nothing, nothing, rows.annotator, rows.cluster)
        rules = simple_rules(self.lengths, train, rows)
        return Decided(pairs, margin, margin, right, right, (lengths - median).numpy(), ratio.numpy(), rules)


def simple_rules(lengths: Tensor, train: VerdictColumns, rows: VerdictColumns) -> dict[str, Floats]:
    """(rows,) what the training split's share of “desirable” says, and what it says of longer and shorter answers."""
    median = lengths[train.candidate].median()

    def share(chosen: Tensor) -> float:
        return (int(train.desirable[chosen].sum()) + 1) / (int(chosen.sum()) + 2)

    is_long = lengths[train.candidate] > median
    long, short = share(is_long), share(~is_long)
    everywhere = torch.full((len(rows),), share(torch.ones_like(is_long)), dtype=torch.float64)
    by_length = torch.where(lengths[rows.candidate] > median, long, short).double()
    said = rows.desirable.bool()
    return {
        "constant": torch.where(said, everywhere, 1 - everywhere).numpy(),
        "longer_wins": torch.where(said, by_length, 1 - by_length).numpy(),
    }
