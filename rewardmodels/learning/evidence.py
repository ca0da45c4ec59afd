"""What people said, as numbers: candidates stand once, and each kind of judgment points at them by index.

A difference is u(first) − u(second) and higher is better. A mixture of kinds shares one list of candidates, so that one
pass over them serves every likelihood.
"""

from dataclasses import dataclass, field, fields
from typing import NamedTuple

import torch
from torch import Tensor

from lm.templates import Conversation

UNKNOWN = 0


class Unlearnable(ValueError):
    """A sentence that says why nothing can be learned from this evidence."""


class Candidate(NamedTuple):
    """One answer to one prompt."""

    prompt: Conversation
    response: str


class Pair(NamedTuple):
    """Two candidates of one prompt, compared by one annotator."""

    first: int
    second: int
    outcome: int  # 1: the first is preferred, -1: the second, 0: a tie
    strength: int = UNKNOWN  # 1 slightly, 2 clearly, 3 greatly
    side: int = UNKNOWN  # 1: the first was shown first, -1: the second was
    annotator: int = 0
    cluster: int = 0  # the conversation's root: what a bootstrap resamples
    split: str = "train"


@dataclass(frozen=True, eq=False)
class PairColumns:
    """Pairs as columns, each (pairs,)."""

    first: Tensor  # int64, index of a candidate
    second: Tensor  # int64
    outcome: Tensor  # int64 in -1, 0, 1
    strength: Tensor  # int64, 0 where unknown
    side: Tensor  # int64 in -1, 0, 1
    annotator: Tensor  # int64
    cluster: Tensor  # int64

    def __len__(self) -> int:
        return int(self.first.shape[0])

    def at(self, index: Tensor | slice) -> "PairColumns":  # (rows,) int64 or a (pairs,) bool mask
        return PairColumns(*(getattr(self, one.name)[index] for one in fields(self)))

    @property
    def is_decided(self) -> Tensor:
        return self.outcome != 0


@dataclass
class Evidence:
    """All that a snapshot says, in the order of its rows."""

    candidates: list[Candidate] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    annotators: list[str] = field(default_factory=list)  # pseudonyms
    clusters: list[str] = field(default_factory=list)  # first user turns, normalised
    unused: dict[str, int] = field(default_factory=dict)  # kind of judgment → rows that this evidence has no place for

    def pair_columns(self, split: str | None = None) -> PairColumns:
        chosen = [pair for pair in self.pairs if split is None or pair.split == split]
        names = [one.name for one in fields(PairColumns)]
        return PairColumns(
            *(torch.tensor([getattr(pair, name) for pair in chosen], dtype=torch.int64) for name in names)
        )


FEWEST_DECIDED = 8


def check_pairs(train: PairColumns) -> None:
    """Unlearnable with the reason, where pairs hold no preference that could be learned."""
    if len(train) == 0:
        raise Unlearnable("The training split holds no comparison of two answers. Freeze a snapshot that does.")
    decided = train.at(train.is_decided)
    if len(decided) == 0:
        raise Unlearnable(
            f"All {len(train)} comparisons in the training split are ties: nothing is preferred to learn."
        )
    if len(decided) < FEWEST_DECIDED:
        raise Unlearnable(
            f"The training split holds {len(decided)} decided comparisons; at least {FEWEST_DECIDED} are needed."
        )
    if torch.unique(decided.cluster).numel() < 2:
        raise Unlearnable(
            "All comparisons in the training split share one prompt: what holds elsewhere cannot be told."
        )
    shown = decided.outcome * decided.side
    if bool((shown == 1).all()) or bool((shown == -1).all()):
        side = "first" if shown[0] == 1 else "second"
        raise Unlearnable(
            f"Every one of the {len(decided)} decided comparisons prefers the answer that was shown {side}: "
            "quality and side cannot be told apart."
        )
