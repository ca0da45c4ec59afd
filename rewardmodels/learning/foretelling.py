"""What a fit of several kinds foretold of held-out judgments, under names that hold in every snapshot.

Comparisons are kept apart (`assessment`): every model foretells them, whatever it learned from.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rewardmodels.learning import assessment, held_out
from rewardmodels.learning.columns import AmountColumns, Bag, RankingColumns, RatingColumns, VerdictColumns
from rewardmodels.learning.evidence import Evidence
from rewardmodels.learning.held_out import Foretold
from rewardmodels.learning.likelihoods.likelihood import Mixture

Words = list[tuple[object, ...]]


@torch.no_grad()
def foretold(evidence: Evidence, likelihood: Mixture, utilities: Tensor, bag: Bag) -> dict[str, Foretold]:
    """By kind, of those that are no comparisons; utilities (candidates,) fp64."""
    found = {}
    for kind, rows in bag.kinds.items():
        if kind in WORDS:
            who = [evidence.annotators[place] for place in rows.annotator.tolist()]
            said = [(kind, *words, name) for words, name in zip(WORDS[kind](evidence, rows), who, strict=True)]
            found[kind] = Foretold(
                key=held_out.numbers(said),
                cluster=assessment.named(evidence.clusters, rows.cluster),
                annotator=assessment.named(evidence.annotators, rows.annotator),
                log_loss=-likelihood.of(kind)(utilities, rows).numpy().astype(np.float64),
            )
    return found


def answer(evidence: Evidence, place: int) -> tuple[object, ...]:
    one = evidence.candidates[place]
    return list(one.prompt), one.response


def of_amounts(evidence: Evidence, rows: AmountColumns) -> Words:
    """With the rounding step: of a wider interval, more is foretold."""
    names = ("first", "second", "outcome", "low", "high", "step")
    return [
        (*answer(evidence, first), *answer(evidence, second), outcome, low, str(high), step)
        for first, second, outcome, low, high, step in zip(
            *(getattr(rows, name).tolist() for name in names), strict=True
        )
    ]


def of_verdicts(evidence: Evidence, rows: VerdictColumns) -> Words:
    both = zip(rows.candidate.tolist(), rows.desirable.tolist(), strict=True)
    return [(*answer(evidence, place), said) for place, said in both]


def of_rankings(evidence: Evidence, rows: RankingColumns) -> Words:
    """Whatever the order in which the answers stand."""
    found: Words = []
    for places, ranks in zip(rows.candidate.tolist(), rows.rank.tolist(), strict=True):
        ranked = sorted((evidence.candidates[one].response, rank) for one, rank in zip(places, ranks, strict=True)
                        if rank >= 0)  # fmt: skip
        found.append((list(evidence.candidates[places[0]].prompt), ranked))
    return found


def of_ratings(evidence: Evidence, rows: RatingColumns) -> Words:
    names = zip(rows.candidate.tolist(), rows.aspect.tolist(), rows.mark.tolist(), strict=True)
    return [(*answer(evidence, place), evidence.aspects[aspect], mark) for place, aspect, mark in names]


WORDS: dict[str, Callable[[Evidence, Any], Words]] = {
    "amounts": of_amounts,
    "verdicts": of_verdicts,
    "rankings": of_rankings,
    "ratings": of_ratings,
}
