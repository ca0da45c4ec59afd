"""What a form tells of a run before its first step, held against what it took: one JSON line a setting.

    python -m benchmarks.run_estimates --policy FOLDER [--only rloo grpo_lora ppo dpo dpo_lora mocan] [--steps 4]
                                       [--work FOLDER]

FOLDER holds the text world's policy (`manage.py textworld` makes it). Two settings take it; the others a policy of 41
million random weights with its tokenizer, which is made first, whose answers are as long as they may be. Components are
a reward model on MiniLM, learned first from 200 simulated comparisons. Each measurement and each run is a process of
its own on one thread, as a worker's child is; the measurement has never seen the run. Seconds are of the wall, from the
opened program to the run's end; `processor_seconds`, with a measurement by the processor's clock, are what to believe
where others compute beside it. The last line gives the least and the greatest ratio of estimate to truth.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

CLOCKS = {"seconds": time.perf_counter, "processor_seconds": time.process_time}
JUDGMENTS, DRAWN = 240, 200  # of a snapshot to be aligned with; prompts
COMPONENTS = ("first", "second")
Line = dict[str, Any]


class Setting(NamedTuple):
    algorithm: str
    policy: str  # world | made
    values: dict[str, Any]
    components: int = 1


SETTINGS = {
    "rloo": Setting("rloo", "world", {"prompts": 16, "samples": 4, "max_new_tokens": 128, "max_prompt": 96}, 2),
    "grpo_lora": Setting(
        "grpo", "made", {"prompts": 8, "samples": 4, "max_new_tokens": 64, "max_prompt": 96, "mode": "lora"}
    ),
    "ppo": Setting("ppo", "made", {"prompts": 8, "samples": 4, "max_new_tokens": 64, "max_prompt": 96}, 2),
    "dpo": Setting("dpo", "made", {"mode": "full", "max_length": 256}),
    "dpo_lora": Setting("dpo", "world", {"mode": "lora", "max_length": 256}),
    "mocan": Setting("mocan", "world", {"prompts": 64, "answers": 8, "max_new_tokens": 64, "max_length": 256}, 2),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--policy", type=Path, required=True)
    parser.add_argument("--only", nargs="+", choices=list(SETTINGS), default=list(SETTINGS))
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--work", type=Path, help="keeps what is made first, for another time")
    parser.add_argument("--do", choices=list(PARTS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not (options.policy / "config.json").is_file():
        print("--policy must be the folder of a policy; manage.py textworld makes one.", file=sys.stderr)
        return 2
    if options.do:
        print(json.dumps(PARTS[options.do](options)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        options.work = options.work or Path(folder)
        options.work.mkdir(parents=True, exist_ok=True)
        compare(options)
    return 0


def compare(options: argparse.Namespace) -> None:
    apart(options, "make", options.only[0])
    ratios: dict[str, list[float]] = {}
    for name in options.only:
        told, took = apart(options, "estimate", name), apart(options, "run", name)
        found = {what: [round(told[what], 1), round(took[what], 1), round(told[what] / took[what], 2)] for what in took}
        for what, (_told, _took, ratio) in found.items():
            ratios.setdefault(what, []).append(ratio)
        line = {"setting": name, "estimate, truth, ratio": found, "measuring_took": round(told["measuring"], 1)}
        print(json.dumps(line), flush=True)
    claim = {"claim": "memory within 25 %, time within a factor of 2"}
    print(json.dumps({**claim, **{what: [min(found), max(found)] for what, found in ratios.items()}}), flush=True)


def apart(options: argparse.Namespace, part: str, name: str) -> Line:
    given = ["--policy", str(options.policy), "--work", str(options.work), "--steps", str(options.steps)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "benchmarks.run_estimates", *given, "--only", name, "--do", part]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{part} {name} failed:\n{done.stderr[-3000:]}")
    found: Line = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def make(options: argparse.Namespace) -> Line:
    """A policy of random weights, and a reward model; what is there already stays."""
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    from lm import backbones
    from lm.names import Sources
    from rewardmodels.learning import making, reading
    from rewardmodels.learning.commissions import Commission
    from rewardmodels.learning.settings.kinds import BradleyTerry

    tokenizer = AutoTokenizer.from_pretrained(options.policy)
    if not (options.work / "made").is_dir():
        torch.manual_seed(0)
        sizes: Line = {
            "hidden_size": 512,
            "intermediate_size": 1_536,
            "num_hidden_layers": 12,
            "num_attention_heads": 8,
        }
        ids: Line = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
        LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), **sizes, **ids)).save_pretrained(options.work / "made")
        tokenizer.save_pretrained(options.work / "made")
    if not (options.work / "reward").is_dir():
        own = BradleyTerry(max_length=256)
        evidence = reading.read(judgments(200), own.reads)
        source = {"sha256": "0" * 64, "name": "estimates"}
        places = options.work / "reward", options.work / "cache", options.work / "shards"
        making.make(evidence, backbones.load("builtin:minilm", Sources()), Commission(own, 0, source, *places))
    return {}


def judgments(count: int) -> list[Line]:
    from rewardmodels.learning.world import annotators, rows

    return rows.collect(0, "pairwise", count, [annotators.Annotator(f"a{number}") for number in range(12)])


def estimate(options: argparse.Namespace) -> Line:
    """By the wall's clock and by the processor's, from measurements that know nothing of the run."""
    import torch

    from lm import causal, devices
    from rewardmodels.learning import scoring
    from training.learning import speeds
    from training.learning.settings.online import Rloo

    torch.set_num_threads(1)
    setting = SETTINGS[options.only[0]]
    found: Line = {}
    for clock, now in CLOCKS.items():
        program, begun = devices.held_bytes(devices.best()), now()
        policy = causal.open_folder(folder_of(options, setting), "policy")
        rewards = {name: scoring.open_folder(options.work / "reward") for name in COMPONENTS[: setting.components]}
        opening = now() - begun
        names = ("max_new_tokens", "max_prompt", "mode")
        shot: Line = {"mode": "lora", "max_prompt": 128} if setting.algorithm == "mocan" else {}
        own = Rloo(**{name: setting.values[name] for name in names if name in setting.values}, **shot)
        measured = speeds.measure(
            policy, asked(), {} if is_direct(setting) else rewards, own, program=program, opening=opening, clock=now
        )
        one = estimated(setting, measured, options.steps)
        found |= {
            clock: one.seconds,
            **({"mebibytes": one.bytes / 2**20, "measuring": now() - begun} if not found else {}),
        }
    return found


def estimated(setting: Setting, measured: Any, steps: int) -> Any:
    from training.learning import estimating
    from training.learning.oneshot.estimating import Shooting, of_shooting
    from training.learning.settings.oneshot import Mocan

    if setting.algorithm == "mocan":
        return of_shooting(Shooting(Mocan(**setting.values), COMPONENTS[: setting.components]), measured)
    if is_direct(setting):
        return estimating.of_aligning(aligning(setting, measured), measured)
    return estimating.of_pushing(pushing(setting, steps), measured)


def asked() -> list[Any]:
    from rewardmodels.learning.world import prompts

    return [one.messages for one in prompts.draw(0, DRAWN, purpose="benchmark")]


def is_direct(setting: Setting) -> bool:
    return setting.algorithm == "dpo"


def folder_of(options: argparse.Namespace, setting: Setting) -> Path:
    place: Path = options.policy if setting.policy == "world" else options.work / "made"
    return place


def pushing(setting: Setting, steps: int) -> Any:
    from training.learning import estimating
    from training.learning.settings import algorithms

    own = algorithms.read(setting.algorithm, setting.values)
    return estimating.Pushing(own, steps, COMPONENTS[: setting.components])


def aligning(setting: Setting, measured: Any) -> Any:
    """As a form counts a snapshot: characters over those of a token."""
    from training.learning import estimating
    from training.learning.direct.settings import kinds

    rows = judgments(JUDGMENTS)
    answers: dict[tuple[str, str], int] = {}
    for row in rows:
        prompt = "\n".join(str(turn["content"]) for turn in row["prompt"])
        answers |= {(prompt, one["text"]): len(prompt) + len(one["text"]) for one in row["responses"]}
    splits = [row["split"] for row in rows]
    tokens = sum(answers.values()) / len(answers) / measured.characters
    own = kinds.read(setting.algorithm, setting.values)
    return estimating.Aligning(own, splits.count("train"), len(answers), tokens, splits.count("validation"))


def run(options: argparse.Namespace) -> Line:
    import torch

    from lm import causal, devices

    torch.set_num_threads(1)
    import training.learning.direct.alignment
    import training.learning.running  # noqa: F401
    from rewardmodels.learning import scoring

    setting = SETTINGS[options.only[0]]
    begun = {clock: now() for clock, now in CLOCKS.items()}
    policy = causal.open_folder(folder_of(options, setting), "policy")
    with tempfile.TemporaryDirectory() as folder:
        if is_direct(setting):
            align(setting, policy, Path(folder))
        else:
            rewards = {name: scoring.open_folder(options.work / "reward") for name in COMPONENTS[: setting.components]}
            if setting.algorithm == "mocan":
                shoot(folder_of(options, setting), setting, policy, rewards, Path(folder))
            else:
                push(setting, policy, rewards, Path(folder), options.steps)
    took = {clock: now() - begun[clock] for clock, now in CLOCKS.items()}
    peak = devices.peak_bytes(policy.model.device)
    assert peak is not None
    return {**took, "mebibytes": peak / 2**20}


def push(setting: Setting, policy: Any, rewards: Any, folder: Path, steps: int) -> None:
    from training.learning import running
    from training.learning.commissions import Commission
    from training.learning.observing import NOBODY
    from training.learning.settings import algorithms, plan

    running.run(
        Commission(
            policy=policy,
            prompts=asked(),
            rewards=rewards,
            plan=plan.read([{"name": name, "weight": 1.0} for name in rewards], {"role": "penalty"}),
            settings=algorithms.read(setting.algorithm, setting.values),
            seed=0,
            steps=steps,
            folder=folder,
        ),
        NOBODY,
    )


def shoot(place: Path, setting: Setting, policy: Any, rewards: Any, folder: Path) -> None:
    """With the look at the end, as a worker's child has it."""
    from lm import causal
    from training.learning import beside
    from training.learning.beside import Way
    from training.learning.oneshot import mocan
    from training.learning.settings import plan
    from training.learning.settings.oneshot import LOOKED, SAMPLES, Mocan

    own = Mocan(**setting.values)
    raised, held = rewards
    bound = {"role": "at_least", "threshold": 0.0}
    held_to = plan.read([{"name": raised, "weight": 1.0}, {"name": held, "bounds": [bound]}])
    shot = mocan.Shot(policy, asked(), rewards, held_to, own, 0, folder)
    found = mocan.run(shot)
    reference = causal.open_folder(place, "reference")
    way = Way(SAMPLES, own.max_new_tokens, own.prompt_limit, own.pass_tokens, 0)
    for one in (reference, causal.open_folder(found.folder, "learned")):
        still = beside.still(one, way.max_prompt, way.max_new_tokens, reference)
        beside.look(still, shot.fresh[:LOOKED], rewards, way)


def align(setting: Setting, policy: Any, folder: Path) -> None:
    from training.learning.direct import alignment
    from training.learning.direct.settings import kinds

    own = kinds.read(setting.algorithm, setting.values)
    alignment.train(judgments(JUDGMENTS), policy, own, folder=folder)


PARTS = {"make": make, "estimate": estimate, "run": run}

if __name__ == "__main__":
    sys.exit(main())
