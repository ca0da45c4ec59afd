"""Comparisons of two answers, with ties, strengths and each annotator's leaning to one side."""

import torch
from torch import Tensor, nn

from rewardmodels.learning.columns import PairColumns
from rewardmodels.learning.likelihoods.likelihood import Likelihood
from rewardmodels.learning.likelihoods.links import SymmetricLink, log_probability

POOLED_SIDE_SCALE = 1.0  # standard deviations of the normal priors, in units of the utility
OWN_SIDE_SCALE = 0.5


class PairLikelihood(Likelihood):
    """log P(judgment | utilities): the slope is 1, which makes the utility's unit a logit."""

    def __init__(self, train: PairColumns, annotators: int, *, side_bias: bool) -> None:
        super().__init__()
        levels = int(train.strength.max()) if len(train) else 0
        self.link = SymmetricLink(has_ties=bool((train.outcome == 0).any()), levels=levels)
        self.has_side_bias = side_bias and bool((train.side != 0).any())
        size = annotators if self.has_side_bias else 0
        self.pooled_side = nn.Parameter(torch.zeros(1 if self.has_side_bias else 0, dtype=torch.float64))
        self.own_side = nn.Parameter(torch.zeros(size, dtype=torch.float64))

    def forward(self, utilities: Tensor, columns: PairColumns) -> Tensor:
        """(pairs,) log-likelihood; utilities (candidates,)."""
        difference = utilities[columns.first] - utilities[columns.second]
        if self.has_side_bias:
            difference = difference + columns.side * (self.pooled_side + self.own_side[columns.annotator])
        return log_probability(difference, columns.outcome, columns.strength, self.link.cuts())

    def log_prior(self) -> Tensor:
        pooled = (self.pooled_side / POOLED_SIDE_SCALE).square().sum()
        own = (self.own_side / OWN_SIDE_SCALE).square().sum()
        return self.link.log_prior() - 0.5 * (pooled + own)
