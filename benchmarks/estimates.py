"""What a form tells that a fit takes, held against what it took: one JSON line a kind of model and number of judgments.

    python -m benchmarks.estimates [--judgments 300 1000] [--only frozen pooler lora full ensemble ...]
                                   [--words 1] [--data FOLDER]

Each fit is a process of its own, from its start to the sealed folder, as a worker's child is, on one thread and without
anything read before. Its seconds and its largest memory are held against the estimate that a form makes of the sizes
of a snapshot and the measured speeds of the machine. `seconds` are of the wall; `processor_seconds`, with speeds by the
processor's clock, are what to believe where others compute beside it. Judgments are those of the text world with
answers of at least so many words; with --data, comparisons are those of hh_rlhf as docs/methods/figures.md has them.
The last line gives the least and the greatest ratio of estimate to truth.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from statistics import fmean
from typing import Any

from rewardmodels.learning import estimating
from rewardmodels.learning.estimating import BackboneFacts, Counts, Speed
from rewardmodels.learning.settings.common import Settings
from rewardmodels.learning.settings.compositional import Compositional
from rewardmodels.learning.settings.kinds import Binary, BradleyTerry, Cardinal, Ensemble, Joint

BACKBONE, LENGTH = "builtin:minilm", 256
KINDS: dict[str, Settings] = {
    "frozen": BradleyTerry(max_length=LENGTH),
    "pooler": BradleyTerry(max_length=LENGTH, head="pooler"),
    "lora": BradleyTerry(max_length=LENGTH, mode="lora"),
    "full": BradleyTerry(max_length=LENGTH, mode="full"),
    "ensemble": Ensemble(max_length=LENGTH),
    "compositional": Compositional(max_length=LENGTH),
    "cardinal": Cardinal(max_length=LENGTH),
    "binary": Binary(max_length=LENGTH),
    "joint": Joint(max_length=LENGTH),
}
QUESTIONS = ("pairwise", "cardinal", "binary", "ranking", "rating")  # in equal numbers where a kind reads them
PEOPLE, SPARE = 12, 1.25  # a fifth of what is drawn is held out
CLOCKS = {"seconds": time.perf_counter, "processor_seconds": time.process_time}
Row = dict[str, Any]


def rows(settings: Settings, judgments: int, words: int, data: str | None) -> list[Row]:
    """About so many training judgments of the kinds that are read, and a quarter more that are held out."""
    if data and set(settings.evidence) == {"pairwise", "cardinal"}:
        return list(islice(helpful(Path(data)), round(judgments * SPARE)))
    from rewardmodels.learning.world import annotators
    from rewardmodels.learning.world import rows as world

    people = [annotators.Annotator(f"a{number}") for number in range(PEOPLE)]
    asked = [name for name in QUESTIONS if name in settings.reads]
    found = [row for name in asked for row in world.collect(0, name, round(judgments * SPARE / len(asked)), people)]
    for row in found:
        for response in row["responses"]:
            text = response["text"]
            response["text"] = " ".join([text] * max(1, round(words / len(text.split()))))
    return found


def helpful(folder: Path) -> Iterator[Row]:
    from benchmarks.public_judgments import helpful_and_harmless

    splits = ("train",) * 8 + ("validation", "test")
    for number, row in enumerate(helpful_and_harmless(folder, "helpful")):
        yield {**row, "split": splits[number % 10], "annotator": f"a{number % PEOPLE}"}


def counts(settings: Settings, given: list[Row], tokens_a_character: float) -> Counts:
    """What a form counts of a snapshot."""
    answers: dict[tuple[str, str], int] = {}
    train = dict.fromkeys(settings.reads, 0)
    for row in given:
        prompt = "\n".join(str(turn["content"]) for turn in row["prompt"])
        answers |= {(prompt, one["text"]): len(prompt) + len(one["text"]) for one in row["responses"]}
        train[row["kind"]] += row["split"] == "train"
    tokens = fmean(min(settings.max_length, length * tokens_a_character) for length in answers.values())
    return Counts(train, len(answers), tokens)


def learn(options: argparse.Namespace) -> dict[str, Any]:
    """The fit, in this process."""
    import torch

    torch.set_num_threads(1)
    from lm import backbones
    from lm.names import Sources
    from rewardmodels.learning import making, reading
    from rewardmodels.learning.commissions import Commission

    settings = KINDS[options.one]
    drawn = time.process_time(), time.perf_counter()
    given = rows(settings, options.judgments[0], options.words, options.data)
    drawing = time.process_time() - drawn[0], time.perf_counter() - drawn[1]  # a snapshot is not drawn, but read
    evidence = reading.read(given, settings.reads)
    backbone = backbones.load(BACKBONE, Sources())
    with tempfile.TemporaryDirectory() as folder:
        target, cache, shards = (Path(folder) / name for name in ("model", "cache", "shards"))
        source = {"sha256": "0" * 64, "name": "estimates"}
        making.make(evidence, backbone, Commission(settings, 0, source, target, cache, shards))
    return {
        "drawing": drawing[1],
        "processor_seconds": time.process_time() - drawing[0],
        "bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "counts": counts(settings, given, options.tokens_a_character),
    }


def measure() -> dict[str, Any]:
    """What the first fit with a backbone measures of a machine, by both clocks."""
    import torch

    torch.set_num_threads(1)
    from lm import backbones
    from lm.names import Sources
    from rewardmodels.learning import measuring, reading

    backbone = backbones.load(BACKBONE, Sources())
    sizes = estimating.facts(backbone.model.config.to_dict())
    candidates = reading.read(rows(KINDS["frozen"], 100, 1, None)).candidates
    speeds = {name: measuring.measure(backbone, sizes, clock) for name, clock in CLOCKS.items()}
    return {"sizes": sizes, "speeds": speeds, "tokens_a_character": measuring.tokens_a_character(backbone, candidates)}


def apart(*arguments: str) -> dict[str, Any]:
    """What this module says of itself in a process of its own, with the seconds from its start to its end."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.estimates", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr[-2_000:])
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**found, "seconds": time.perf_counter() - began}


def held_against(name: str, machine: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """{what: [estimate, truth, ratio]}"""
    sizes, counted = BackboneFacts(*machine["sizes"]), Counts(*found["counts"])
    told = {clock: estimating.estimate(KINDS[name], counted, sizes, Speed(*machine["speeds"][clock]))
            for clock in CLOCKS}  # fmt: skip
    pairs = {
        "seconds": (told["seconds"].seconds, found["seconds"] - found["drawing"]),
        "processor_seconds": (told["processor_seconds"].seconds, found["processor_seconds"]),
        "mebibytes": (told["seconds"].bytes / 1024**2, found["bytes"] / 1024**2),
    }
    return {what: [round(said, 1), round(true, 1), round(said / true, 2)] for what, (said, true) in pairs.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judgments", type=int, nargs="+", default=[300, 1_000])
    parser.add_argument("--only", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--words", type=int, default=1)
    parser.add_argument("--data", default=None)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--one", choices=list(KINDS), help=argparse.SUPPRESS)
    parser.add_argument("--tokens-a-character", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure or options.one:
        print(json.dumps(measure() if options.measure else learn(options)))
        return
    ratios: dict[str, list[float]] = {what: [] for what in (*CLOCKS, "mebibytes")}
    machine = apart("--measure")
    tokens = str(machine["tokens_a_character"])
    for name in options.only:
        for count in options.judgments:
            given = ["--one", name, "--judgments", str(count), "--words", str(options.words)]
            given += ["--data", options.data] if options.data else []
            found = held_against(name, machine, apart(*given, "--tokens-a-character", tokens))
            for what, (_, _, ratio) in found.items():
                ratios[what].append(ratio)
            print(json.dumps({"kind": name, "judgments": count, "estimate, truth, ratio": found}), flush=True)
    print(json.dumps({"claim": "estimates within a factor of 2",
                      **{what: [min(found), max(found)] for what, found in ratios.items()}}))  # fmt: skip


if __name__ == "__main__":
    main()
