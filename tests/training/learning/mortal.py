"""A run that is killed again and again: `python -m tests.training.learning.mortal FOLDER ALGORITHM STEPS KILLS SEED`.

Each life is a process of its own, forked where everything is imported already, and ended by SIGKILL at a random moment
of a random step. The last one comes to the end; a run that nobody disturbs lies beside.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

import torch

from lm import causal
from tests.training.learning.small import commission, save_policy
from training.learning import running
from training.learning.observing import RunObserver

HELD = [{"name": "a", "weight": 1.0}, {"name": "b", "bounds": [{"role": "at_least", "threshold": 0.5}]}]
KL = {"role": "penalty", "coefficient": 0.1, "target": 1.0}
KINDS = {
    "rloo": {"algorithm": "rloo", "pass_tokens": 64},
    "ppo": {"algorithm": "ppo", "minibatches": 2},
    "lora": {"algorithm": "grpo", "mode": "lora", "transform": "par", "references": 2},
}


def live(folder, kind, steps, said):
    """A life: the run as it is gone on with, a byte for each step."""
    torch.set_num_threads(1)
    observer = RunObserver(report=lambda step, values: os.write(said, b"."))
    policy = causal.open_folder(folder.parent / "policy", "small")
    running.run(commission(folder, HELD, KL, policy=policy, steps=steps, keep_every=2, **KINDS[kind]), observer)


def life(folder, kind, steps, chance=None):
    """How many steps it took; killed where `chance` says when."""
    heard, said = os.pipe()
    child = os.fork()
    if not child:
        os.close(heard)
        try:
            live(folder, kind, steps, said)
            os._exit(0)
        finally:
            os._exit(1)
    os.close(said)
    left = chance.randint(0, steps) if chance else sys.maxsize
    taken = 0
    while left and os.read(heard, 1):
        left, taken = left - 1, taken + 1
    if chance:
        time.sleep(chance.uniform(0.0, 0.05))
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(heard)
    assert chance or status == 0, "the last life must come to its end"
    return taken


if __name__ == "__main__":
    root, kind, steps, kills, seed = Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:])
    save_policy(root / "policy")
    life(root / "whole", kind, steps)
    chance = random.Random(seed)
    for _ in range(kills):
        life(root / "killed", kind, steps, chance)
    life(root / "killed", kind, steps)
