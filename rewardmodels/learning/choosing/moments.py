"""What a rule sees of the pairs that could be asked, and how an answer that is still unknown changes it.

Utilities are centred within each prompt: its level is invisible to comparisons, and no decision depends on it.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from rewardmodels.learning.choosing.beliefs import Belief

NODES, WEIGHTS = (torch.from_numpy(part) for part in np.polynomial.hermite_e.hermegauss(32))
WEIGHTS = WEIGHTS / WEIGHTS.sum()  # of a standard normal distribution


class Asked(NamedTuple):
    """The pairs that could be asked, each (pairs,) int64, and the prompt of every candidate, (candidates,) int64."""

    first: Tensor
    second: Tensor
    prompt: Tensor


@dataclass
class Moments:
    """Of utilities' differences d = u(first) − u(second), and of the answers of each pair's prompt."""

    first: Tensor  # (pairs,) int64
    second: Tensor  # (pairs,) int64
    mean: Tensor  # (pairs,)
    variance: Tensor  # (pairs,)
    answers: Tensor  # (pairs, most) int64: all answers of the prompt, the pair's first one again where there are fewer
    cross: Tensor  # (pairs, most) covariance of each answer with d
    level: Tensor  # (candidates,) mean utility, less that of the prompt
    own: Tensor  # (candidates,) variance of the same
    told: Tensor  # (pairs,) what an answer is expected to tell of d, at first: E[p(1 − p)]

    def differences(self) -> Tensor:  # → (pairs, nodes)
        """At the nodes of the quadrature."""
        return at_nodes(self.mean, self.variance)

    def chances(self) -> Tensor:  # → (pairs, nodes)
        """P(first preferred) at the same."""
        return torch.sigmoid(self.differences())


class Learner:
    """A belief that learns of pairs one after the other before any of them is answered.

    Only the variance can be foretold: an answer on d adds p(1 − p) to the precision along it, whichever it is.
    """

    def __init__(self, belief: Belief, asked: Asked) -> None:
        belief, self.asked = of_prompts_asked(belief, asked)
        asked = self.asked
        self.factor = centred(belief.factor, asked.prompt)
        level = centred(belief.mean[:, None], asked.prompt)[:, 0]
        answers = together(asked)
        apart = self.factor[asked.first] - self.factor[asked.second]  # (pairs, rank)
        cross = torch.stack([(self.factor[column] * apart).sum(1) for column in answers.T], 1)
        mean, variance = level[asked.first] - level[asked.second], apart.square().sum(1)
        self.moments = Moments(
            first=asked.first,
            second=asked.second,
            mean=mean,
            variance=variance,
            answers=answers,
            cross=cross,
            level=level,
            own=self.factor.square().sum(1),
            told=expected_information(mean, variance),
        )
        self.left = torch.eye(self.factor.shape[1], dtype=torch.float64)  # (rank, rank) what is still unknown of z

    def take(self, pair: int) -> None:
        """Believe as if the pair had been answered."""
        first, second, now = self.asked.first, self.asked.second, self.moments
        along = self.left @ (self.factor[first[pair]] - self.factor[second[pair]])
        share = now.told[pair] / (1 + now.told[pair] * now.variance[pair])
        reach = self.factor @ along  # (candidates,) covariance of every answer with the pair's difference
        apart = reach[first] - reach[second]
        now.variance.sub_(share * apart.square()).clamp_(min=0)
        now.cross.sub_(share * reach[now.answers] * apart[:, None])
        now.own.sub_(share * reach.square()).clamp_(min=0)
        self.left.sub_(share * torch.outer(along, along))


def of_prompts_asked(belief: Belief, asked: Asked) -> tuple[Belief, Asked]:
    """The same of those candidates alone whose prompt is asked about."""
    is_used = torch.isin(asked.prompt, torch.unique(asked.prompt[asked.first]))
    place = is_used.cumsum(0) - 1
    kept = Belief(belief.mean[is_used], belief.factor[is_used])
    return kept, Asked(place[asked.first], place[asked.second], asked.prompt[is_used])


def at_nodes(mean: Tensor, variance: Tensor) -> Tensor:  # (pairs,) twice → (pairs, nodes)
    return mean[:, None] + variance.sqrt()[:, None] * NODES


def expected_information(mean: Tensor, variance: Tensor) -> Tensor:  # (pairs,) twice → (pairs,)
    chance = torch.sigmoid(at_nodes(mean, variance))
    return (chance * (1 - chance)) @ WEIGHTS


def centred(values: Tensor, prompt: Tensor) -> Tensor:  # (candidates, k) → the same, less the mean of each prompt
    places, count = torch.unique(prompt, return_inverse=True)[1], int(torch.unique(prompt).numel())
    sums = values.new_zeros((count, values.shape[1])).index_add_(0, places, values)
    return values - (sums / torch.bincount(places, minlength=count)[:, None])[places]


def together(asked: Asked) -> Tensor:  # → (pairs, most) int64
    """All answers of each pair's prompt."""
    found: dict[int, list[int]] = {}
    for place, prompt in enumerate(asked.prompt.tolist()):
        found.setdefault(prompt, []).append(place)
    rows = [found[prompt] for prompt in asked.prompt[asked.first].tolist()]
    most = max((len(row) for row in rows), default=2)
    return torch.tensor([row + [row[0]] * (most - len(row)) for row in rows], dtype=torch.int64).reshape(-1, most)
