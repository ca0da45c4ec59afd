"""What people said, as numbers: candidates stand once, and each kind of judgment points at them by index.

A mixture of kinds shares one list of candidates, so that one pass over them serves every likelihood.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import torch
from torch import Tensor

from rewardmodels.learning.columns import (
    KINDS,
    AmountColumns,
    Bag,
    PairColumns,
    RankingColumns,
    RatingColumns,
    Rows,
    VerdictColumns,
)
from rewardmodels.learning.judgments import (
    ALONE,
    Amount,
    Candidate,
    Judgment,
    Pair,
    Question,
    Ranking,
    Rating,
    Verdict,
)

Said = TypeVar("Said", bound=Judgment)
FINEST = 1_000_000  # amounts have at most six digits after the point


class Unlearnable(ValueError):
    """A sentence that says why nothing can be learned from this evidence."""


@dataclass
class Evidence:
    """All that a snapshot says, in the order of its rows."""

    candidates: list[Candidate] = field(default_factory=list)
    prompt_of: list[int] = field(default_factory=list)  # of each candidate; equal numbers share a prompt
    sources: list[str] = field(default_factory=list)  # who answered, of each candidate; empty where it is not known
    pairs: list[Pair] = field(default_factory=list)  # preferences, those of amounts included
    amounts: list[Amount] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    rankings: list[Ranking] = field(default_factory=list)
    ratings: list[Rating] = field(default_factory=list)
    annotators: list[str] = field(default_factory=list)  # pseudonyms
    groups: dict[int, list[str]] = field(default_factory=dict)  # annotator → names of the groups it was in
    clusters: list[str] = field(default_factory=list)  # first user turns, normalised
    questions: list[Question] = field(default_factory=list)  # how money was asked for
    aspects: list[str] = field(default_factory=list)  # what was rated
    rows: dict[str, int] = field(default_factory=dict)  # kind of judgment → rows that were read
    unused: dict[str, int] = field(default_factory=dict)  # kind of judgment → rows that were not asked for

    def judgments(self) -> Iterable[Judgment]:
        for kind in KINDS:
            yield from getattr(self, kind)

    def splits(self) -> set[str]:
        return {said.split for said in self.judgments()}

    def __len__(self) -> int:
        """How many judgments there are; a preference with an amount is one."""
        return sum(len(getattr(self, kind)) for kind in KINDS) - sum(pair.has_amount for pair in self.pairs)

    def keep(self, is_kept: Callable[[Judgment], bool]) -> None:
        """Leave out every judgment that is not to be kept."""
        for kind in KINDS:
            setattr(self, kind, [said for said in getattr(self, kind) if is_kept(said)])

    def unused_by(self, kinds: Sequence[str]) -> dict[str, int]:
        """Rows that a model of these kinds of judgment does not learn from, by kind."""
        others = {kind: n for kind, n in self.rows.items() if kind not in kinds}
        return dict(sorted({**self.unused, **others}.items()))

    def pair_columns(
        self, split: str | None = None, *, with_amounts: bool = True, with_orders: bool = False
    ) -> PairColumns:
        """Preferences; without those whose amount is used too, which would count one answer twice."""
        chosen = [pair for pair in of(self.pairs, split) if with_amounts or not pair.has_amount]
        if with_orders:
            chosen += [as_pair(said) for said in of(self.rankings, split) if len(said.candidates) == 2]
        names = ("first", "second", "outcome", "strength", "side", "annotator", "cluster")
        return PairColumns(*(whole([getattr(pair, name) for pair in chosen]) for name in names))

    def amount_columns(self, split: str | None = None, *, step: float | None = None) -> AmountColumns:
        """Amounts; `step` is what said amounts were rounded to, found by `steps` where it is not given."""
        chosen, found = of(self.amounts, split), self.steps()
        steps = [0.0 if said.is_listed else step or found[said.question] for said in chosen]
        return AmountColumns(
            first=whole([said.first for said in chosen]),
            second=whole([said.first if said.second == ALONE else said.second for said in chosen]),
            outcome=whole([said.outcome for said in chosen]),
            low=real([said.low for said in chosen]),
            high=real([said.high for said in chosen]),
            step=real(steps),
            question=whole([said.question for said in chosen]),
            side=whole([said.side for said in chosen]),
            prompt=whole([self.prompt_of[said.first] for said in chosen]),
            annotator=whole([said.annotator for said in chosen]),
            cluster=whole([said.cluster for said in chosen]),
        )

    def steps(self) -> list[float]:
        """By question, the greatest step of which every amount said is a multiple; 1 where nothing but 0 was said."""
        found = [0] * len(self.questions)
        for said in self.amounts:
            if not said.is_listed:
                found[said.question] = math.gcd(found[said.question], round(said.low * FINEST))
        return [step / FINEST if step else 1.0 for step in found]

    def verdict_columns(self, split: str | None = None) -> VerdictColumns:
        chosen = of(self.verdicts, split)
        return VerdictColumns(
            candidate=whole([said.candidate for said in chosen]),
            desirable=whole([int(said.is_desirable) for said in chosen]),
            prompt=whole([self.prompt_of[said.candidate] for said in chosen]),
            annotator=whole([said.annotator for said in chosen]),
            cluster=whole([said.cluster for said in chosen]),
        )

    def ranking_columns(self, split: str | None = None, *, fewest: int = 2) -> RankingColumns:
        chosen = [said for said in of(self.rankings, split) if len(said.candidates) >= fewest]
        most = max((len(said.candidates) for said in self.rankings), default=0)
        padded = [(*said.candidates, *[said.candidates[0]] * (most - len(said.candidates))) for said in chosen]
        ranks = [(*said.ranks, *[-1] * (most - len(said.ranks))) for said in chosen]
        return RankingColumns(
            candidate=whole(padded).reshape(len(chosen), most),
            rank=whole(ranks).reshape(len(chosen), most),
            annotator=whole([said.annotator for said in chosen]),
            cluster=whole([said.cluster for said in chosen]),
        )

    def rating_columns(self, split: str | None = None) -> RatingColumns:
        chosen = of(self.ratings, split)
        return RatingColumns(
            candidate=whole([said.candidate for said in chosen]),
            aspect=whole([said.aspect for said in chosen]),
            mark=whole([said.mark for said in chosen]),
            prompt=whole([self.prompt_of[said.candidate] for said in chosen]),
            annotator=whole([said.annotator for said in chosen]),
            cluster=whole([said.cluster for said in chosen]),
        )

    def bag(self, split: str | None = None, kinds: Sequence[str] = KINDS, *, step: float | None = None) -> Bag:
        """The columns of these kinds; a preference whose amount is among them stands there alone.

        Where comparisons are learned from, an order of two answers is one.
        """
        both = "pairs" in kinds and "rankings" in kinds
        made: dict[str, Callable[[], Rows]] = {
            "pairs": lambda: self.pair_columns(split, with_amounts="amounts" not in kinds, with_orders=both),
            "amounts": lambda: self.amount_columns(split, step=step),
            "verdicts": lambda: self.verdict_columns(split),
            "rankings": lambda: self.ranking_columns(split, fewest=3 if both else 2),
            "ratings": lambda: self.rating_columns(split),
        }
        columns = {kind: made[kind]() for kind in KINDS if kind in kinds}
        return Bag({kind: rows for kind, rows in columns.items() if len(rows)})


def of(judgments: Sequence[Said], split: str | None) -> list[Said]:
    return [said for said in judgments if split is None or said.split == split]


def as_pair(said: Ranking) -> Pair:
    """An order of two answers as the comparison that it is."""
    (first, second), (one, other) = said.candidates, said.ranks
    outcome = (one < other) - (one > other)
    return Pair(
        first, second, outcome, annotator=said.annotator, cluster=said.cluster, split=said.split, has_amount=False
    )


def whole(values: Sequence[object]) -> Tensor:
    return torch.tensor(values, dtype=torch.int64)


def real(values: Sequence[float]) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


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
