"""What every likelihood is: how probable judgments are, given utilities."""

from typing import Any

import torch
from torch import Tensor, nn

from rewardmodels.learning.columns import Bag


class Likelihood(nn.Module):
    """log P(judgments | utilities), with priors on what it has to learn itself."""

    def forward(self, utilities: Tensor, columns: Any) -> Tensor:
        """(rows,) log-likelihood of each judgment; utilities (candidates,)."""
        raise NotImplementedError

    def log_prior(self) -> Tensor:
        """log density of its own parameters, up to a constant."""
        raise NotImplementedError


class Mixture(Likelihood):
    """A likelihood a kind, over one list of candidates: what is independent adds up."""

    def __init__(self, kinds: dict[str, Likelihood]) -> None:
        super().__init__()
        self.kinds = nn.ModuleDict(kinds)

    def forward(self, utilities: Tensor, columns: Bag) -> Tensor:
        """(rows,) in the order of the bag."""
        said = [self.kinds[kind](utilities, rows) for kind, rows in columns.kinds.items()]
        return torch.cat(said) if said else utilities.new_zeros(0)

    def log_prior(self) -> Tensor:
        zero = torch.zeros((), dtype=torch.float64)
        return sum((likelihood.log_prior() for likelihood in self.kinds.values()), zero)  # type: ignore[operator]
