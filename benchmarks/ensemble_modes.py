"""What members of an ensemble are worth when they learn more than heads: one JSON line a mode, on the text world.

    python -m benchmarks.ensemble_modes [--judgments 300] [--members 4] [--modes frozen lora full] [--pool 64]
                                        [--prompts 24] [--noise 0.25] [--seed 0]

Comparisons of the text world with a share of them turned round, learned on the packaged MiniLM. Of each mode: how far
members agree on held-out comparisons, AUROC of spread and of distance against errors there, held-out accuracy and log
loss, how near one exported model comes, seconds and bytes of the folder. Against the world's own gold, on answers that
were drawn at random for prompts of their own: the rank correlation of reward and gold, AUROC of the spread of two
answers' difference against being wrong about them, and the gold of best-of-n in deviations of the gold.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.stats import spearmanr

from lm import backbones
from lm.names import Sources
from lm.templates import conversation
from rewardmodels.learning import keys, making, reading, scoring
from rewardmodels.learning.commissions import Commission
from rewardmodels.learning.ensembles.use import auroc
from rewardmodels.learning.settings.kinds import Ensemble

LENGTH = 128
MODES = ("frozen", "lora", "full")
Line = dict[str, Any]


def judgments(given: argparse.Namespace) -> list[dict[str, Any]]:
    """Rows as a snapshot holds them; half as many again are held out."""
    from rewardmodels.learning.world import annotators, rows

    people = [annotators.Annotator(f"a{number}") for number in range(8)]
    found = rows.collect(given.seed, "pairwise", round(1.5 * given.judgments), people)
    generator = keys.numpy_generator(given.seed, "turned round")
    for place, row in enumerate(found):
        row["split"] = "train" if place < given.judgments else ("validation", "test")[place % 2]
        named = row["answer"].get("preferred")
        if row["split"] == "train" and named is not None and generator.random() < given.noise:
            row["answer"] = {"preferred": next(one["id"] for one in row["responses"] if one["id"] != named)}
    return list(found)


def pool(given: argparse.Namespace) -> tuple[list[Any], np.ndarray]:
    """(prompt, answer) of every answer, and the gold (prompts, pool)."""
    from rewardmodels.learning.world import gold, rows
    from rewardmodels.learning.world.parser import parse

    items, worth = [], []
    for task in rows.tasks(given.seed + 1, given.prompts, given.pool, held_out=True):
        prompt = conversation([dict(turn) for turn in task.request.messages])
        items += [(prompt, text) for text in task.texts]
        facts = np.array([parse(text, task.request.wanted) for text in task.texts])
        worth.append(gold.gold(facts, np.float64(task.request.stake)))
    return items, np.stack(worth)


def against_gold(scores: list[Any], worth: np.ndarray, seed: int) -> Line:
    """What the reward and its spread say of answers whose worth is known."""
    reward = np.array([score.reward for score in scores]).reshape(worth.shape)
    within = [float(spearmanr(one, true).statistic) for one, true in zip(reward, worth, strict=True)]
    best = worth[np.arange(len(worth)), reward.argmax(1)]
    gain = (best - worth.mean(1)) / worth.std()
    draws = keys.numpy_generator(seed, "prompts").integers(len(gain), size=(2_000, len(gain)))
    edges = np.quantile(gain[draws].mean(1), [0.025, 0.975])
    return {"rank_correlation_with_gold": round(float(np.mean(within)), 3),
            "gold_of_the_best": round(float(gain.mean()), 3),
            "interval": [round(float(edge), 3) for edge in edges]}  # fmt: skip


def spread_of_differences(reward: Any, items: list[Any], worth: np.ndarray) -> Line:
    """AUROC of the spread of a difference against being wrong about two answers to one prompt."""
    texts = [reward.renderer.render(*item) for item in items]
    with torch.inference_mode():
        said = reward.said(texts, budget=8_192).double().reshape(-1, *worth.shape)
    half = worth.shape[1] // 2
    differences = (said[:, :, :half] - said[:, :, half : 2 * half]).flatten(1)
    true = (worth[:, :half] - worth[:, half : 2 * half]).flatten()
    decided = true != 0
    wrong = (np.sign(reward.how(differences).numpy()) != np.sign(true))[decided]
    area, interval = auroc(reward.how.spread(differences).numpy()[decided], wrong, prompts(wrong, decided, half))
    return {"wrong": int(wrong.sum()), "of": len(wrong), "auroc_of_spread": round(area, 3),
            "auroc_interval": [round(edge, 3) for edge in interval]}  # fmt: skip


def prompts(wrong: np.ndarray, decided: np.ndarray, half: int) -> np.ndarray:
    """(draws, n) how often each difference counts where prompts are drawn with replacement."""
    place = np.repeat(np.arange(len(decided) // half), half)[decided]
    count = place.max() + 1
    drawn = keys.numpy_generator(0, "draws").multinomial(count, np.full(count, 1 / count), size=1_000)
    return drawn[:, place].astype(float)


def one(mode: str, given: argparse.Namespace, held: list[Any], worth: np.ndarray) -> Line:
    settings = Ensemble(max_length=LENGTH, mode=mode, members=given.members)
    evidence = reading.read(judgments(given), settings.reads)
    backbone = backbones.load("builtin:minilm", Sources())
    with tempfile.TemporaryDirectory() as place:
        folder, cache, shards = (Path(place) / name for name in ("model", "cache", "shards"))
        source = {"sha256": "0" * 64, "name": "ensemble modes"}
        began = time.process_time()
        made = making.make(evidence, backbone, Commission(settings, given.seed, source, folder, cache, shards))
        took = time.process_time() - began
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.stat().st_nlink == 1)
        reward = scoring.open_folder(folder)
        found = against_gold(reward.score(held), worth, given.seed) | spread_of_differences(reward, held, worth)
    test, own, export = made.metrics["test"], made.details["members"], made.details["export"]
    signals = {name: own[name] for name in ("spread", "distance") if name in own}
    return {"mode": mode, "members": given.members, "judgments": given.judgments, "processor_seconds": round(took, 1),
            "mebibytes_of_its_own": round(size / 1024**2, 1), "correlation": round(own["correlation"], 3),
            "disagreement": round(own["disagreement"], 3), "accuracy": round(test["accuracy"], 3),
            "log_loss_calibrated": round(test["calibrated"]["log_loss"], 4), "held_out_signals": signals,
            "export_rms": round(export["rms"], 3), "deviation": round(made.details["reference"]["deviation"], 3),
            **found}  # fmt: skip


def lines(given: argparse.Namespace) -> Iterator[Line]:
    held, worth = pool(given)
    for mode in given.modes:
        yield one(mode, given, held, worth)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judgments", type=int, default=300)
    parser.add_argument("--members", type=int, default=4)
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES))
    parser.add_argument("--pool", type=int, default=64)
    parser.add_argument("--prompts", type=int, default=24)
    parser.add_argument("--noise", type=float, default=0.25)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.set_num_threads(1)
    for line in lines(given):
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
