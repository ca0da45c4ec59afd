"""Evidence as a past that can be replayed: what a rule may ask, and the random judgments that nobody chose."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from lm.families import Family
from rewardmodels.learning import assessment, bradley_terry
from rewardmodels.learning.bradley_terry import Lesson
from rewardmodels.learning.choosing import savings, shares
from rewardmodels.learning.choosing.replay import Past
from rewardmodels.learning.columns import PairColumns
from rewardmodels.learning.evidence import Evidence, Unlearnable
from rewardmodels.learning.held_out import numbers
from rewardmodels.learning.judgments import CHOSEN, RANDOM
from rewardmodels.learning.observing import NOBODY

FEWEST = 64  # judgments that a rule may ask


@dataclass(frozen=True)
class Wish:
    seed: int
    held_out: float  # share of the conversations by whose judgments orders are judged
    most: int = 4_000  # judgments that a rule may ask, drawn by key where there are more, which bounds the time


def of(evidence: Evidence, states: Tensor, family: Family, wish: Wish) -> Past:
    """A keyed share of the conversations is held out, and of them only what no rule chose judges the orders.

    Where a rule chose before, that is what was asked at random; where none ever did, all of it.
    """
    pool, held_out = parted(evidence, wish)
    lesson = Lesson(states, pool, len(evidence.annotators), family, wish.seed)
    decay, _ = bradley_terry.choose_decay(lesson, side_bias=False, observer=NOBODY)
    hidden = bradley_terry.start(lesson, pool, decay, side_bias=False).inputs(states)
    return Past(hidden, torch.tensor(evidence.prompt_of), pool, held_out, decay)


def parted(evidence: Evidence, wish: Wish) -> tuple[PairColumns, PairColumns]:
    """What a rule may ask, and what judges it; Unlearnable with the reason, where nothing can be told."""
    pairs = without_strengths(evidence.pair_columns())
    is_held = torch.tensor([shares.is_random(name, wish.held_out, wish.seed) for name in evidence.clusters])
    is_held = is_held[pairs.cluster] if len(pairs) else pairs.is_decided
    pool = drawn(evidence, pairs.at(pairs.is_decided & ~is_held), wish)
    held_out = pairs.at(is_held & pairs.is_decided & nobody_chose(evidence))
    check(pool, held_out)
    return pool, held_out


def drawn(evidence: Evidence, pool: PairColumns, wish: Wish) -> PairColumns:
    """At most so many, those of the lowest keyed hashes of what was said by whom: the first ones are the oldest."""
    if len(pool) <= wish.most:
        return pool
    lots = [shares.draw(str(name), wish.seed) for name in numbers(assessment.words(evidence, pool))]
    lowest = sorted(range(len(pool)), key=lots.__getitem__)[: wish.most]
    return pool.at(torch.tensor(sorted(lowest)))


def check(pool: PairColumns, held_out: PairColumns) -> None:
    """Unlearnable with the reason, where nothing can be told."""
    conversations = int(torch.unique(held_out.cluster).numel())
    if savings.too_few(len(held_out), conversations):
        raise Unlearnable(
            f"Too few random judgments to tell: {len(held_out)} decided comparisons of {conversations} conversations "
            f"that no rule chose are held out; {savings.FEWEST_JUDGMENTS} of {savings.FEWEST_CONVERSATIONS} are needed."
        )
    if len(pool) < FEWEST:
        raise Unlearnable(f"There are {len(pool)} decided comparisons to ask once more; {FEWEST} are needed.")


def nobody_chose(evidence: Evidence) -> Tensor:  # → (pairs,) bool
    sampling = [pair.sampling for pair in evidence.pairs]
    honest = {RANDOM} if RANDOM in sampling or CHOSEN in sampling else {""}
    return torch.tensor([one in honest for one in sampling], dtype=torch.bool)


def without_strengths(pairs: PairColumns) -> PairColumns:
    """As plain preferences; the side is left out."""
    none = torch.zeros_like(pairs.strength)
    return replace(pairs, strength=none, side=none)
