"""Root-mean-square norms of a model in one kernel, for passes in half precision.

transformers norms in five steps over fp32, whose result every projection then rounds for itself. Here the mean of
squares is taken in fp32 as well, and what comes out is rounded once: the projections see the same numbers. The last
norm of all stays as it is, for what it gives is read by a head in fp32.
"""

import re
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import rms_norm

INSIDE_A_LAYER = re.compile(r"\.\d+\.")


def begin(model: Any) -> None:
    """From here on norms over the whole width are computed so; `end` undoes it."""
    for module in norms(model):
        module.forward = partial(normed, module)


def end(model: Any) -> None:
    for module in norms(model):
        vars(module).pop("forward", None)


def norms(model: Any) -> list[Any]:
    """Those of layers that are built as Llama's are: a weight, a small number under the root, and nothing else."""
    width = model.config.hidden_size
    return [
        module
        for name, module in model.named_modules()
        if INSIDE_A_LAYER.search(name) and type(module).__name__.endswith("RMSNorm") and is_plain(module, width)
    ]


def is_plain(module: nn.Module, width: int) -> bool:
    own = list(module.parameters(recurse=False))
    return hasattr(module, "variance_epsilon") and len(own) == 1 and own[0].shape == (width,)


def normed(module: Any, hidden: Tensor) -> Tensor:  # (…, width) → (…, width) in the precision of the projections
    found = rms_norm(hidden.float(), (hidden.shape[-1],), module.weight.float(), module.variance_epsilon)
    device = hidden.device.type
    return found.to(torch.get_autocast_dtype(device)) if torch.is_autocast_enabled(device) else found.to(hidden.dtype)
