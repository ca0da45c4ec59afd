"""What reward models reach on public human judgments, beside what much simpler rules reach on the same ones.

    python -m benchmarks.reward_figures --data FOLDER [--only hh_helpful hh_harmless tulu ukp mqm] [--folds 5]

FOLDER holds one folder a source (hh_rlhf, tulu_human_eval, ukp_convarg1, wmt_mqm) as docs/methods/figures.md describes
them; it is read and never copied. A linear head on the packaged MiniLM, by cross-validation over conversations, with
near-duplicates as one: every judgment is predicted once, by a model that saw nothing like it. Features are kept in
--cache. Prints one JSON line a figure: source, figure, value, low, high, n.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.stats import spearmanr
from sklearn.linear_model import Ridge
from torch import Tensor

from benchmarks.public_judgments import SOURCES
from lm import backbones, features
from lm.backbones import Backbone
from lm.names import Sources
from lm.rendering import Renderer
from rewardmodels.learning import assessment, bradley_terry, duplicates, evaluation, intervals, keys, reading, texts
from rewardmodels.learning.bradley_terry import Lesson
from rewardmodels.learning.evaluation import Decided
from rewardmodels.learning.evidence import Evidence
from rewardmodels.learning.settings.kinds import BradleyTerry

MAX_LENGTH = 256
SEED = 0
ALPHAS = (10.0, 100.0, 1_000.0, 10_000.0, 100_000.0)
Line = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder of public judgments")
    parser.add_argument("--only", nargs="+", choices=SOURCES, default=list(SOURCES))
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "touchstone-features")
    options = parser.parse_args()
    if not options.data.is_dir():
        print(f"There is no folder {options.data}.", file=sys.stderr)
        return 2
    backbone, absent = backbones.load("builtin:minilm", Sources()), False
    for name in options.only:
        begun = time.process_time()
        try:
            evidence = reading.read(SOURCES[name](options.data))
        except FileNotFoundError as error:
            print(f"{name}: {error.filename} is not there, so its figures are left out.", file=sys.stderr)
            absent = True
            continue
        for line in figures(evidence, encode(evidence, backbone, options.cache), backbone, options.folds):
            print(json.dumps({"source": name, **line}, ensure_ascii=False), flush=True)
        print(
            json.dumps({"source": name, "figure": "seconds of processor", "value": round(time.process_time() - begun)})
        )
    return 2 if absent else 0


def encode(evidence: Evidence, backbone: Backbone, cache: Path) -> Tensor:
    renderer = Renderer(backbone.tokenizer, backbone.template, MAX_LENGTH, MAX_LENGTH // 2)
    rendered, _ = texts.render(renderer, evidence.candidates)
    return torch.from_numpy(features.compute(backbone, rendered, cache))


@dataclass(frozen=True)
class Crossed:
    """Every decided comparison as a model sees it that did not learn from its conversation."""

    decided: Decided
    ties: int


def crossed(evidence: Evidence, states: Tensor, backbone: Backbone, folds: int) -> Crossed:
    """Each fold is held out once, and the next one is what calibrates."""
    fold = bradley_terry.folds(evidence.pair_columns(), folds, keys.number(SEED, "figures")).tolist()
    every = evidence.pairs
    parts = []
    for held in range(folds):
        split = {held: "test", (held + 1) % folds: "validation"}
        evidence.pairs = [pair._replace(split=split.get(own, "train")) for pair, own in zip(every, fold, strict=True)]
        train = evidence.pair_columns("train")
        lesson = Lesson(states, train, len(evidence.annotators), backbone.family, SEED)
        fitted = bradley_terry.fit(BradleyTerry(), lesson)
        with torch.no_grad():
            utilities = fitted.head.float()(states)
        judge, _ = assessment.judge(evidence, utilities, fitted.likelihood.link.cuts().detach(), SEED)
        parts.append(evaluation.decided(utilities, evidence.pair_columns("test"), judge))
    evidence.pairs = every
    return Crossed(evaluation.pooled(parts), sum(pair.outcome == 0 for pair in every))


def figures(evidence: Evidence, states: Tensor, backbone: Backbone, folds: int) -> Iterator[Line]:
    roots = len(evidence.clusters)
    joined = duplicates.join(evidence)
    yield {"figure": "conversations", "value": roots, "n": len(evidence.pairs)}
    yield {"figure": "… near-duplicates as one", "value": joined}
    found = crossed(evidence, states, backbone, folds)
    told = evaluation.describe(found.decided, SEED, "test")
    n = len(found.decided.margin)
    yield {"figure": "tied judgments", "value": found.ties, "n": len(evidence.pairs)}
    yield line("accuracy", told["accuracy"], told["intervals"]["accuracy"], n)
    yield line("AUC", told["auc"], None, n)
    yield from agreement(told["agreement"])
    if told["length_matched"]:
        matched = told["length_matched"]
        yield line("accuracy with length matched", matched["accuracy"], matched["interval"], round(matched["n"]))
    after = told["calibrated"]
    yield line("log loss", after["log_loss"], after["intervals"]["log_loss"], n)
    yield line("Brier score", after["brier"], after["intervals"]["brier"], n)
    yield line("calibration error; low and high: a perfect model's", after["ece"], after["ece_band"], n)
    slope = told["slope"]
    yield line("slope of calibration", slope["estimate"], [slope["low"], slope["high"]], n)
    for name, rule in told["baselines"].items():
        yield line(f"accuracy of {name}", rule["accuracy"], None, n)
        yield line(f"log loss of {name}", rule["log_loss"], None, n)
        for gain in ("accuracy_gain", "log_loss_gain"):
            yield line(f"{gain.replace('_', ' ')} over {name}", rule[gain]["estimate"], rule[gain]["interval"], n)
    yield from valued(evidence, states, folds)
    for what, by in told["correlations"].items():
        for whose, one in by.items():
            if one is not None:
                yield line(f"rank correlation of {whose} with {what}", one["estimate"], one["interval"], n)


def valued(evidence: Evidence, states: Tensor, folds: int) -> Iterator[Line]:
    """Signed amounts, predicted in their own unit by least squares on differences of states, beside predicting none."""
    said = evidence.amount_columns()
    if not len(said):
        return
    amount = (said.outcome * said.low).numpy()
    rows = (states[said.first] - states[said.second]).double().numpy()
    rows /= rows.std(0) + 1e-6
    fold = bradley_terry.folds(said, folds, keys.number(SEED, "figures")).numpy()
    found = np.zeros(len(amount))
    for held in range(folds):
        own, next_one = fold == held, fold == (held + 1) % folds
        kept = ~(own | next_one)
        models = [Ridge(alpha=alpha, fit_intercept=False).fit(rows[kept], amount[kept]) for alpha in ALPHAS]
        errors = [np.abs(model.predict(rows[next_one]) - amount[next_one]).mean() for model in models]
        found[own] = models[int(np.argmin(errors))].predict(rows[own])
    how = intervals.ways(said.cluster.numpy(), said.annotator.numpy())
    again = intervals.Resampler(how.arrays, keys.numpy_generator(SEED, "amounts"))
    unit, n = evidence.questions[0].currency, len(amount)
    own, none = np.abs(found - amount), np.abs(amount)
    yield line(f"mean amount, whatever its sign, in {unit} points", none.mean(), again.mean(none), n)
    yield line(f"mean absolute error in {unit} points", own.mean(), again.mean(own), n)
    yield line("… and how much less than of predicting no difference", (none - own).mean(), again.mean(none - own), n)
    squares = amount**2 - (found - amount) ** 2
    share = squares.sum() / (amount**2).sum()
    yield line("share of squared amounts explained", share, intervals.middle(again.ratios(squares, amount**2)), n)
    ranks = spearmanr(found, amount).statistic
    yield line("rank correlation of predicted with said amounts", ranks, again.correlation(found, amount), n)


def agreement(told: Line) -> Iterator[Line]:
    if told["overlapping"]:
        yield line("ceiling of attainable accuracy", told["ceiling"], None, told["overlapping"])
        interval = told["with_another_interval"]
        yield line("agreement with another person's vote", told["with_another"], interval, told["overlapping"])


def line(figure: str, value: float, interval: Sequence[float] | None, n: int) -> Line:
    low, high = interval or (None, None)
    shown = [None if number is None else round(float(number), 4) for number in (value, low, high)]
    return {"figure": figure, "value": shown[0], "low": shown[1], "high": shown[2], "n": n}


if __name__ == "__main__":
    sys.exit(main())
