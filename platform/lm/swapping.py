"""Several adapters over one backbone in memory: its weights are shared, and one adapter at a time changes what it says.

A copy of the structure stands around the same tensors, so that whoever shares the backbone does not see the change.
"""

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

from lm.adapters import Shape


def around(model: Any) -> Any:
    """A copy of a model that holds the same tensors, not copies of them."""
    same = {id(tensor): tensor for tensor in (*model.parameters(), *model.buffers())}
    return copy.deepcopy(model, same)


@contextmanager
def put_on(model: Any, matrices: Mapping[str, Tensor], shape: Shape) -> Iterator[None]:
    """Inside, the model is as if the adapter had been merged; behind, as it was."""
    before = {}
    try:
        for name, weight in merged(model, matrices, shape).items():
            module = model.get_submodule(name)
            before[name] = module.weight
            module.weight = nn.Parameter(weight, requires_grad=False)
        yield
    finally:
        for name, weight in before.items():
            model.get_submodule(name).weight = weight


@torch.no_grad()
def merged(model: Any, matrices: Mapping[str, Tensor], shape: Shape) -> dict[str, Tensor]:
    """The weight of each adapted projection by its name, the adapter added in fp32 as `adapters.merge` does."""
    names = sorted({name.partition(".lora_")[0] for name in matrices})
    found = {}
    for name in names:
        module = model.get_submodule(name)
        down, up = (matrices[f"{name}.{part}.weight"].to(module.weight.device) for part in ("lora_A", "lora_B"))
        added = (up @ down).T if isinstance(module, Conv1D) else up @ down
        found[name] = module.weight.float() + added * (shape.alpha / shape.rank)
    return found
