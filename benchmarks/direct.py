"""Ours and TRL's trainers of direct alignment on the same batches, interleaved in one process.

    PYTHONPATH=platform python -m benchmarks.direct [--kinds dpo,kto] [--rounds 9] [--prompt 96] [--answer 48]

A round is one step of each on the same batch: pass, gradient, cut, AdamW. Both hold the same random Llama in fp32, the
same token ids, the same threads; TRL has no dropout and keeps its activations. TRL is timed twice: as it comes, asking
the reference in every step, and with the reference's log-probabilities given, as ours has them. Ratios are of processor
time, a round each; the interval is of resampled rounds. `sharing` compares ours with itself reading each answer by
itself; its bound is the ratio of tokens. Memory is of a process of its own each, beyond what it held before the steps.
"""

import argparse
import gc
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from lm import likelihood, sharing
from lm.rendering import Rendered
from lm.sharing import Row
from rewardmodels.learning.columns import Rows
from rewardmodels.learning.world import corpus
from rewardmodels.learning.world.recipe import STANDARD_RECIPE
from training.learning.direct import alignment
from training.learning.direct.lessons import Pairs, Verdicts
from training.learning.direct.loop import Lesson, Loop
from training.learning.direct.passes import Reader
from training.learning.direct.settings.common import Direct
from training.learning.direct.settings.pairs import Dpo
from training.learning.direct.settings.singles import Kto

RATE = 1e-4
OPTIONS: dict[str, Any] = {"report_to": [], "use_cpu": True, "bf16": False, "save_strategy": "no", "max_length": None}
OPTIONS |= {"activation_checkpointing": False, "beta": 0.1}
Step = Callable[[], object]


class World:
    """A random policy, and prompts with two random answers each."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.tokenizer = corpus.make_tokenizer(replace(STANDARD_RECIPE, vocabulary=options.vocabulary))
        generator = torch.Generator().manual_seed(0)

        def draw(length: int) -> tuple[int, ...]:
            return tuple(torch.randint(10, options.vocabulary, (length,), generator=generator).tolist())

        self.texts = []
        for _ in range(options.batch):
            prompt = draw(options.prompt)
            self.texts += [Rendered(prompt + draw(options.answer), options.prompt) for _ in range(2)]

    def model(self) -> LlamaForCausalLM:
        torch.manual_seed(1)
        config = LlamaConfig(
            vocab_size=self.options.vocabulary,
            hidden_size=self.options.width,
            intermediate_size=4 * self.options.width,
            num_hidden_layers=self.options.layers,
            num_attention_heads=4,
            num_key_value_heads=4,
            max_position_embeddings=1_024,
            pad_token_id=self.tokenizer.pad_token_id,
        )
        return LlamaForCausalLM(config).eval()

    def ours(self, kind: str) -> Step:
        """A step of the product's own loop."""
        places = torch.arange(0, len(self.texts), 2)
        none, clusters = torch.zeros(len(places)), torch.arange(len(places))
        own: Direct
        rows: Rows
        shared: dict[str, Any] = {"mode": "full", "learning_rate": RATE, "pass_tokens": 1_048_576, "warm_up": 0.0}
        texts = list(self.texts)
        if kind == "dpo":
            own = Dpo(**shared)
            rows = Pairs(places, places + 1, none, none.bool(), none, clusters)
        else:
            own = Kto(**shared)
            places = torch.arange(len(texts))
            rows = Verdicts(places, places % 2 == 0, places, places // 2)
            rows = alignment.mismatched(rows, texts, alignment.joiner(texts))
        model = self.model()
        with torch.no_grad():
            said = likelihood.sums(model, texts)
        model.requires_grad_(True)
        running = Loop(own, Reader(model, texts, said), Lesson("speed", [rows] * 1_000, rows.at(slice(0))))
        return lambda: running.learn(rows)

    def theirs(self, kind: str, *, is_given: bool) -> Step:
        """A step of TRL's trainer; with the reference's log-probabilities given, if they are."""
        from datasets import Dataset
        from trl import DPOConfig, DPOTrainer, KTOConfig, KTOTrainer

        model = self.model()
        folder = tempfile.mkdtemp()
        reference = None if is_given else self.model()
        made: dict[str, Any] = {"model": model, "ref_model": reference, "processing_class": self.tokenizer}
        if kind == "dpo":
            some = Dataset.from_list([{"prompt": "hello", "chosen": " yes", "rejected": " no"}])
            args: Any = DPOConfig(output_dir=folder, precompute_ref_log_probs=is_given, **OPTIONS)
            trainer: Any = DPOTrainer(args=args, train_dataset=some, **made)
        else:
            some = Dataset.from_list([{"prompt": "hello", "completion": " yes", "label": True}] * 2)
            options = {**OPTIONS, "per_device_train_batch_size": 2 * self.options.batch}
            args = KTOConfig(output_dir=folder, precompute_ref_log_probs=is_given, **options)
            trainer = KTOTrainer(args=args, train_dataset=some, **made)
        rows = self.their_rows(kind, is_given=is_given)
        optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, fused=True)

        def step() -> None:
            optimiser.zero_grad()
            trainer.compute_loss(model, trainer.data_collator(rows)).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()

        return step

    def their_rows(self, kind: str, *, is_given: bool) -> list[dict[str, Any]]:
        with torch.no_grad():
            model = self.model()
            said = likelihood.sums(model, self.texts).tolist()
        prompts = [list(text.ids[: text.prompt_length]) for text in self.texts]
        answers = [list(text.ids[text.prompt_length :]) for text in self.texts]
        rows: list[dict[str, Any]] = []
        for place in range(0, len(self.texts), 2) if kind == "dpo" else range(len(self.texts)):
            row: dict[str, Any] = {"prompt_ids": prompts[place]}
            if kind == "dpo":
                row |= {"chosen_ids": answers[place], "rejected_ids": answers[place + 1]}
                given = {"ref_chosen_logps": said[place], "ref_rejected_logps": said[place + 1]}
            else:
                other = answers[(place + 1) % len(answers)]
                row |= {"completion_ids": answers[place], "KL_completion_ids": other, "label": place % 2 == 0}
                wrong = Rendered(tuple(prompts[place] + other), len(prompts[place]))
                with torch.no_grad():
                    given = {"ref_logps": said[place], "ref_KL_logps": float(likelihood.sums(model, [wrong])[0])}
            rows.append(row | given if is_given else row)
        return rows


def apart(model: Any, texts: Any) -> list[Row]:
    """Each answer with a prompt of its own: what ours would do without sharing."""
    return [
        Row(text.ids[: text.prompt_length], [text.ids[text.prompt_length :]], [place])
        for place, text in enumerate(texts)
    ]


def seconds(step: Step) -> float:
    begin = time.process_time()
    step()
    return time.process_time() - begin


def interval(ratios: np.ndarray) -> list[float]:
    """95 % of the median, over resampled rounds."""
    drawn = np.random.default_rng(0).choice(ratios, (2_000, len(ratios)))
    return [round(float(value), 3) for value in np.quantile(np.median(drawn, axis=1), [0.025, 0.975])]


def compared(world: World, kind: str, rounds: int) -> dict[str, Any]:
    """Each round one step of each, the order turned about."""
    steps = {
        "ours": world.ours(kind),
        "trl": world.theirs(kind, is_given=False),
        "trl_given": world.theirs(kind, is_given=True),
    }
    for step in steps.values():
        step()
    taken: dict[str, list[float]] = {name: [] for name in steps}
    for number in range(rounds):
        names = list(steps)[number % 3 :] + list(steps)[: number % 3]
        for name in names:
            taken[name].append(seconds(steps[name]))
    table = {name: np.array(values) for name, values in taken.items()}
    told: dict[str, Any] = {"claim": f"direct.{kind}", "rounds": rounds, **sizes(world)}
    told["pairs_a_second"] = {name: round(world.options.batch / float(np.median(t)), 2) for name, t in table.items()}
    for name in ("trl", "trl_given"):
        ratios = table[name] / table["ours"]
        told[f"times_{name}"] = {"median": round(float(np.median(ratios)), 3), "interval": interval(ratios)}
    return told


def shared(world: World, rounds: int) -> dict[str, Any]:
    """Ours with prompts read once and read twice."""
    step, plain = world.ours("dpo"), sharing.rows
    taken: dict[str, list[float]] = {"once": [], "twice": []}
    for number in range(rounds + 1):
        for name, rows in (("once", plain), ("twice", lambda texts: apart(None, texts))):
            sharing.rows = rows
            found = seconds(step)
            if number:
                taken[name].append(found)
    sharing.rows = plain
    ratios = np.array(taken["twice"]) / np.array(taken["once"])
    prompt, answer = world.options.prompt, world.options.answer
    bound, median = 2 * (prompt + answer) / (prompt + 2 * answer), float(np.median(ratios))
    told = {"median": round(median, 3), "interval": interval(ratios), "bound": round(bound, 3)}
    return {"claim": "direct.sharing", **sizes(world), **told, "share_of_bound": round(median / bound, 3)}


def sizes(world: World) -> dict[str, Any]:
    names = ("prompt", "answer", "batch", "width", "layers", "vocabulary")
    return {**{name: getattr(world.options, name) for name in names}, "threads": torch.get_num_threads()}


def memory(world: World, kind: str, name: str) -> None:
    """Peak memory of three steps beyond what stood before, in MiB; for a process of its own."""
    made = world.ours(kind) if name == "ours" else world.theirs(kind, is_given=name == "trl_given")
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew: that of rusage would be the parent's
    before = kibibytes("VmRSS")
    for _ in range(3):
        made()
    print(round((kibibytes("VmHWM") - before) / 1024, 1))


def kibibytes(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def memories(kind: str) -> dict[str, Any]:
    told: dict[str, Any] = {"claim": f"direct.{kind}.memory"}
    for name in ("ours", "trl", "trl_given"):
        command = [sys.executable, "-m", "benchmarks.direct", *sys.argv[1:], "--alone", f"{kind}:{name}"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        told[name] = float(done.stdout.split()[-1])
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", default="dpo,kto")
    parser.add_argument("--rounds", type=int, default=9)
    for name, value in {"prompt": 96, "answer": 48, "batch": 8, "width": 192, "layers": 4, "vocabulary": 640}.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--alone", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    world = World(options)
    if options.alone:
        memory(world, *options.alone.split(":"))
        return
    for kind in options.kinds.split(","):
        print(json.dumps(compared(world, kind, options.rounds)), flush=True)
        print(json.dumps(memories(kind)), flush=True)
    print(json.dumps(shared(world, options.rounds)), flush=True)


if __name__ == "__main__":
    main()
