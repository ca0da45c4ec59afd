"""All that a run needs to go on where it was: one file, whole or not there."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from rewardmodels.learning import checkpoints
from rewardmodels.learning.checkpoints import State
from training.learning import processes, sharding
from training.learning.commissions import Unrunnable

STATE, PASSES = "state/run.safetensors", "state/passes.json"


def save(
    folder: Path,
    step: int,
    learned: Mapping[str, nn.Parameter],
    optimiser: torch.optim.Optimizer,
    numbers: dict[str, Any],
    beside: Mapping[str, Tensor],
) -> None:
    """Weights, optimiser and numbers, whole whoever holds their shares: any number of processes can go on from them.

    When the disk is full the last state stays and a sentence says so.
    """
    tensors: dict[str, Tensor] = {f"weights.{name}": one for name, one in learned.items()}
    flat, shape = checkpoints.flatten(copy.copy(optimiser.state_dict()))
    tensors |= {f"optimiser.{name}": one for name, one in flat.items()} | dict(beside)
    tensors = sharding.for_the_first(tensors)
    if not processes.is_first():
        return
    try:
        checkpoints.save(folder / STATE, State(step, tensors, {**numbers, "optimiser": shape}))
    except (OSError, SafetensorError) as error:
        raise full(error) from error


def full(error: Exception) -> Unrunnable:
    return Unrunnable(
        f"The run's state could not be written ({error}). Its last checkpoint is whole: make room and resume the run."
    )


def load(folder: Path) -> State | None:
    return checkpoints.load(folder / STATE)


@torch.no_grad()
def put(state: State, learned: Mapping[str, nn.Parameter]) -> None:
    """Weights as they were."""
    for name, one in learned.items():
        one.copy_(sharding.like(state.tensors[f"weights.{name}"], one))


@torch.no_grad()
def restore(state: State, learned: Mapping[str, nn.Parameter], optimiser: torch.optim.Optimizer) -> None:
    """Weights and optimiser as they were."""
    put(state, learned)
    prefix = "optimiser."
    own = {name.removeprefix(prefix): one for name, one in state.tensors.items() if name.startswith(prefix)}
    whole = checkpoints.unflatten(own, state.numbers["optimiser"])
    for parameter, kept in zip(learned.values(), whole["state"].values(), strict=False):  # none before the first step
        kept.update({name: sharding.like(one, parameter) for name, one in kept.items() if one.shape == parameter.shape})
    optimiser.load_state_dict(whole)


def smaller_passes(folder: Path) -> tuple[int, int] | None:
    """(from which step, tokens): what was chosen when memory ran out, so that a resumed run chooses it again."""
    try:
        found = json.loads((folder / PASSES).read_text())
        return int(found["step"]), int(found["tokens"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def choose_smaller_passes(folder: Path, step: int, tokens: int) -> None:
    path = folder / PASSES
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(".passes")
    draft.write_text(json.dumps({"step": step, "tokens": tokens}))
    draft.replace(path)
