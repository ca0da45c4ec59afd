"""Steps of reinforcement learning beside TRL's trainers, interleaved: the same policy, reward, prompts, sizes, dtype.

    python -m benchmarks.rlhf --policy FOLDER [--algorithms rloo grpo] [--rounds 3] [--steps 12] [--prompts 24]
                              [--samples 4] [--tokens 128] [--threads 1]

FOLDER holds the text world's policy (`manage.py textworld` makes it). Both sides learn all weights in fp32 with AdamW
at one learning rate and a KL coefficient of .05, sample at T = 1 without truncation, and are rewarded by the world's
gold, a function that costs next to nothing. Every round runs each side in a process of its own, in turn; the first
steps of each are left out as a warm-up. One JSON line for each round and side; at the end, by algorithm, the median
over rounds of the ratio of samples a second (ours over TRL's) and its range, by the wall clock and by processor
seconds, which other work on the machine disturbs less. Of TRL's steps only sampling and scoring are timed apart: the
rest of a step is its reading and learning. GRPO differs in one thing: TRL adds k3 as a loss, ours takes k1 off the
reward. With CUDA both run there, and peak memory is the device's.
"""

import argparse
import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

from lm import causal  # noqa: E402
from rewardmodels.learning.world import gold, prompts  # noqa: E402
from training.learning import running  # noqa: E402
from training.learning.commissions import Commission  # noqa: E402
from training.learning.observing import RunObserver  # noqa: E402
from training.learning.settings import algorithms, plan  # noqa: E402
from training.learning.studies import truths  # noqa: E402

WARM_UP = 3  # steps
BETA, RATE, PROMPT = 0.05, 5e-5, 96
Line = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--policy", type=Path, required=True)
    parser.add_argument("--algorithms", nargs="+", choices=("rloo", "grpo"), default=["rloo", "grpo"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--prompts", type=int, default=24)
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--side", choices=SIDES, help="one side alone, in this process")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if not (options.policy / "config.json").is_file():
        print("--policy must be the folder of a policy; manage.py textworld makes one.", file=sys.stderr)
        return 2
    if options.steps <= WARM_UP:
        print(f"--steps must be more than the {WARM_UP} of the warm-up.", file=sys.stderr)
        return 2
    if options.side:
        print(json.dumps(one_side(options)), flush=True)
        return 0
    for name in options.algorithms:
        compare(options, name)
    return 0


def compare(options: argparse.Namespace, algorithm: str) -> None:
    found: dict[str, list[Line]] = {side: [] for side in SIDES}
    for number in range(options.rounds):
        for side in SIDES if number % 2 == 0 else list(SIDES)[::-1]:
            line = in_a_process(options, algorithm, side, number)
            found[side].append(line)
            print(json.dumps({"algorithm": algorithm, "round": number, "side": side, **line}), flush=True)
    for clock in ("seconds", "processor_seconds"):
        ratios = [
            theirs[clock] / ours[clock] * ours["samples"] / theirs["samples"]
            for ours, theirs in zip(found["ours"], found["trl"], strict=True)
        ]
        middle = {
            "median": round(statistics.median(ratios), 3),
            "low": round(min(ratios), 3),
            "high": round(max(ratios), 3),
        }
        print(
            json.dumps({"algorithm": algorithm, "ours_over_trl": clock, "rounds": options.rounds, **middle}), flush=True
        )


def in_a_process(options: argparse.Namespace, algorithm: str, side: str, number: int) -> Line:
    given = ["--policy", str(options.policy), "--algorithms", algorithm, "--side", side, "--seed", str(number)]
    for name in ("steps", "prompts", "samples", "tokens", "threads"):
        given += [f"--{name}", str(getattr(options, name))]
    environment = {**os.environ, "OMP_NUM_THREADS": str(options.threads), "HF_HUB_OFFLINE": "1"}
    environment["TOKENIZERS_PARALLELISM"] = "false"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.rlhf", *given], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{side} failed:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def one_side(options: argparse.Namespace) -> Line:
    torch.set_num_threads(options.threads)
    clock = Clock()
    SIDES[options.side](options, clock)
    return clock.line(options.prompts * options.samples)


class Clock:
    """When each step ended, by both clocks, its mean reward, and the seconds of phases."""

    def __init__(self) -> None:
        self.ends: list[tuple[float, float]] = []
        self.rewards: list[float] = []
        self.lengths: list[float] = []
        self.phases: dict[str, float] = {}
        self.before = memory()

    def tick(self) -> None:
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.ends.append((time.perf_counter(), time.process_time()))

    @property
    def is_warm(self) -> bool:
        return len(self.ends) >= WARM_UP

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        if self.is_warm:
            self.phases[name] = self.phases.get(name, 0.0) + time.perf_counter() - begun

    def line(self, batch: int) -> Line:
        steps = len(self.ends) - WARM_UP
        wall, processor = (after - before for after, before in zip(self.ends[-1], self.ends[WARM_UP - 1], strict=True))
        last = self.rewards[-max(1, steps // 3) :]
        return {
            "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
            "steps": steps,
            "samples": steps * batch,
            "seconds": round(wall, 3),
            "processor_seconds": round(processor, 3),
            "samples_per_second": round(steps * batch / wall, 2),
            "seconds_a_step": {name: round(total / steps, 4) for name, total in self.phases.items()},
            "peak_mib": round(memory() - (0 if torch.cuda.is_available() else self.before)),
            "mean_length": round(statistics.mean(self.lengths[WARM_UP:]), 1),
            "reward_at_the_end": round(statistics.mean(last), 3),
        }


def memory() -> float:
    """MiB at the peak: of the device, or resident."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def asked(options: argparse.Namespace) -> list[prompts.Request]:
    return prompts.draw(options.seed, options.prompts * (options.steps + 1), purpose="benchmark")


def ours(options: argparse.Namespace, clock: Clock) -> None:
    settings = {
        "prompts": options.prompts,
        "samples": options.samples,
        "max_new_tokens": options.tokens,
        "max_prompt": PROMPT,
        "learning_rate": RATE,
        "warm_up": 0,
        "truncated": "scored",
        "empty": "scored",
        "keep_every": 1_000_000,
        "window": 1_000,
        "pass_tokens": 65_536,
    }

    def report(step: int, values: dict[str, float]) -> None:
        if clock.is_warm:
            for name, value in values.items():
                if name.startswith("seconds/"):
                    phase = name.removeprefix("seconds/")
                    clock.phases[phase] = clock.phases.get(phase, 0.0) + value
        clock.rewards.append(values["reward/gold"])
        clock.lengths.append(values["length"])
        clock.tick()

    with tempfile.TemporaryDirectory() as folder:
        commission = Commission(
            policy=causal.open_folder(options.policy, "policy"),
            prompts=[one.messages for one in asked(options)],
            rewards={"gold": truths.Truth("gold", gold.gold)},
            plan=plan.read([{"name": "gold", "weight": 1.0}], {"role": "penalty", "coefficient": BETA}),
            settings=algorithms.read(options.algorithms[0], settings),
            seed=options.seed,
            steps=options.steps,
            folder=Path(folder),
        )
        running.run(commission, RunObserver(report=report))


def theirs(options: argparse.Namespace, clock: Clock) -> None:
    from datasets import Dataset
    from transformers import AutoTokenizer, TrainerCallback
    from trl import GRPOConfig, GRPOTrainer, RLOOConfig, RLOOTrainer

    def reward(prompts: list[Any], completions: list[Any], **rest: Any) -> list[float]:
        items = [(tuple(prompt), answer[0]["content"]) for prompt, answer in zip(prompts, completions, strict=True)]
        values = truths.values(gold.gold, items).tolist()
        clock.rewards.append(statistics.mean(values))
        clock.lengths.append(statistics.mean(len(one) for one in rest["completion_ids"]))
        return values

    class Ticking(TrainerCallback):
        def on_step_end(self, *given: Any, **named: Any) -> None:
            clock.tick()

    is_rloo = options.algorithms[0] == "rloo"
    with tempfile.TemporaryDirectory() as folder:
        arguments: dict[str, Any] = {
            "output_dir": folder,
            "per_device_train_batch_size": options.prompts * options.samples,
            "num_generations": options.samples,
            "max_completion_length": options.tokens,
            "max_steps": options.steps,
            "beta": BETA,
            "learning_rate": RATE,
            "lr_scheduler_type": "constant",
            "optim": "adamw_torch_fused",
            "weight_decay": 0.0,
            "max_grad_norm": 1.0,
            "gradient_checkpointing": False,
            "bf16": False,
            "use_cpu": not torch.cuda.is_available(),
            "report_to": "none",
            "save_strategy": "no",
            "logging_steps": 1_000,
            "disable_tqdm": True,
            "seed": options.seed,
            "shuffle_dataset": False,
        }
        if not is_rloo:
            arguments |= {"loss_type": "grpo", "scale_rewards": "group"}
        make: Any = RLOOTrainer if is_rloo else GRPOTrainer
        trainer = make(
            model=str(options.policy),
            reward_funcs=reward,
            args=(RLOOConfig if is_rloo else GRPOConfig)(**arguments),
            train_dataset=Dataset.from_list([{"prompt": list(one.messages)} for one in asked(options)]),
            processing_class=AutoTokenizer.from_pretrained(options.policy),
            callbacks=[Ticking()],
        )
        for name, phase in (("_generate", "sample"), ("_calculate_rewards", "score")):
            setattr(trainer, name, timed(getattr(trainer, name), clock, phase))
        trainer.train()


def timed(function: Callable[..., Any], clock: Clock, phase: str) -> Callable[..., Any]:
    def wrapped(*given: Any, **named: Any) -> Any:
        with clock.phase(phase):
            return function(*given, **named)

    return wrapped


SIDES: dict[str, Callable[[argparse.Namespace, Clock], None]] = {"ours": ours, "trl": theirs}

if __name__ == "__main__":
    sys.exit(main())
