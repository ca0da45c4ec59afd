"""What the kinds that learn from more than comparisons make of public human judgments: one JSON line a figure.

    python -m benchmarks.reward_kinds --data FOLDER [--only mqm tulu ukp] [--folds 3] [--most 12000]

FOLDER is that of `benchmarks.reward_figures`. Linear heads on the packaged MiniLM by cross-validation over
conversations, near-duplicates as one: every judgment is foretold once, by a fit that saw nothing of its conversation.
`mqm` learns amounts in MQM points (cardinal); `tulu` comparisons with strengths and ties together with acceptability
as yes or no (joint), against each alone; `ukp` votes with and without annotators' reliability (joint). Of a source
with more judgments than --most, as many are taken by the hash of what was judged. Gains are paired, judgment by
judgment; intervals (95 %) resample conversations, and annotators where there are enough.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.public_judgments import SOURCES, acceptability
from benchmarks.reward_figures import SEED, encode, line
from lm import backbones
from lm.backbones import Backbone
from lm.names import Sources
from rewardmodels.learning import appraisal, bradley_terry, columns, duplicates, intervals, joint, keys, mixed, reading
from rewardmodels.learning.columns import Bag, Rows
from rewardmodels.learning.evidence import Evidence
from rewardmodels.learning.joint import Lesson
from rewardmodels.learning.mixed import Subject
from rewardmodels.learning.settings.common import Mixed
from rewardmodels.learning.settings.kinds import Cardinal, Joint

Line = dict[str, Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Way:
    """What is learned, from which kinds of columns (none: all that there are)."""

    name: str
    settings: Mixed
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Held:
    """Judgments of one kind, each foretold by a fit that did not see its conversation."""

    rows: Rows
    said: Floats  # (n,) log P with the utility
    nothing: Floats  # (n,) and with the same utility for all answers
    expected: Floats  # (n,) of amounts, in money; empty else
    cumulative: Tensor  # (n, 2) likewise


WAYS = {
    "mqm": [Way("cardinal", Cardinal()), Way("cardinal without reliability", Cardinal(reliability=False))],
    "tulu": [Way("joint", Joint()), Way("comparisons alone", Joint(), ("pairs",)),
             Way("yes or no alone", Joint(), ("verdicts",))],
    "ukp": [Way("joint", Joint()), Way("joint without reliability", Joint(reliability=False))],
}  # fmt: skip
ROWS: dict[str, Callable[[Path], Iterator[Line]]] = {
    **{name: SOURCES[name] for name in ("mqm", "ukp")},
    "tulu": lambda folder: chain(SOURCES["tulu"](folder), acceptability(folder)),
}


def sampled(evidence: Evidence, most: int) -> Evidence:
    """About so many judgments, all about the same answers together."""
    share = most / max(1, len(evidence))
    if share < 1:
        evidence.keep(lambda one: keys.number(SEED, "sample", tuple(one)[:2]) / 2**63 < share)
    return evidence


def divided(evidence: Evidence, folds: int) -> None:
    """Each judgment's split is the number of its fold."""
    fold = bradley_terry.folds(evidence.bag(), folds, keys.number(SEED, "kinds"))
    of = dict(zip(evidence.bag().clusters.tolist(), fold.tolist(), strict=True))
    for kind in columns.KINDS:
        said = getattr(evidence, kind)
        setattr(evidence, kind, [one._replace(split=str(of.get(one.cluster, 0))) for one in said])


def crossed(subject: Subject, states: Tensor, backbone: Backbone, way: Way, folds: int) -> dict[str, Held]:
    kinds = [kind for kind in subject.kinds if not way.kinds or kind in way.kinds]
    parts = [subject.evidence.bag(str(number), kinds, step=subject.step) for number in range(folds)]
    recipe = replace(subject.recipe, reliability=way.settings.reliability)
    found: dict[str, list[Held]] = {}
    for held, bag in enumerate(parts):
        train = columns.together(part for number, part in enumerate(parts) if number != held)
        fitted = joint.fit(way.settings, Lesson(states, train, recipe, backbone.family, SEED))
        for kind, rows in bag.kinds.items():
            found.setdefault(kind, []).append(foretold(fitted.likelihood.of(kind), fitted.head, states, rows))
    return {kind: pooled(several) for kind, several in found.items()}


@torch.no_grad()
def foretold(likelihood: Any, head: Any, states: Tensor, rows: Any) -> Held:
    utilities = head(states.double())
    nothing = torch.full_like(utilities, float(utilities.mean()))
    expected, cumulative = np.empty(0), torch.empty(0, 2)
    if isinstance(rows, columns.AmountColumns):
        expected = (likelihood.location(utilities, rows) * likelihood.money).numpy()
        cumulative = likelihood.cumulative(utilities, rows)
    return Held(rows, likelihood(utilities, rows).numpy(), likelihood(nothing, rows).numpy(), expected, cumulative)


def pooled(several: list[Held]) -> Held:
    rows = columns.joined([one.rows for one in several])
    said, nothing, expected = (np.concatenate([getattr(one, name) for one in several])
                               for name in ("said", "nothing", "expected"))  # fmt: skip
    return Held(rows, said, nothing, expected, torch.cat([one.cumulative for one in several]))


def resampler(rows: Rows) -> intervals.Resampler:
    how = intervals.ways(rows.cluster.numpy(), rows.annotator.numpy())
    return intervals.Resampler(how.arrays, keys.numpy_generator(SEED, "kinds"))


def figures(name: str, evidence: Evidence, states: Tensor, backbone: Backbone, folds: int) -> Iterator[Line]:
    ways = WAYS[name]
    subject = mixed.subject_of(evidence, ways[0].settings)
    found = {way.name: crossed(subject, states, backbone, way, folds) for way in ways}
    for name_of, kinds in found.items():
        for kind, held in kinds.items():
            yield from ({"way": name_of, "kind": kind, **one} for one in of_kind(held))
    first = found[ways[0].name]
    for way in ways[1:]:
        for kind, other in found[way.name].items():
            gain = first[kind].said - other.said
            what = f"gain of {ways[0].name} over {way.name}"
            yield {"kind": kind, **line(what, gain.mean(), resampler(other.rows).mean(gain), len(gain))}


def of_kind(held: Held) -> Iterator[Line]:
    again, n = resampler(held.rows), len(held.rows)
    gain = held.said - held.nothing
    yield line("log loss", -held.said.mean(), again.mean(-held.said), n)
    yield line("gain over one utility for all", gain.mean(), again.mean(gain), n)
    if isinstance(held.rows, columns.AmountColumns):
        yield from of_amounts(held, again)


def of_amounts(held: Held, again: intervals.Resampler) -> Iterator[Line]:
    """In points: what is expected against what was said, beside always saying the median."""
    rows: Any = held.rows
    amount = torch.where(rows.is_decided, rows.low * rows.outcome, torch.zeros_like(rows.low)).numpy()
    own, plain = np.abs(held.expected - amount), np.abs(amount - np.median(amount))
    n = len(amount)
    yield line("mean amount, whatever its sign", np.abs(amount).mean(), again.mean(np.abs(amount)), n)
    yield line("mean absolute error", own.mean(), again.mean(own), n)
    yield line("… less than of the median", (plain - own).mean(), again.mean(plain - own), n)
    ranks = appraisal.correlation(torch.from_numpy(held.expected), torch.from_numpy(amount)) or 0.0
    yield line("rank correlation of expected and said", ranks, again.correlation(held.expected, amount), n)
    inside = ((held.cumulative[:, 1] > 0.1) & (held.cumulative[:, 0] < 0.9)).double().numpy()
    yield line("amounts that reach into the middle 80 %", inside.mean(), again.mean(inside), n)
    shares = [round(share, 3) for share in appraisal.pit(held.cumulative).tolist()]
    yield {"figure": "PIT, a tenth each where the likelihood is right", "value": shares, "n": n}


def counted(bag: Bag) -> dict[str, int]:
    return {kind: len(rows) for kind, rows in bag.kinds.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder of public judgments")
    parser.add_argument("--only", nargs="+", choices=list(WAYS), default=list(WAYS))
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--most", type=int, default=12_000)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "touchstone-features")
    options = parser.parse_args()
    if not options.data.is_dir():
        print(f"There is no folder {options.data}.", file=sys.stderr)
        return 2
    backbone = backbones.load("builtin:minilm", Sources())
    for name in options.only:
        begun = time.process_time()
        evidence = sampled(reading.read(ROWS[name](options.data)), options.most)
        conversations = duplicates.join(evidence)
        divided(evidence, options.folds)
        states = encode(evidence, backbone, options.cache)
        print(json.dumps({"source": name, "conversations": conversations, "judgments": counted(evidence.bag()),
                          "annotators": len(evidence.annotators)}), flush=True)  # fmt: skip
        for one in figures(name, evidence, states, backbone, options.folds):
            print(json.dumps({"source": name, **one}, ensure_ascii=False), flush=True)
        print(json.dumps({"source": name, "processor_seconds": round(time.process_time() - begun)}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
