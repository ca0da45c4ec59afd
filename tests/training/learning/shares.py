"""What each of several processes does in test_several: `python -m tests.training.learning.shares FOLDER`.

Every case is gone through, and FOLDER/<processes>.json says what came of it. One process does the same in the test.
"""

import json
import sys
from pathlib import Path

import torch

from lm import causal
from tests.training.learning.small import PROMPTS, commission
from training.learning import processes, running, sharding
from training.learning.commissions import Looking
from training.learning.observing import RunObserver
from training.learning.pushing import Run

HELD = [{"name": "a", "weight": 1.0}, {"name": "b", "bounds": [{"role": "at_least", "threshold": 0.5}]}]
ADAPTING = {"role": "penalty", "coefficient": 0.1, "target": 1.0}
FIXED = {"role": "penalty", "coefficient": 0.1}
CASES = {
    "rloo": {"kl": ADAPTING},
    "several passes": {"kl": ADAPTING, "pass_tokens": 64, "recompute": True},
    "reinforce": {"algorithm": "reinforce", "kl": ADAPTING, "transform": "whiten", "normalise": True},
    "grpo": {"algorithm": "grpo", "epochs": 2, "minibatches": 3, "transform": "par", "references": 2},
    "ppo": {"algorithm": "ppo", "kl": ADAPTING, "minibatches": 2},
    "lora": {"kl": FIXED, "mode": "lora", "controller": "exact"},
    "masked": {"truncated": "masked", "max_new_tokens": 5},
}
RUNS = ("ppo", "lora")
LOOKING = Looking(prompts=PROMPTS[:3], checks={"length": lambda items: [len(text) for _, text in items]}, every=2)


def made(folder, case, name="", **others):
    policy = causal.open_folder(folder / "policy", "small")
    return commission(folder / (name or f"{case}-{processes.count()}"), HELD, policy=policy, **CASES[case], **others)


def of_one_step(folder, case):
    """What is measured of it, the gradient that is learned from, and all that moves behind it."""
    figures = {}
    run = Run(made(folder, case, f"step-{case}"), RunObserver(report=lambda step, values: figures.update(values)))
    begun = run.sample()
    run.one_step()
    return {
        "answers": [answer.ids for answer in begun.answers],
        "figures": figures,
        "gradients": {name: sharding.gathered(one.grad).tolist() for name, one in run.policy.learned.items()},
        "weights": {name: sharding.gathered(one).tolist() for name, one in run.policy.learned.items()},
        "critic": {} if run.critic is None else [one.tolist() for one in run.critic.net.parameters()],
        "moved": [run.beta.now, *run.controller.multipliers()],
    }


def held(folder):
    """The share of the model's weights that this process holds."""
    run = Run(made(folder, "rloo", "held"), RunObserver())
    own = sum(one.to_local().numel() for one in run.policy.learned.values())
    return own / sum(one.numel() for one in run.policy.learned.values())


def of_a_run(folder, case, name, steps):
    told = {}
    observer = RunObserver(report=lambda step, values: told.setdefault(str(step), {}).update(values))
    running.run(made(folder, case, name, steps=steps, looking=LOOKING, keep_every=2), observer)
    return told


if __name__ == "__main__":
    torch.set_num_threads(1)
    root = Path(sys.argv[1])
    processes.join()
    found = {
        "steps": {case: of_one_step(root, case) for case in CASES},
        "runs": {case: of_a_run(root, case, "", 4) for case in RUNS},
        "gone on": of_a_run(root, "ppo", "gone-on", 4),
        "shares": processes.together([held(root)]),
    }
    if processes.is_first():
        (root / f"{processes.count()}.json").write_text(json.dumps(found))
    processes.part()
