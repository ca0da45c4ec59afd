"""What a fit needs to go on where it was: tensors in safetensors, numbers beside them, whole or not there at all."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor


class State(NamedTuple):
    step: int
    tensors: dict[str, Tensor]
    numbers: dict[str, Any]  # plain values; floats keep every bit


def save(path: Path, state: State) -> None:
    """Write the state, then put it in the place of the last one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    numbers = json.dumps({"step": state.step, **state.numbers})
    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in state.tensors.items()}
    try:
        save_file(tensors or {"empty": torch.zeros(0)}, draft, metadata={"state": numbers, "format": "pt"})
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def load(path: Path) -> State | None:  # cloned: sums over memory aligned otherwise end in other bits
    """The state, or None where there is none or it cannot be read: the fit then begins again."""
    if not path.is_file():
        return None
    try:
        with safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name).clone() for name in file.keys() if name != "empty"}  # noqa: SIM118
            numbers = json.loads(file.metadata()["state"])
    except (SafetensorError, OSError, ValueError, KeyError, TypeError):
        path.unlink(missing_ok=True)
        return None
    return State(numbers.pop("step"), tensors, numbers)


def flatten(tree: Any, prefix: str = "") -> tuple[dict[str, Tensor], Any]:
    """An optimiser's state as tensors by path, and a JSON skeleton in which each path stands for its tensor."""
    if isinstance(tree, Tensor):
        return {prefix: tree}, {"tensor": prefix}
    if isinstance(tree, Mapping):
        items = [(str(key), *flatten(value, f"{prefix}/{key}")) for key, value in tree.items()]
        return merged(part for _, part, _ in items), {"map": {key: shape for key, _, shape in items}}
    if isinstance(tree, (list, tuple)):
        rows = [flatten(value, f"{prefix}/{index}") for index, value in enumerate(tree)]
        return merged(part for part, _ in rows), {"list": [shape for _, shape in rows]}
    return {}, {"value": tree}


def merged(parts: Any) -> dict[str, Tensor]:
    return {name: tensor for part in parts for name, tensor in part.items()}


def unflatten(tensors: Mapping[str, Tensor], shape: Any) -> Any:
    """The tree that `flatten` took apart; keys that were whole numbers are whole numbers again."""
    if "tensor" in shape:
        return tensors[shape["tensor"]]
    if "map" in shape:
        return {(int(key) if key.isdigit() else key): unflatten(tensors, value) for key, value in shape["map"].items()}
    if "list" in shape:
        return [unflatten(tensors, value) for value in shape["list"]]
    return shape["value"]
