"""What becomes of a reward before it is raised: bounded, scaled, or turned into a rank among the reference's answers.

All take (answers,) group after group and give the same shape; `references` (prompts, m) are what the component says of
the reference's own answers to the same prompts. Bounds and figures stay raw.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from training.learning.settings.online import Online


class Given(NamedTuple):
    rewards: Tensor  # (answers,)
    counts: Tensor  # (answers,) bool: who takes part
    references: Tensor  # (prompts, m); (prompts, 0) where a transform needs none
    settings: Online

    @property
    def beside(self) -> Tensor:  # (answers, m)
        return self.references.repeat_interleave(len(self.rewards) // len(self.references), 0)


def none(given: Given) -> Tensor:
    return given.rewards


def whiten(given: Given) -> Tensor:
    """Less the step's mean, over its deviation (ddof 0); without spread, 0 (T13)."""
    kept = given.rewards[given.counts]
    deviation = kept.std(correction=0) if len(kept) else given.rewards.new_zeros(())
    return (given.rewards - kept.mean()) / deviation if deviation > 0 else torch.zeros_like(given.rewards)


def delta(given: Given) -> Tensor:
    """Less the mean of the reference's answers, cut to ± widest."""
    widest = given.settings.widest
    return (given.rewards - given.beside.mean(1)).clamp(-widest, widest)


def par(given: Given) -> Tensor:
    """Preference as reward (Fu et al., arXiv 2502.18770): the mean chance to be preferred to an answer beside."""
    return torch.sigmoid(given.settings.slope * (given.rewards.unsqueeze(1) - given.beside)).mean(1)


def calibrated(given: Given) -> Tensor:
    """The share of the reference's answers that are worse, ties half: uniform for answers of the reference itself."""
    own = given.rewards.unsqueeze(1)
    return ((given.beside < own).double() + 0.5 * (given.beside == own).double()).mean(1)


def best_of_n(given: Given) -> Tensor:
    """exp(t · calibrated), for a policy of which the best of several answers is taken (arXiv 2412.19792)."""
    return torch.exp(given.settings.sharpness * calibrated(given))


def worst_of_n(given: Given) -> Tensor:
    """−exp(−t · calibrated), for one of which somebody takes the worst."""
    return -torch.exp(-given.settings.sharpness * calibrated(given))


TRANSFORMS: dict[str, Callable[[Given], Tensor]] = {
    "none": none,
    "whiten": whiten,
    "delta": delta,
    "par": par,
    "calibrated": calibrated,
    "best_of_n": best_of_n,
    "worst_of_n": worst_of_n,
}
