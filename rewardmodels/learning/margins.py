"""A ceiling on the margin of each comparison, from how alike its two answers are (PCRM, arXiv 2404.00978).

To what people said comes −log σ(δ* − d): d is the margin of the preferred answer, and the ceiling δ* is
scale / (likeness + softness) + shift. Alone the two terms are least at d = δ*/2, so answers that are nearly
the same stay near each other, and no reward runs away on them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity, logsigmoid

from lm.rendering import Rendered
from rewardmodels.learning.columns import PairColumns
from rewardmodels.learning.likelihoods.pairs import PairLikelihood
from rewardmodels.learning.settings.kinds import BradleyTerry


@dataclass(frozen=True)
class Ceilings:
    """δ* of every compared pair of candidates, found again by the pair."""

    keys: Tensor  # (pairs,) int64, ascending
    values: Tensor  # (pairs,) fp64
    candidates: int

    def of(self, pairs: PairColumns) -> Tensor:  # → (pairs,)
        return self.values[torch.searchsorted(self.keys, self._key(pairs))]

    def _key(self, pairs: PairColumns) -> Tensor:
        return pairs.first * self.candidates + pairs.second


class BoundedPairs(PairLikelihood):
    """Comparisons with a ceiling on each margin; ties have no preferred answer and so no ceiling."""

    def __init__(self, train: PairColumns, annotators: int, *, side_bias: bool, ceilings: Ceilings) -> None:
        super().__init__(train, annotators, side_bias=side_bias)
        self.ceilings = ceilings

    def forward(self, utilities: Tensor, columns: PairColumns) -> Tensor:
        margin = (utilities[columns.first] - utilities[columns.second]) * columns.outcome
        bound = logsigmoid(self.ceilings.of(columns) - margin)
        return super().forward(utilities, columns) + torch.where(columns.is_decided, bound, 0.0)


def ceilings(settings: BradleyTerry, pairs: PairColumns, texts: Sequence[Rendered], states: Tensor) -> Ceilings | None:
    """The ceilings of these comparisons, of texts as they were read; None where none were asked for."""
    if settings.margin == "none":
        return None
    keys = torch.unique(pairs.first * len(texts) + pairs.second)
    first, second = keys // len(texts), keys % len(texts)
    if settings.margin == "cosine":
        alike = by_state(states[first], states[second])
    else:
        answers = [text.ids[text.prompt_length :] for text in texts]
        both = zip(first.tolist(), second.tolist(), strict=True)
        alike = torch.tensor([by_length(answers[one], answers[other]) for one, other in both], dtype=torch.float64)
    return Ceilings(keys, ceiling(alike, settings), len(texts))


def ceiling(likeness: Tensor, settings: BradleyTerry) -> Tensor:  # (pairs,) in 0…1 → (pairs,)
    return settings.margin_scale / (likeness + settings.margin_softness) + settings.margin_offset


def by_length(first: Sequence[int], second: Sequence[int]) -> float:
    """Shorter over longer, in tokens from where the two part; two equal answers are as alike as can be."""
    shared = next((place for place, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), None)
    shared = min(len(first), len(second)) if shared is None else shared
    shorter, longer = sorted((len(first) - shared, len(second) - shared))
    return shorter / longer if longer else 1.0


def by_state(first: Tensor, second: Tensor) -> Tensor:  # (pairs, width) each → (pairs,) fp64
    """1 − angle / π of the frozen states, no further apart than at a right angle."""
    cosine = cosine_similarity(first.double(), second.double()).clamp(0.0, 1.0)
    return (math.pi - torch.arccos(cosine)) / math.pi
