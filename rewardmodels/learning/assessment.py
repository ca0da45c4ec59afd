"""The figures of a reward model, whatever it is made of: its utilities of all candidates are all that is needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rewardmodels.learning import calibration, evaluation, groupings, held_out, rules
from rewardmodels.learning.calibration import Calibration
from rewardmodels.learning.columns import PairColumns
from rewardmodels.learning.evaluation import Judge
from rewardmodels.learning.evidence import Evidence
from rewardmodels.learning.held_out import HeldOut

FIRST_SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Assessment:
    metrics: dict[str, dict[str, Any]]  # by split; `seen` counts judgments of which training holds a near-duplicate
    calibration: Calibration
    held_out: dict[str, HeldOut]  # by split, for comparisons with other models


def judge(
    evidence: Evidence, utilities: Tensor, cuts: Tensor, seed: int, frozen: Tensor | None = None
) -> tuple[Judge, Calibration]:
    """A temperature and simple rules, both from training and validation alone."""
    train, held = evidence.pair_columns("train"), evidence.pair_columns("validation")
    tempered = calibration.fit((utilities[held.first] - utilities[held.second]).double(), held, cuts)
    texts = [candidate.response for candidate in evidence.candidates]
    lengths = torch.tensor([float(len(text)) for text in texts])
    simple = rules.learn(texts, train, held, seed, frozen)
    return Judge(cuts, tempered.temperature, lengths, simple, seed), tempered


def assess(evidence: Evidence, utilities: Tensor, cuts: Tensor, seed: int, frozen: Tensor | None = None) -> Assessment:
    """Calibrated on validation, evaluated on every split.

    utilities (candidates,) fp32 as the saved folder gives them, cuts (levels,) of the link for ties and strengths;
    `frozen` are those of a linear head on the frozen backbone, where the model is not that.
    """
    judged, tempered = judge(evidence, utilities, cuts, seed, frozen)
    grouper = groupings.grouper(evidence)
    learned = torch.tensor(sorted(grouper.learned), dtype=torch.int64)
    found, rows = {}, {}
    for split in splits_of(evidence):
        pairs, is_held_out = evidence.pair_columns(split), split != "train"
        if not len(pairs):
            continue
        parts = grouper.of(split) if is_held_out else []
        found[split] = evaluation.evaluate(utilities, pairs, judged, split, parts)
        if is_held_out and found[split]["decided"]:
            found[split]["seen"] = int(torch.isin(pairs.cluster, learned).sum())
            rows[split] = remembered(evidence, evaluation.decided(utilities, pairs, judged))
    return Assessment(found, tempered, rows)


def splits_of(evidence: Evidence) -> list[str]:
    """The usual splits, then whatever else the snapshot names."""
    others = {pair.split for pair in evidence.pairs} - set(FIRST_SPLITS)
    return [*FIRST_SPLITS, *sorted(others)]


def remembered(evidence: Evidence, decided: evaluation.Decided) -> HeldOut:
    """What was said of each decided comparison, under names that hold in every snapshot."""
    kept = decided.pairs
    clusters = named(evidence.clusters, kept.cluster)
    annotators = named(evidence.annotators, kept.annotator)
    return HeldOut(
        key=held_out.numbers(words(evidence, kept)),
        cluster=clusters,
        annotator=annotators,
        margin=decided.margin,
        probability=decided.calibrated,
        length_ratio=decided.length_ratio,
    )


def named(names: Sequence[str], places: Tensor) -> Any:
    known = {place: held_out.number(names[place]) for place in set(places.tolist())}
    return np.array([known[place] for place in places.tolist()], dtype=np.int64)


def words(evidence: Evidence, pairs: PairColumns) -> list[tuple[object, ...]]:
    """Prompt, preferred answer, other answer, annotator."""
    found: list[tuple[object, ...]] = []
    for first, second, outcome, annotator in zip(
        pairs.first.tolist(), pairs.second.tolist(), pairs.outcome.tolist(), pairs.annotator.tolist(), strict=True
    ):
        one, other = (evidence.candidates[place] for place in ((first, second) if outcome > 0 else (second, first)))
        found.append((list(one.prompt), one.response, other.response, evidence.annotators[annotator]))
    return found
