"""Judgments of a known world as events with stated odds, one a judgment: what calibration is measured on."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.known_world import STEP, World
from rewardmodels.learning import evaluation, intervals, metrics
from rewardmodels.learning.columns import AmountColumns, PairColumns, RankingColumns, RatingColumns, VerdictColumns
from rewardmodels.learning.joint import Fitted

MOST_STEPS = 8  # an amount is held against one of so many thresholds


def of_pairs(one: Any, utilities: Tensor, rows: PairColumns, _: torch.Generator) -> tuple[Tensor, Tensor]:
    """Whether the first was preferred."""
    ahead = one(utilities, replace(rows, outcome=torch.ones_like(rows.outcome)))
    behind = one(utilities, replace(rows, outcome=-torch.ones_like(rows.outcome)))
    return ahead - behind, rows.outcome


def of_verdicts(one: Any, utilities: Tensor, rows: VerdictColumns, _: torch.Generator) -> tuple[Tensor, Tensor]:
    return one.log_odds(utilities, rows), 2 * rows.desirable - 1


def of_ratings(one: Any, utilities: Tensor, rows: RatingColumns, drawn: torch.Generator) -> tuple[Tensor, Tensor]:
    """Whether the mark is above one that was drawn."""
    mark = torch.randint(1, 5, (len(rows),), generator=drawn)
    cuts = one.cuts()[rows.aspect].gather(1, (mark - 1)[:, None])[:, 0]
    return one.location(utilities, rows) - cuts, torch.where(rows.mark > mark, 1, -1)


def of_rankings(one: Any, utilities: Tensor, rows: RankingColumns, drawn: torch.Generator) -> tuple[Tensor, Tensor]:
    """Which of two of its answers stands higher: so it is σ of their difference, whatever else was ranked."""
    pair = torch.stack([torch.randperm(rows.rank.shape[1], generator=drawn)[:2] for _ in range(len(rows))])
    u, rank = utilities[rows.candidate].gather(1, pair), rows.rank.gather(1, pair)
    slope = one.log_slope.slopes(rows.annotator)
    return slope * (u[:, 0] - u[:, 1]), torch.where(rank[:, 0] < rank[:, 1], 1, -1)


def of_amounts(one: Any, utilities: Tensor, rows: AmountColumns, drawn: torch.Generator) -> tuple[Tensor, Tensor]:
    """Whether the first was worth more than the second by more than an amount that was drawn."""
    limit = STEP * torch.randint(1, MOST_STEPS, (len(rows),), generator=drawn).double()
    held = replace(rows, outcome=torch.ones_like(rows.outcome), low=limit, high=limit)
    below = one.cumulative(utilities, held)[:, 1].clamp(1e-12, 1 - 1e-12)
    return torch.log1p(-below) - below.log(), torch.where((rows.outcome > 0) & (rows.low > limit), 1, -1)


EVENTS: dict[str, Callable[..., tuple[Tensor, Tensor]]] = {
    "pairs": of_pairs,
    "amounts": of_amounts,
    "verdicts": of_verdicts,
    "rankings": of_rankings,
    "ratings": of_ratings,
}


@torch.no_grad()
def judged(world: World, fitted: Fitted, kind: str, rows: Any, seed: int) -> tuple[float, bool, bool]:
    """(slope, whether its interval holds 1, whether the calibration error is in the band) of held-out judgments."""
    utilities = fitted.head(world.states.double())
    drawn = torch.Generator().manual_seed(seed)
    odds, said = EVENTS[kind](fitted.likelihood.of(kind), utilities, rows, drawn)
    margin = (odds * said).numpy()
    again = intervals.Resampler([rows.cluster.numpy()], np.random.default_rng(seed))
    slope = evaluation.slope(margin, again)
    assert slope is not None
    probability = 1 / (1 + np.exp(-margin))
    low, high = metrics.ece_band(probability, np.random.default_rng(seed))
    return slope["estimate"], slope["holds_one"], bool(low <= metrics.ece(probability) <= high)
