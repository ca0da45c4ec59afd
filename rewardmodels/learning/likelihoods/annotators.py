"""What differs between annotators: a pooled value and each one's own departure from it, shrunk towards none."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn


class Prior(NamedTuple):
    """A normal prior: of the pooled value around a centre, of each departure around 0."""

    centre: float
    pooled: float  # standard deviation; 0 where the pooled value is fixed at the centre
    own: float  # standard deviation; 0 where all are alike


class Personal(nn.Module):
    """pooled + own, where the departures of those who judged in training average 0; a newcomer has none.

    The average is held at 0 by subtraction, so that the pooled value alone carries the level: a fixed one is a gauge.
    """

    def __init__(self, train: Tensor, annotators: int, prior: Prior) -> None:  # train (rows,) int64
        super().__init__()
        self.prior = prior
        seen = torch.zeros(annotators, dtype=torch.bool)
        seen[train] = True
        self.seen: Tensor
        self.register_buffer("seen", seen)
        self.pooled: Tensor
        start = torch.full((1,), prior.centre, dtype=torch.float64)
        if prior.pooled > 0:
            self.pooled = nn.Parameter(start)
        else:
            self.register_buffer("pooled", start)
        is_personal = prior.own > 0 and int(seen.sum()) > 1
        self.own = nn.Parameter(torch.zeros(annotators if is_personal else 0, dtype=torch.float64))

    def departures(self) -> Tensor:  # (annotators,), or none where all are alike
        if self.own.numel() == 0:
            return self.own
        return torch.where(self.seen, self.own - self.own[self.seen].mean(), torch.zeros_like(self.own))

    def forward(self, annotator: Tensor) -> Tensor:  # (rows,) → (rows,)
        if self.own.numel() == 0:
            return self.pooled.expand(len(annotator))
        return self.pooled + self.departures()[annotator]

    def log_prior(self) -> Tensor:
        own = -0.5 * (self.own / self.prior.own).square().sum() if self.own.numel() else torch.zeros(())
        if self.prior.pooled == 0:
            return own
        return own - 0.5 * ((self.pooled - self.prior.centre) / self.prior.pooled).square().sum()

    def by_name(self, names: Sequence[str]) -> dict[str, float]:
        """The value of each annotator that judged in training."""
        values = self(torch.arange(len(names))).detach().tolist()
        return {name: value for name, value, seen in zip(names, values, self.seen.tolist(), strict=True) if seen}


class LogSlope(Personal):
    """The logarithm of how strongly answers follow the utility."""

    def slopes(self, annotator: Tensor) -> Tensor:
        return self(annotator).exp()

    @torch.no_grad()
    def rescale(self, factor: float) -> None:
        """What compensates for utilities times `factor`."""
        self.pooled.sub_(math.log(factor))


class Threshold(Personal):
    """A point on the scale of the utility."""

    @torch.no_grad()
    def rescale(self, factor: float) -> None:
        self.pooled.mul_(factor)
        self.own.mul_(factor)

    @torch.no_grad()
    def shift(self, constant: float) -> None:
        self.pooled.add_(constant)


class PromptEffects(nn.Module):
    """How much easier a prompt is to please with: seen by judgments of single answers alone, and shrunk.

    Only prompts of which several answers were judged have one: elsewhere it could not be told from the answer, and
    what it does to a single judgment is part of that judgment's noise.
    """

    def __init__(self, prompt: Tensor, candidate: Tensor, deviation: float = 1.0) -> None:  # both (rows,) int64
        super().__init__()
        self.deviation = deviation
        both = torch.unique(torch.stack([prompt, candidate]), dim=1)
        prompts, answers = torch.unique(both[0], return_counts=True)
        self.prompts: Tensor
        self.register_buffer("prompts", prompts[answers > 1])
        self.effects = nn.Parameter(torch.zeros(int((answers > 1).sum()), dtype=torch.float64))

    def forward(self, prompt: Tensor) -> Tensor:  # (rows,) → (rows,)
        if len(self.prompts) == 0:
            return torch.zeros(len(prompt), dtype=torch.float64)
        place = torch.searchsorted(self.prompts, prompt).clamp(max=len(self.prompts) - 1)
        return torch.where(self.prompts[place] == prompt, self.effects[place], torch.zeros((), dtype=torch.float64))

    def log_prior(self) -> Tensor:
        return -0.5 * (self.effects / self.deviation).square().sum()
