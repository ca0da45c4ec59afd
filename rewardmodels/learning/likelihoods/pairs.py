"""Comparisons of two answers, with ties, strengths, each annotator's reliability and leaning to one side."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from rewardmodels.learning.columns import PairColumns
from rewardmodels.learning.likelihoods.annotators import LogSlope, Prior
from rewardmodels.learning.likelihoods.likelihood import Likelihood
from rewardmodels.learning.likelihoods.links import SymmetricLink, log_probability

POOLED_SIDE_SCALE = 1.0  # standard deviations of the normal priors, on the scale of the answers
OWN_SIDE_SCALE = 0.5


class PairLikelihood(Likelihood):
    """log P(judgment | utilities): without a prior of slopes they are 1, which makes the utility's unit a logit."""

    def __init__(self, train: PairColumns, annotators: int, *, side_bias: bool, slopes: Prior | None = None) -> None:
        super().__init__()
        levels = int(train.strength.max()) if len(train) else 0
        self.link = SymmetricLink(has_ties=bool((train.outcome == 0).any()), levels=levels)
        self.has_side_bias = side_bias and bool((train.side != 0).any())
        size = annotators if self.has_side_bias else 0
        self.pooled_side = nn.Parameter(torch.zeros(1 if self.has_side_bias else 0, dtype=torch.float64))
        self.own_side = nn.Parameter(torch.zeros(size, dtype=torch.float64))
        self.log_slope = LogSlope(train.annotator, annotators, slopes) if slopes else None

    def forward(self, utilities: Tensor, columns: PairColumns) -> Tensor:
        """(pairs,) log-likelihood; utilities (candidates,)."""
        difference = utilities[columns.first] - utilities[columns.second]
        if self.log_slope is not None:
            difference = difference * self.log_slope.slopes(columns.annotator)
        if self.has_side_bias:
            difference = difference + columns.side * (self.pooled_side + self.own_side[columns.annotator])
        return log_probability(difference, columns.outcome, columns.strength, self.link.cuts())

    def log_prior(self) -> Tensor:
        pooled = (self.pooled_side / POOLED_SIDE_SCALE).square().sum()
        own = (self.own_side / OWN_SIDE_SCALE).square().sum()
        prior = self.link.log_prior() - 0.5 * (pooled + own)
        return prior if self.log_slope is None else prior + self.log_slope.log_prior()

    def scales(self) -> Iterator[nn.Parameter]:
        if self.log_slope is not None:
            yield from self.log_slope.parameters()
