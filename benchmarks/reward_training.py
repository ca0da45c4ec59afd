"""Ours and TRL's RewardTrainer on the same pairs, interleaved, and what each mode reaches.

    PYTHONPATH=platform python -m benchmarks.reward_training --data FOLDER [--pairs 400] [--rounds 2] [--seeds 1]
                                                          [--modes frozen]

FOLDER holds `pairs.*.jsonl.gz` with prompt, chosen and rejected. Both learn all weights in fp32 with the same ids,
batch size, length and threads; TRL groups by length, has no dropout and keeps its activations. Each run is a process
of its own, so that its peak memory is its own. A token counts once, padding never.
"""

import argparse
import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

from lm import backbones, encoding
from lm.backbones import Backbone
from lm.names import Sources
from lm.rendering import Rendered, Renderer
from lm.templates import conversation
from rewardmodels.learning import bradley_terry, finetuning, passes, reading, tuned
from rewardmodels.learning.bradley_terry import Lesson
from rewardmodels.learning.columns import PairColumns
from rewardmodels.learning.finetuning import Plan
from rewardmodels.learning.observing import Observer
from rewardmodels.learning.passes import Passes
from rewardmodels.learning.settings.kinds import BradleyTerry
from rewardmodels.learning.tuned import Subject

RATE = 5e-5
MODES = ("frozen", "lora", "full")


class World:
    """Pairs as ids that both programs keep, split by the conversation's root."""

    def __init__(self, options: argparse.Namespace, seed: int = 0) -> None:
        self.options, self.seed = options, seed
        self.backbone = backbones.load(options.backbone, Sources(roots=("/",)))
        renderer = Renderer(self.backbone.tokenizer, self.backbone.template, options.length, options.length - 8)
        self.texts: list[Rendered] = []
        self.dropped, roots = 0, []
        for row in drawn(options.data, options.pairs):
            prompt = conversation(row["prompt"])
            pair = [renderer.render(prompt, row[name]) for name in ("chosen", "rejected")]
            if not all(text.is_whole for text in pair):
                self.dropped += 1  # TRL drops what is longer; so that both learn from the same, it is dropped for both
                continue
            self.texts += pair
            roots.append(reading.root(prompt))
        names = {root: number for number, root in enumerate(dict.fromkeys(roots))}
        n = len(roots)
        zero = torch.zeros(n, dtype=torch.int64)
        first = torch.arange(0, 2 * n, 2)
        cluster = torch.tensor([names[root] for root in roots])
        pairs = PairColumns(first, first + 1, zero + 1, zero, zero, zero, cluster)
        held = bradley_terry.folds(pairs, 5, 0) == 0
        self.train, self.test = pairs.at(~held), pairs.at(held)

    @property
    def tokens(self) -> int:
        return passes.tokens_of(self.train, self.texts)

    def log_loss(self, utilities: torch.Tensor) -> float:
        difference = (utilities[self.test.first] - utilities[self.test.second]).double()
        return float(-torch.nn.functional.logsigmoid(difference).mean())


def drawn(folder: Path, most: int) -> list[dict[str, Any]]:
    rows = [row for path in sorted(folder.glob("pairs.*.jsonl.gz")) for row in read(path)]
    chosen = np.random.default_rng(0).permutation(len(rows))[:most]
    return [rows[index] for index in sorted(chosen)]


def read(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt") as file:
        yield from map(json.loads, file)


def fresh(world: World) -> tuple[Any, Passes]:
    """A posterior that knows nothing, and a copy of the backbone that can learn."""
    settings = BradleyTerry(mode="full", max_length=world.options.length)
    own = replace(world.backbone, model=world.backbone.model.requires_grad_(True))
    states = torch.randn(64, own.width, generator=torch.Generator().manual_seed(world.seed))
    lesson = Lesson(states, world.train, 1, own.family, world.seed)
    used = replace(world.train, first=torch.zeros(1).long(), second=torch.ones(1).long())
    posterior = bradley_terry.start(replace(lesson, pairs=used), used, 1.0, side_bias=False)
    return posterior, Passes(own, world.texts, settings.pass_tokens)


def ours(world: World) -> dict[str, float]:
    """One epoch of steps over all weights, as the product makes them."""
    posterior, through = fresh(world)
    plan = Plan(1e-3, RATE, 1, world.options.batch, 99, 0.0, world.seed)
    tuner = finetuning.Tuner(posterior, finetuning.Lesson(through, world.train, world.test), plan, Observer())
    order = torch.randperm(len(world.train), generator=torch.Generator().manual_seed(world.seed))
    begin, used = time.perf_counter(), time.process_time()
    for chosen in order.split(world.options.batch):
        tuner.learn(world.train.at(chosen))
    return {"seconds": time.perf_counter() - begin, "processor_seconds": time.process_time() - used}


def trl(world: World) -> dict[str, float]:
    """One epoch of TRL's trainer at its best: grouped by length, fp32, nothing dropped out or computed again."""
    from datasets import Dataset
    from transformers import AutoModelForSequenceClassification
    from trl import RewardConfig, RewardTrainer

    model = AutoModelForSequenceClassification.from_pretrained(world.backbone.folder, num_labels=1)
    rows = []
    for first, second in zip(world.train.first.tolist(), world.train.second.tolist(), strict=True):
        chosen, rejected = list(world.texts[first].ids), list(world.texts[second].ids)
        rows.append({"chosen_ids": chosen, "rejected_ids": rejected, "length": max(len(chosen), len(rejected))})
    with tempfile.TemporaryDirectory() as folder:
        args = RewardConfig(
            output_dir=folder,
            per_device_train_batch_size=world.options.batch,
            num_train_epochs=1,
            learning_rate=RATE,
            max_length=world.options.length,
            train_sampling_strategy="group_by_length",
            length_column_name="length",
            activation_checkpointing=False,
            bf16=False,
            use_cpu=True,
            report_to=[],
            save_strategy="no",
            logging_steps=10_000,
            disable_tqdm=True,
            remove_unused_columns=False,
            seed=world.seed,
        )
        tokenizer = world.backbone.tokenizer
        trainer = RewardTrainer(model, args, train_dataset=Dataset.from_list(rows), processing_class=tokenizer)
        begin, used = time.perf_counter(), time.process_time()
        trainer.train()
        taken = {"seconds": time.perf_counter() - begin, "processor_seconds": time.process_time() - used}
    model.eval()
    utilities = torch.zeros(len(world.texts))
    with torch.no_grad():
        for index in passes.candidates(world.test).tolist():
            utilities[index] = model(input_ids=torch.tensor([world.texts[index].ids])).logits[0, 0]
    return {**taken, "log_loss": world.log_loss(utilities)}


def mode(world: World, name: str) -> dict[str, Any]:
    """The product's way in a mode, from reading on: seconds, and the log loss of pairs that it never saw."""
    settings = BradleyTerry(mode=name, max_length=world.options.length, side_bias=False, epochs=1)
    begin = time.perf_counter()
    curve: list[tuple[float, float]] = []

    def report(step: int, values: dict[str, float]) -> None:
        if "held_out_loss" in values:
            curve.append((round(time.perf_counter() - begin, 1), round(values["held_out_loss"], 4)))

    read_ = texts_and_states(world.backbone, world.texts)
    lesson = Lesson(read_, world.train, 1, world.backbone.family, world.seed)
    if name == "frozen":
        fitted, states = bradley_terry.fit(settings, lesson), read_
    else:
        observer = Observer(report=report)
        tune = partial(bradley_terry.tune, settings, lesson, observer=observer)
        body = tuned.learn(settings, Subject(world.backbone, world.texts, world.seed), tune, observer)
        fitted, states = body.fitted, body.states
    seconds = time.perf_counter() - begin
    with torch.no_grad():
        utilities = fitted.head(states.double())
    return {
        "seconds": seconds,
        "log_loss": world.log_loss(utilities),
        "curve_of_stopping": curve,
    }


def texts_and_states(backbone: Backbone, texts: list[Rendered]) -> torch.Tensor:
    with torch.no_grad():
        return encoding.states(backbone, texts)


RUNS: dict[str, Any] = {"ours": ours, "trl": trl, **{name: partial(mode, name=name) for name in MODES}}


def alone(name: str, options: argparse.Namespace, seed: int) -> dict[str, Any]:
    """The run in a process of its own; its last line is what it found."""
    command = [sys.executable, "-m", "benchmarks.reward_training", *sys.argv[1:], "--one", name, "--seed", str(seed)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr[-2_000:])
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(found), flush=True)
    return found


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--backbone", default="builtin:minilm")
    parser.add_argument("--pairs", type=int, default=100_000, help="drawn from the folder, before any is dropped")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=5, help="for the curves of each mode")
    parser.add_argument("--modes", nargs="*", choices=MODES, default=MODES, help="whose curves are taken")
    parser.add_argument("--length", type=int, default=256)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--one", choices=sorted(RUNS), help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


def one(options: argparse.Namespace) -> None:
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    world = World(options, options.seed)
    found = RUNS[options.one](world)
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    said = {"run": options.one, "seed": options.seed, "pairs": len(world.train), "dropped": world.dropped, **found}
    rates = {
        "tokens_per_second": world.tokens / found["seconds"],
        "pairs_per_second": len(world.train) / found["seconds"],
    }
    print(json.dumps({**said, **rates, "peak_mib": mib}, default=float))


def ratio(faster: list[float], slower: list[float]) -> dict[str, Any]:
    """The median of the ratios round by round, with a 95 % interval by resampling rounds."""
    ratios = np.array(faster) / np.array(slower)
    draws = np.random.default_rng(0).choice(ratios, (2_000, len(ratios)))
    low, high = np.quantile(np.median(draws, axis=1), [0.025, 0.975])
    return {"median": float(np.median(ratios)), "interval": [float(low), float(high)], "rounds": len(ratios)}


def main() -> None:
    options = parsed()
    if options.one:
        one(options)
        return
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in RUNS}
    for seed in range(options.rounds):
        for name in ("ours", "trl"):
            found[name].append(alone(name, options, seed))
    for what in ("seconds", "processor_seconds"):
        took = {name: [run[what] for run in found[name]] for name in ("ours", "trl")}
        print(json.dumps({"claim": f"speed beside TRL by {what}", **ratio(took["trl"], took["ours"])}), flush=True)
    for seed in range(options.seeds):
        for name in options.modes:
            found[name].append(alone(name, options, seed))
    theirs, seconds = (median(run[key] for run in found["trl"]) for key in ("log_loss", "seconds"))
    for name in MODES:
        if found[name]:
            reached = [run["seconds"] for run in found[name] if run["log_loss"] <= theirs]
            sooner = seconds / median(reached) if reached else None
            claim = {"claim": f"{name} reaches TRL's log loss of one epoch", "times_sooner": sooner, "theirs": theirs}
            print(json.dumps(claim), flush=True)


if __name__ == "__main__":
    main()
