"""What judgments teach a policy: columns that point at answers, of one kind a family of losses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from rewardmodels.learning.columns import AmountColumns, Rows
from rewardmodels.learning.evidence import Evidence, Unlearnable
from training.learning.direct import amounts
from training.learning.direct.settings.amounts import CardinalDpo, Odpo
from training.learning.direct.settings.common import Direct
from training.learning.direct.settings.pairs import Modpo
from training.learning.direct.settings.singles import Kto

POINTERS = ("chosen", "rejected", "answer", "mismatched")  # the columns that point at answers


@dataclass(frozen=True, eq=False)
class Pairs(Rows):
    """Which of two answers is better, each (pairs,)."""

    chosen: Tensor  # int64, index of an answer
    rejected: Tensor  # int64
    size: Tensor  # fp32 ≥ 0, by how much it is better; 0 where neither is, or nobody said
    is_sign_only: Tensor  # bool: which is better was said, and not by how much
    others: Tensor  # fp32, what the rewards of other objectives say of chosen less rejected, weighted
    cluster: Tensor  # int64


@dataclass(frozen=True, eq=False)
class Verdicts(Rows):
    """Single answers, each (answers,)."""

    answer: Tensor  # int64
    is_desirable: Tensor  # bool
    mismatched: Tensor  # int64, the same prompt with the next answer of the batch; the answer itself until it is known
    cluster: Tensor  # int64


@dataclass(frozen=True, eq=False)
class Lists(Rows):
    """Several answers to a prompt in order."""

    answer: Tensor  # (lists, most) int64; the first again where there are fewer
    worth: Tensor  # (lists, most) fp32 in 0 to 1: the share of the others that it was put above, ties half
    counts: Tensor  # (lists, most) bool
    cluster: Tensor  # (lists,) int64


@dataclass(frozen=True, eq=False)
class Answers(Rows):
    """Answers that are to become likelier, each (answers,) int64."""

    answer: Tensor
    cluster: Tensor


Scores = Mapping[str, Tensor]  # by reward model: the reward of each candidate, (candidates,)


@dataclass(frozen=True, eq=False)
class Source:
    """What lessons are taken from."""

    evidence: Evidence
    scores: Scores
    usual: amounts.Usual | None = None  # amounts that the training split holds, for losses from amounts


def of(own: Direct, source: Source, split: str) -> Rows:
    """The rows of a split that the loss learns from."""
    return MAKERS[own.kind](own, source, split)


def decided(source: Source, split: str) -> Pairs:
    """Every preference; ties teach nothing here."""
    said = source.evidence.pair_columns(split, with_orders=True)
    said = said.at(said.is_decided)
    first = said.outcome == 1
    none = torch.zeros(len(said))
    return Pairs(
        chosen=torch.where(first, said.first, said.second),
        rejected=torch.where(first, said.second, said.first),
        size=said.strength.float(),
        is_sign_only=none.bool(),
        others=none,
        cluster=said.cluster,
    )


def pairs(own: Direct, source: Source, split: str) -> Pairs:
    return decided(source, split)


def with_gaps(own: Direct, source: Source, split: str) -> Pairs:
    """Pairs whose gap is known and above 0."""
    assert isinstance(own, Odpo)
    if own.gap == "amount":
        found = of_amounts(source, split, "pooled")
        return found.at((found.size > 0) & ~found.is_sign_only)
    found = decided(source, split)
    if own.gap == "reward":
        reward = source.scores[own.reward]
        found = replace(found, size=reward[found.chosen] - reward[found.rejected])
    return found.at(found.size > 0)


def cardinal(own: Direct, source: Source, split: str) -> Pairs:
    """Amounts in units of the usual one; ties teach a regression and soft labels only."""
    assert isinstance(own, CardinalDpo)
    found = of_amounts(source, split, own.scales)
    sign_only = found.is_sign_only if own.zeros == "sign" else found.is_sign_only & found.size.isnan()
    found = replace(found, size=own.scale * found.size.nan_to_num(0.0), is_sign_only=sign_only)
    return found if own.form in {"regression", "soft_label"} else found.at((found.size > 0) | found.is_sign_only)


def of_amounts(source: Source, split: str, scales: str) -> Pairs:
    said = source.evidence.amount_columns(split)
    said = said.at(~said.is_alone)
    return priced(said, source.usual or amounts.usual(said), scales)


def priced(said: AmountColumns, usual: amounts.Usual, scales: str) -> Pairs:
    first = said.outcome >= 0  # where neither is better, either may be called chosen
    size = amounts.middle(said)
    return Pairs(
        chosen=torch.where(first, said.first, said.second),
        rejected=torch.where(first, said.second, said.first),
        size=(size / usual.scale(said.annotator, scales)).float(),
        is_sign_only=said.is_decided & ~(size > 0),
        others=torch.zeros(len(said)),
        cluster=said.cluster,
    )


def with_others(own: Direct, source: Source, split: str) -> Pairs:
    assert isinstance(own, Modpo)
    found = decided(source, split)
    others = torch.zeros(len(found))
    for name, weight in own.weights.items():
        others = others + weight * (source.scores[name][found.chosen] - source.scores[name][found.rejected])
    return replace(found, others=others)


def verdicts(own: Direct, source: Source, split: str) -> Verdicts:
    assert isinstance(own, Kto)
    said = source.evidence.verdict_columns(split)
    both = decided(source, split) if own.pairs else decided(source, split).at(slice(0))
    answer = torch.cat([said.candidate, both.chosen, both.rejected])
    good = [said.desirable.bool(), torch.ones(len(both), dtype=torch.bool), torch.zeros(len(both), dtype=torch.bool)]
    return Verdicts(answer, torch.cat(good), answer.clone(), torch.cat([said.cluster, both.cluster, both.cluster]))


def lists(own: Direct, source: Source, split: str) -> Lists:
    """Rankings, and pairs as rankings of two; those that are all ties teach nothing."""
    said = source.evidence.ranking_columns(split)
    pairs = source.evidence.pair_columns(split)
    pairs = pairs.at(pairs.is_decided)
    most = max(said.candidate.shape[1], 2)
    ranks = torch.stack([(pairs.outcome < 0).long(), (pairs.outcome > 0).long()], 1)
    both = torch.stack([pairs.first, pairs.second], 1)
    rank = torch.cat([widened(said.rank, most, -1), widened(ranks, most, -1)])
    answer = torch.cat([widened(said.candidate, most, 0), widened(both, most, 0)])
    counts = rank >= 0
    answer = torch.where(counts, answer, answer[:, :1])
    found = Lists(answer, worth(rank, counts), counts, torch.cat([said.cluster, pairs.cluster]))
    return found.at((found.worth.masked_fill(~counts, 0.5) != 0.5).any(dim=1))


def widened(columns: Tensor, most: int, value: int) -> Tensor:  # (rows, some) → (rows, most)
    filled = torch.full((len(columns), most), value, dtype=columns.dtype)
    filled[:, : columns.shape[1]] = columns
    return filled


def worth(rank: Tensor, counts: Tensor) -> Tensor:  # (lists, most), 0 is best → (lists, most) fp32
    """The share of the other answers that each was put above, ties half."""
    both = counts[:, :, None] & counts[:, None, :]
    above = (rank[:, :, None] < rank[:, None, :]).float() + 0.5 * (rank[:, :, None] == rank[:, None, :]).float()
    beaten = (above * both).sum(dim=2) - 0.5  # itself is among those that it ties with
    return torch.where(counts, beaten / (counts.sum(dim=1, keepdim=True) - 1).clamp(min=1), 0.0)


def liked(own: Direct, source: Source, split: str) -> Answers:
    """Each answer that somebody chose or found desirable, as often as that was said."""
    both, said = decided(source, split), source.evidence.verdict_columns(split)
    said = said.at(said.desirable == 1)
    ranked = source.evidence.ranking_columns(split, fewest=3)
    best = ranked.rank == 0
    cluster = ranked.cluster[:, None].expand_as(ranked.candidate)[best]
    return Answers(
        torch.cat([both.chosen, said.candidate, ranked.candidate[best]]),
        torch.cat([both.cluster, said.cluster, cluster]),
    )


MAKERS: dict[str, Callable[[Direct, Source, str], Rows]] = {
    "dpo": pairs,
    "ipo": pairs,
    "kto": verdicts,
    "odpo": with_gaps,
    "cardinal_dpo": cardinal,
    "simpo": pairs,
    "aot": pairs,
    "lipo": lists,
    "modpo": with_others,
    "sft": liked,
}


def answers(rows: Rows) -> Tensor:
    """(answers,) int64: those that the rows point at, each once, in order."""
    named = [one.name for one in fields(rows) if one.name in POINTERS]  # type: ignore[arg-type]
    return torch.unique(torch.cat([getattr(rows, name).flatten() for name in named]))


def left_out(own: Direct, evidence: Evidence) -> dict[str, int]:
    """What stands in the training split and teaches this loss nothing, by what it is."""
    found = {}
    if own.kind != "cardinal_dpo":
        found["ties"] = int((~evidence.pair_columns("train", with_orders=True).is_decided).sum())
    elif evidence.amounts:
        found["amounts of one answer"] = int(evidence.amount_columns("train").is_alone.sum())
    return {name: count for name, count in found.items() if count}


def check(own: Direct, rows: Rows) -> None:
    """Unlearnable, with the reason, where the training split teaches nothing."""
    kinds = " or ".join(own.evidence)
    if len(rows) == 0:
        raise Unlearnable(
            f"The training split holds nothing that {own.title} learns from: it needs judgments of the kind {kinds} in "
            "which something is preferred, and texts that fit into the length."
        )
    if torch.unique(rows.clusters).numel() < 2:
        raise Unlearnable("All judgments in the training split share one prompt: what holds elsewhere cannot be told.")
