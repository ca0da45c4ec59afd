"""Weights of which every process holds a share (FSDP2: Zhao et al., arXiv 2304.11277; `fully_shard` of torch).

A layer's weights come together while it is passed through and part again behind it; gradients and the optimiser's state
exist in shares alone. A process that is alone holds everything, on the same way through the same functions.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor

from training.learning import processes


class Whole(nn.Module):
    """A model that is only computed with from in here, where its outer weights are together.

    With `is_half` its layers compute in bf16, whatever their weights are in.
    """

    def __init__(self, model: Any, is_half: bool = False) -> None:
        super().__init__()
        self.model, self.is_half = model, is_half

    def forward(self, function: Callable[..., Any], *given: Any) -> Any:
        """function(model, *given)."""
        with torch.autocast(self.model.device.type, torch.bfloat16, enabled=self.is_half):
            return function(self.model, *given)


def share_out(model: Any, is_half: bool = False) -> Whole:
    """The model with its weights in shares, layer by layer, where there are several processes to hold them."""
    whole = Whole(model, is_half)
    if processes.count() == 1:
        return whole
    mesh = init_device_mesh(torch.device(model.device).type, (processes.count(),))
    for layer in layers_of(model):
        fully_shard(layer, mesh=mesh, reshard_after_forward=True)
    fully_shard(whole, mesh=mesh, reshard_after_forward=True)
    with torch.no_grad():
        whole(lambda model: None)  # from here on it knows that it is the outermost
    return whole


def layers_of(model: Any) -> list[nn.Module]:
    """The blocks that a causal model stacks."""
    stacks: list[nn.ModuleList] = [one for one in model.base_model.modules() if isinstance(one, nn.ModuleList)]
    if not stacks:
        return []
    largest = max(stacks, key=size)
    return list(largest)


def size(module: nn.Module) -> int:
    return sum(one.numel() for one in module.parameters())


@contextmanager
def together(*wholes: Whole | None, outer_alone: bool = False) -> Iterator[None]:
    """All weights in every process, for passes whose number differs from process to process; no gradient is taken.

    With `outer_alone` only what lies outside of the layers, as the head does.
    """
    parts = [one for whole in wholes if whole is not None for one in shared(whole, outer_alone)]
    for one in parts:
        one.set_reshard_after_forward(False, recurse=False)
        one.unshard()
    try:
        yield
    finally:
        for one in parts:
            one.reshard()
            one.set_reshard_after_forward(True, recurse=False)


def shared(whole: Whole, outer_alone: bool) -> Sequence[FSDPModule]:
    found: Sequence[FSDPModule] = [one for one in whole.modules() if isinstance(one, FSDPModule)]
    return found[:1] if outer_alone else found


def backward(loss: Tensor) -> None:
    """The gradient of the sum of all processes' losses; by itself the mean is taken."""
    (loss * processes.count()).backward()


def gathered(tensor: Tensor) -> Tensor:
    """All of a tensor, whoever holds its shares; every process asks for it at the same time."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def for_the_first(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """All of each on the CPU for the first process, nothing for the others; never two at once on a device."""
    found = {}
    for name, tensor in tensors.items():
        whole = gathered(tensor.detach())
        if processes.is_first():
            found[name] = whole.cpu() if isinstance(tensor, DTensor) else whole
    return found


def like(tensor: Tensor, shares: Tensor) -> Tensor:
    """The own share of a tensor that every process has, as another lies in shares."""
    if not isinstance(shares, DTensor):
        return tensor
    return distribute_tensor(tensor.to(shares.device), shares.device_mesh, shares.placements, src_data_rank=None)
