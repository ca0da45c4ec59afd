"""Marks from 1 to 5: a cumulative logistic link, with a slope and a severity of each annotator.

An aspect is a utility of its own. The one named “overall”, or the only one there is, speaks of u itself; several others
each have a loading on u that is fitted and reported, and may be negative.
"""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from rewardmodels.learning.columns import RatingColumns
from rewardmodels.learning.likelihoods.annotators import LogSlope, Prior, PromptEffects, Threshold
from rewardmodels.learning.likelihoods.likelihood import Likelihood
from rewardmodels.learning.likelihoods.links import log_difference

LEVELS = 5
SEVERITIES = Prior(centre=0.0, pooled=0.0, own=1.0)  # pooled, it is the cuts
FIRST_LOADING = 0.5
LOADING_DEVIATION = 1.0
CUT_DEVIATION = 3.0
LOG_GAP_DEVIATION = 1.0


def overall(aspects: Sequence[str]) -> int | None:
    """The aspect that speaks of the utility itself, if there is one."""
    if len(aspects) == 1:
        return 0
    return next((place for place, name in enumerate(aspects) if name.strip().casefold() == "overall"), None)


class RatingLikelihood(Likelihood):
    """P(mark > j) = σ(loading · slope · (u − severity) + the prompt's effect − cut_j)."""

    def __init__(self, train: RatingColumns, annotators: int, slopes: Prior, aspects: Sequence[str]) -> None:
        super().__init__()
        speaking = overall(aspects)
        self.has_loadings = speaking is None
        self.speaks: Tensor  # (aspects,) 1 where marks speak of the utility itself; of others they say nothing
        self.register_buffer(
            "speaks", torch.tensor([float(place == speaking) for place in range(len(aspects))]).double()
        )
        self.log_slope = LogSlope(train.annotator, annotators, slopes)
        self.severity = Threshold(train.annotator, annotators, SEVERITIES)
        self.prompt = PromptEffects(train.prompt, train.candidate)
        many = len(aspects)
        start = torch.full((many if self.has_loadings else 0,), FIRST_LOADING, dtype=torch.float64)
        self.loadings = nn.Parameter(start)
        self.first_cuts = nn.Parameter(torch.full((many,), -1.5, dtype=torch.float64))
        self.log_gaps = nn.Parameter(torch.zeros(many, LEVELS - 2, dtype=torch.float64))

    def cuts(self) -> Tensor:  # (aspects, LEVELS - 1), increasing
        return torch.cat([self.first_cuts[:, None], self.log_gaps.exp()], 1).cumsum(1)

    def location(self, utilities: Tensor, columns: RatingColumns) -> Tensor:  # (candidates,) → (ratings,)
        """Where on the scale of the cuts the answer lies."""
        slope = self.log_slope.slopes(columns.annotator)
        slope = slope * (self.loadings if self.has_loadings else self.speaks)[columns.aspect]
        beyond = utilities[columns.candidate] - self.severity(columns.annotator)
        return slope * beyond + self.prompt(columns.prompt)

    def forward(self, utilities: Tensor, columns: RatingColumns) -> Tensor:
        location = self.location(utilities, columns)
        cuts = self.cuts()[columns.aspect]  # (ratings, LEVELS - 1)
        below = cuts.gather(1, (columns.mark - 2).clamp(min=0)[:, None])[:, 0]
        above = cuts.gather(1, (columns.mark - 1).clamp(max=LEVELS - 2)[:, None])[:, 0]
        is_between = (columns.mark > 1) & (columns.mark < LEVELS)
        between = log_difference(location - below, torch.where(is_between, location - above, location - below - 1))
        ends = torch.where(columns.mark == 1, logsigmoid(above - location), logsigmoid(location - below))
        return torch.where(is_between, between, ends)

    def log_prior(self) -> Tensor:
        cuts = (self.first_cuts / CUT_DEVIATION).square().sum() + (self.log_gaps / LOG_GAP_DEVIATION).square().sum()
        loadings = ((self.loadings - FIRST_LOADING) / LOADING_DEVIATION).square().sum()
        own = self.log_slope.log_prior() + self.severity.log_prior() + self.prompt.log_prior()
        return own - 0.5 * (cuts + loadings)

    def scales(self) -> Iterator[nn.Parameter]:
        yield from self.log_slope.parameters()
