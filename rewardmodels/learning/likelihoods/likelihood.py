"""What every likelihood is: how probable judgments are, given utilities."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from rewardmodels.learning.columns import Bag
from rewardmodels.learning.likelihoods.annotators import LogSlope, Personal, Threshold


class Likelihood(nn.Module):
    """log P(judgments | utilities), with priors on what it has to learn itself."""

    def forward(self, utilities: Tensor, columns: Any) -> Tensor:
        """(rows,) log-likelihood of each judgment; utilities (candidates,)."""
        raise NotImplementedError

    def log_prior(self) -> Tensor:
        """log density of its own parameters, up to a constant."""
        raise NotImplementedError

    def scales(self) -> Iterator[nn.Parameter]:
        """Slopes, scales and lapse rates: without a bound from outside, a flexible utility would drive them off."""
        return iter(())

    def departures(self) -> Iterator[nn.Parameter]:
        """What differs between annotators."""
        for part in self.modules():
            if isinstance(part, Personal):
                yield part.own

    def rescale(self, factor: float) -> None:
        """Change the parameters so that utilities times `factor` are as likely as the utilities were."""
        for part in self.modules():
            if isinstance(part, LogSlope | Threshold):
                part.rescale(factor)

    def shift(self, constant: float) -> None:
        """Change the parameters so that utilities plus `constant` are as likely as the utilities were."""
        for part in self.modules():
            if isinstance(part, Threshold):
                part.shift(constant)


class Mixture(Likelihood):
    """A likelihood a kind, over one list of candidates: what is independent adds up."""

    def __init__(self, kinds: dict[str, Likelihood]) -> None:
        super().__init__()
        self.kinds = nn.ModuleDict(kinds)

    def of(self, kind: str) -> Any:
        return self.kinds[kind]

    def forward(self, utilities: Tensor, columns: Bag) -> Tensor:
        """(rows,) in the order of the bag."""
        said = [self.kinds[kind](utilities, rows) for kind, rows in columns.kinds.items()]
        return torch.cat(said) if said else utilities.new_zeros(0)

    def log_prior(self) -> Tensor:
        zero = torch.zeros((), dtype=torch.float64)
        return sum((self.of(kind).log_prior() for kind in self.kinds), zero)

    def scales(self) -> Iterator[nn.Parameter]:
        for kind in self.kinds:
            yield from self.of(kind).scales()
