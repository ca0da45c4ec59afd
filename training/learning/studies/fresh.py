"""Looks that are judged: answers to fresh held-out prompts, which no look of a run and no choice has seen."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from lm import causal
from rewardmodels.learning.world import prompts
from rewardmodels.learning.world.grammar import Floats
from training.learning import keeping, policies, rollouts
from training.learning.studies.arms import Amount, Arm, settings

Judged = dict[str, Floats]  # by check (prompts,): the same prompts and random numbers for every policy of a seed


def of_step(policy: Path, folder: Path, step: int, arm: Arm, amount: Amount, seed: int, count: int) -> Judged:
    """Of the checkpoint that a run kept of a step, or of the policy where the step is 0; kept beside the run."""
    path = folder / f"judged-{step}.json"
    if not path.is_file():
        found = answers(keeping.folder_of(folder, step) if step else policy, arm, amount, seed, count)
        draft = path.with_name(f".{path.name}")
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps({name: [float(one) for one in values] for name, values in found.items()}))
        draft.replace(path)
    return {name: np.array(values) for name, values in json.loads(path.read_text()).items()}


def answers(folder: Path, arm: Arm, amount: Amount, seed: int, count: int) -> dict[str, Sequence[float]]:
    own = settings(amount, arm)
    policy = policies.prepare(causal.open_folder(folder, "judged"), own, seed)
    asked = [one.messages for one in prompts.draw(seed, count, held_out=True, purpose="judged")]
    drawn = torch.stack([rollouts.numbers(own.max_new_tokens, seed, "judged", place) for place in range(count)])
    rollout = rollouts.sample(policy, asked, drawn, own.pass_tokens)
    return {name: check(rollout.items) for name, check in arm.checks.items()}
