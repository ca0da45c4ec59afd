"""Judgments as columns of tensors, one type a kind, and a bag that holds any mixture of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Protocol, Self

import torch
from torch import Tensor


class Columns(Protocol):
    """What a likelihood takes: rows that can be counted and chosen from."""

    def __len__(self) -> int: ...

    def at(self, index: Tensor | slice) -> Self: ...

    @property
    def clusters(self) -> Tensor: ...


class Rows:
    """Columns that are fields of a dataclass, each with the rows first."""

    cluster: Tensor  # (rows,) int64
    annotator: Tensor  # (rows,) int64

    def __len__(self) -> int:
        return len(self.cluster)

    def at(self, index: Tensor | slice) -> Self:  # (rows,) int64 or a bool mask
        return type(self)(*(getattr(self, one.name)[index] for one in fields(self)))  # type: ignore[arg-type]

    @property
    def clusters(self) -> Tensor:
        return self.cluster


@dataclass(frozen=True, eq=False)
class PairColumns(Rows):
    """Pairs as columns, each (pairs,)."""

    first: Tensor  # int64, index of a candidate
    second: Tensor  # int64
    outcome: Tensor  # int64 in -1, 0, 1
    strength: Tensor  # int64, 0 where unknown
    side: Tensor  # int64 in -1, 0, 1
    annotator: Tensor  # int64
    cluster: Tensor  # int64

    @property
    def is_decided(self) -> Tensor:
        return self.outcome != 0


@dataclass(frozen=True, eq=False)
class AmountColumns(Rows):
    """Amounts as columns, each (amounts,)."""

    first: Tensor  # int64
    second: Tensor  # int64; the first again where one answer was valued alone
    outcome: Tensor  # int64 in -1, 0, 1; 1 where alone
    low: Tensor  # fp64 ≥ 0, what was said, in the currency
    high: Tensor  # fp64, infinite where the list of prices was open above
    step: Tensor  # fp64, the step to which a said amount was rounded; 0 where prices were asked
    question: Tensor  # int64
    side: Tensor  # int64 in -1, 0, 1
    prompt: Tensor  # int64
    annotator: Tensor  # int64
    cluster: Tensor  # int64

    @property
    def is_zero(self) -> Tensor:
        """Nothing would be paid; a list that says yes only above a no is open from 0 on, and pays."""
        return (self.low == 0) & (self.high < torch.inf)

    @property
    def is_alone(self) -> Tensor:
        return self.first == self.second

    @property
    def is_decided(self) -> Tensor:
        return self.outcome != 0


@dataclass(frozen=True, eq=False)
class VerdictColumns(Rows):
    """Verdicts as columns, each (verdicts,) int64."""

    candidate: Tensor
    desirable: Tensor  # 1 or 0
    prompt: Tensor
    annotator: Tensor
    cluster: Tensor


@dataclass(frozen=True, eq=False)
class RankingColumns(Rows):
    """Rankings as columns."""

    candidate: Tensor  # (rankings, most) int64; the first candidate again where there are fewer
    rank: Tensor  # (rankings, most) int64, 0 is best, -1 where there is no candidate
    annotator: Tensor  # (rankings,) int64
    cluster: Tensor  # (rankings,) int64

    @property
    def counts(self) -> Tensor:  # (rankings, most) bool
        return self.rank >= 0


@dataclass(frozen=True, eq=False)
class RatingColumns(Rows):
    """Marks as columns, each (ratings,) int64."""

    candidate: Tensor
    aspect: Tensor
    mark: Tensor  # from 1
    prompt: Tensor
    annotator: Tensor
    cluster: Tensor


KINDS = ("pairs", "amounts", "verdicts", "rankings", "ratings")


@dataclass(frozen=True, eq=False)
class Bag:
    """A mixture: columns by kind, their rows numbered through in the order of the kinds."""

    kinds: dict[str, Rows]  # only kinds that have rows

    def __len__(self) -> int:
        return sum(len(rows) for rows in self.kinds.values())

    def at(self, index: Tensor | slice) -> Self:
        chosen = torch.arange(len(self))[index]
        found, start = {}, 0
        for name, rows in self.kinds.items():
            inside = chosen[(chosen >= start) & (chosen < start + len(rows))] - start
            if len(inside):
                found[name] = rows.at(inside)
            start += len(rows)
        return type(self)(found)

    @property
    def clusters(self) -> Tensor:  # (rows,) int64
        empty = torch.zeros(0, dtype=torch.int64)
        return torch.cat([empty, *(rows.cluster for rows in self.kinds.values())])

    def moved(self, by: int) -> Self:
        """The same judgments about candidates that stand `by` places further on."""
        return type(self)({kind: moved(rows, by) for kind, rows in self.kinds.items()})

    def candidates(self) -> Tensor:
        """The candidates that are judged, each once, in order."""
        return torch.unique(torch.cat([*(found for rows in self.kinds.values() for found in judged(rows))]))


POINTERS = ("first", "second", "candidate")  # the columns that point at candidates


def judged(rows: Rows) -> Iterator[Tensor]:
    """The columns that point at candidates, flat."""
    for one in fields(rows):  # type: ignore[arg-type]
        if one.name in POINTERS:
            yield getattr(rows, one.name).flatten()


def moved(rows: Rows, by: int) -> Rows:
    names = [one.name for one in fields(rows) if one.name in POINTERS]  # type: ignore[arg-type]
    return replace(rows, **{name: getattr(rows, name) + by for name in names})  # type: ignore[type-var]


def together(bags: Iterable[Bag]) -> Bag:
    """One bag with the judgments of all."""
    parts = list(bags)
    kinds = [kind for kind in KINDS if any(kind in bag.kinds for bag in parts)]
    return Bag({kind: joined([bag.kinds[kind] for bag in parts if kind in bag.kinds]) for kind in kinds})


def joined(parts: list[Rows]) -> Rows:
    names = [one.name for one in fields(parts[0])]  # type: ignore[arg-type]
    return type(parts[0])(*(torch.cat([getattr(part, name) for part in parts]) for name in names))
