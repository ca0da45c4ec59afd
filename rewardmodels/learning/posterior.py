"""What a fit makes small: the negative log posterior of all evidence, per judgment."""

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn

from rewardmodels.learning.columns import Columns
from rewardmodels.learning.heads import Head
from rewardmodels.learning.likelihoods.likelihood import Likelihood

Rows = TypeVar("Rows", bound=Columns)
Said = TypeVar("Said", bound=Likelihood)


class Objective(nn.Module):
    """What an optimiser makes small by its own parameters."""

    def loss(self, inputs: Tensor, said: Any) -> Tensor:
        raise NotImplementedError


class Posterior(Objective, Generic[Said]):
    """A head and the likelihood of what was judged, of one kind or a mixture.

    `decay` is the precision of the weights' normal prior, `judgments` how many the whole evidence holds.
    """

    def __init__(self, head: Head, likelihood: Said, *, decay: float, judgments: int) -> None:
        super().__init__()
        self.head: Head = head
        self.likelihood: Said = likelihood
        self.decay, self.judgments = decay, judgments
        self.dense_at_start: Tensor
        self.register_buffer("dense_at_start", head.dense.weight.detach().clone())

    def inputs(self, states: Tensor) -> Tensor:
        """What `utilities` takes: where the dense layer is fixed it is applied once and for all."""
        if self.head.dense.weight.requires_grad:
            return states.double()
        with torch.no_grad():
            return self.head.hidden(states.double())

    def utilities(self, inputs: Tensor) -> Tensor:  # (candidates, width) → (candidates,)
        is_learned = self.head.dense.weight.requires_grad
        hidden = self.head.hidden(inputs) if is_learned else inputs
        return hidden @ self.head.out.weight[0]  # no bias: a constant cannot be seen in differences

    def penalty(self) -> Tensor:
        """−log prior, over all judgments."""
        size = self.head.out.weight.square().sum()
        if self.head.dense.weight.requires_grad:
            size = size + (self.head.dense.weight - self.dense_at_start).square().sum()
        return 0.5 * self.decay * size - self.likelihood.log_prior()

    def loss(self, inputs: Tensor, said: Columns) -> Tensor:
        """The mean over the judgments given, with their share of the prior."""
        fit = -self.likelihood(self.utilities(inputs), said).mean()
        return fit + self.penalty() / self.judgments


def learned(posterior: nn.Module) -> list[nn.Parameter]:
    return [parameter for parameter in posterior.parameters() if parameter.requires_grad and parameter.numel()]


def parts(said: Rows, size: int) -> Iterator[Rows]:
    for start in range(0, len(said), size):
        yield said.at(slice(start, start + size))


def accumulate(posterior: Posterior[Any], inputs: Tensor, said: Columns, micro: int) -> float:
    """Leave the gradient of the batch's loss, taken in parts of `micro`: the same whatever the parts (T9)."""
    total = 0.0
    for part in parts(said, micro):
        share = -posterior.likelihood(posterior.utilities(inputs), part).sum() / len(said)
        share.backward()
        total += float(share.detach())
    prior = posterior.penalty() / posterior.judgments
    prior.backward()
    return total + float(prior.detach())
