"""How many judgments an order of the questions saves, by asking public human judgments once more.

    python -m benchmarks.choosing --data FOLDER [--only noisy_world hh_harmless hh_helpful tulu] [--seeds 3]

FOLDER holds one folder a source as for `benchmarks.reward_figures`; it is read and never copied. The packaged MiniLM is
frozen, and a linear head is fitted anew at each size. A third of the conversations, drawn by a keyed hash, is held out;
what a rule may ask comes from the others. `noisy_world` needs no data: half of its pairs are answered by a coin.
Prints one JSON line a rule: source, rule, judgments needed to the log loss (`mark`) at which a random order has 95 %
of what half of all judgments bring, the share saved and its 95 % interval over seeds and conversations, and the gain in
log loss at half.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from benchmarks.public_judgments import SOURCES
from benchmarks.reward_figures import encode
from lm import backbones
from lm.backbones import Backbone
from lm.names import Sources
from rewardmodels.learning import duplicates, reading
from rewardmodels.learning.choosing import noisy_world, pasts, replay, savings
from rewardmodels.learning.choosing.replay import Past
from rewardmodels.learning.choosing.rules import RULES
from rewardmodels.learning.evidence import Unlearnable

SEED = 0
HELD_OUT = 1 / 3
MOST = 1_600  # judgments that a rule may ask: the first so many
NAMES = ("noisy_world", "hh_harmless", "hh_helpful", "tulu")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder of public judgments")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rules", nargs="+", choices=RULES, default=list(RULES))
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "touchstone-features")
    options = parser.parse_args()
    if not options.data.is_dir():
        print(f"There is no folder {options.data}.", file=sys.stderr)
        return 2
    backbone, absent = backbones.load("builtin:minilm", Sources()), False
    for name in options.only:
        begun = time.process_time()
        try:
            past = read(name, options.data, backbone, options.cache)
        except (FileNotFoundError, Unlearnable) as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
            absent = True
            continue
        for line in figures(past, options.rules, options.seeds):
            print(json.dumps({"source": name, **line}, ensure_ascii=False), flush=True)
        seconds = round(time.process_time() - begun)
        print(json.dumps({"source": name, "seconds of processor": seconds}), flush=True)
    return 2 if absent else 0


def read(name: str, data: Path, backbone: Backbone, cache: Path) -> Past:
    if name == "noisy_world":
        return noisy_world.draw(1_200, 600, SEED).past
    evidence = reading.read(SOURCES[name](data))
    duplicates.join(evidence)
    states = encode(evidence, backbone, cache)
    return pasts.of(evidence, states, backbone.family, pasts.Wish(SEED, HELD_OUT, most=MOST))


def figures(past: Past, rules: list[str], seeds: int) -> Iterator[dict[str, Any]]:
    courses = replay.run(past, rules, range(seeds), lambda share: None)
    found = savings.describe(courses, past.held_out.cluster.numpy(), SEED)
    for one in found:
        yield {
            "rule": one["rule"],
            "pool": len(past.pool),
            "held_out": len(past.held_out),
            "conversations": int(torch.unique(past.held_out.cluster).numel()),
            "mark": round(one["mark"], 4),
            "needed": round(one["needed"]),
            "of_random": round(one["of_random"]),
            "saved": round(one["saved"], 3),
            "interval": [round(edge, 3) for edge in one["interval"]],
            "gain_at_half": round(one["gain_at_half"], 4),
            "gain_interval": [round(edge, 4) for edge in one["gain_interval"]],
            "alike": round(one["alike"], 2),
            "log_loss": [round(value, 4) for value in one["log_loss"]],
            "sizes": one["sizes"],
        }


if __name__ == "__main__":
    sys.exit(main())
