"""Low-rank adapters (LoRA, Hu et al., 2021) through peft: put in, taken out, merged, and written for other tools."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import LoraLayer
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

from lm.families import Family

NAME = "default"
CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
INSIDE_A_LAYER = re.compile(r"(?:^|\.)\d+\.(.+)")


class Base(NamedTuple):
    """What an adapter is put on, as other tools find it."""

    name: str  # a hub's id or a folder
    revision: str | None
    prefix: str  # under which the sequence classifier keeps the model
    family: Family


class Shape(NamedTuple):
    rank: int
    alpha: float  # adapters are multiplied by alpha over rank


def put_in(model: Any, shape: Shape, *, seed: int) -> list[nn.Parameter]:
    """Adapters at every projection of every layer, drawn by `seed`; they alone can be learned."""
    config = LoraConfig(
        r=shape.rank,
        lora_alpha=shape.alpha,  # type: ignore[arg-type]
        lora_dropout=0.0,
        target_modules=projections(model),
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        inject_adapter_in_model(config, model, NAME)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_("lora_" in name)
    return [parameter for parameter in model.parameters() if parameter.requires_grad]


def projections(model: Any) -> list[str]:
    """The names, inside a layer, of what multiplies by a matrix; what lies outside of the layers is left alone."""
    found = set()
    for name, module in model.named_modules():
        inside = INSIDE_A_LAYER.search(name)
        if inside and isinstance(module, nn.Linear | Conv1D):
            found.add(inside[1])
    return sorted(found)


def layers(model: Any) -> Iterator[tuple[str, Any]]:
    """Each adapted projection by its name."""
    for name, module in list(model.named_modules()):
        if isinstance(module, LoraLayer):
            yield name, module


def own(model: Any) -> dict[str, nn.Parameter]:
    """What is learned, by the projection's name and its own."""
    return {
        f"{name}.{part}.weight": getattr(layer, part)[NAME].weight
        for name, layer in layers(model)
        for part in ("lora_A", "lora_B")
    }


def matrices(model: Any) -> dict[str, Tensor]:
    """A copy of what is learned, in fp32 on the CPU."""
    return {name: one.detach().float().cpu().clone() for name, one in own(model).items()}


@torch.no_grad()
def merge(model: Any) -> None:
    """Add the adapters to the weights that they stand at, in fp32, and take them out (T8)."""
    for name, layer in layers(model):
        own = layer.get_base_layer()
        own.weight.copy_(own.weight.float() + layer.get_delta_weight(NAME).float())
        parent, _, last = name.rpartition(".")
        setattr(model.get_submodule(parent), last, own)
    model.requires_grad_(False)


def write(folder: Path, tensors: dict[str, Tensor], head: dict[str, Tensor], base: Base, shape: Shape) -> None:
    """A folder that peft opens on the base's sequence classifier, its head included (T6)."""
    folder.mkdir(parents=True, exist_ok=True)
    named = {f"base_model.model.{base.prefix}.{name}": tensor for name, tensor in tensors.items()}
    named |= {f"base_model.model.{name}": tensor for name, tensor in head.items()}
    save_file(named, folder / WEIGHTS, metadata={"format": "pt"})
    options = {"task_type": "SEQ_CLS", "modules_to_save": heads_of(base.family)}
    write_config(folder, shape, targets(tensors), base.name, base.revision, **options)


def read(folder: Path, prefix: str) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """What `write` wrote: the matrices by the names that `matrices` gives them, and the head's tensors."""
    inside = f"base_model.model.{prefix}."
    named = load_file(folder / WEIGHTS)
    adapted = {name for name in named if ".lora_" in name}
    tensors = {name.removeprefix(inside): named[name] for name in adapted}
    return tensors, {name.removeprefix("base_model.model."): named[name] for name in set(named) - adapted}


def write_causal(folder: Path, tensors: dict[str, Tensor], name: str, revision: str | None, shape: Shape) -> None:
    """A folder that peft opens on the causal model of that name."""
    folder.mkdir(parents=True, exist_ok=True)
    named = {f"base_model.model.{key}": tensor for key, tensor in tensors.items()}
    save_file(named, folder / WEIGHTS, metadata={"format": "pt"})
    write_config(folder, shape, targets(tensors), name, revision, task_type="CAUSAL_LM")


def write_config(
    folder: Path, shape: Shape, modules: list[str], name: str, revision: str | None, **options: Any
) -> None:
    config = LoraConfig(
        r=shape.rank,
        lora_alpha=shape.alpha,  # type: ignore[arg-type]
        lora_dropout=0.0,
        target_modules=modules,
        base_model_name_or_path=name,
        revision=revision,
        inference_mode=True,
        **options,
    )
    described = {key: sorted(value) if isinstance(value, set) else value for key, value in config.to_dict().items()}
    text = json.dumps(described, indent=2, sort_keys=True, default=str)
    (folder / CONFIG).write_text(text + "\n")


def targets(tensors: dict[str, Tensor]) -> list[str]:
    """The adapted projections by their names inside a layer."""
    inside = (INSIDE_A_LAYER.search(name.rpartition(".lora_")[0]) for name in tensors)
    return sorted({found[1] for found in inside if found})


def heads_of(family: Family) -> list[str]:
    """The modules of the classifier that are the head's; a classifier of several layers is one of them."""
    names = [name for name in (family.dense, family.out) if name]
    return sorted({"classifier" if name.startswith("classifier.") else name for name in names})
