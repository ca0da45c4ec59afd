"""From a hidden state to a utility, in a form that the backbone's own sequence classifier can hold.

An encoder's classifier reads one token through a dense layer and an activation. The linear head fixes that layer to
standardise the hidden state inside the activation's straight part, so that only the last weights are learned: a convex
problem, exported exactly. The pooler head starts there and learns the dense layer too. A decoder has no dense layer and
no bias.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from lm.families import Family

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "tanh": torch.tanh,
    "gelu": functional.gelu,
    "relu": torch.relu,
    "none": lambda states: states,
}
STRAIGHT = {"tanh": (0.4, 0.0), "gelu": (1.0, 4.0), "relu": (1.0, 4.0), "none": (1.0, 0.0)}  # gain, shift
LEAST_DEVIATION = 1e-6


class Head(nn.Module):
    """u = out(activation(dense(state))) + bias, fp32 when saved.

    Without an activation the dense layer only scales and shifts each number of the state: it is diagonal, and fixed.
    """

    def __init__(self, width: int, activation: str) -> None:
        super().__init__()
        self.activation = activation
        self.dense = nn.Linear(width, width)
        self.out = nn.Linear(width, 1)

    def hidden(self, states: Tensor) -> Tensor:  # (n, width) → (n, width)
        if self.activation == "none":
            return states * self.dense.weight.diagonal() + self.dense.bias
        return ACTIVATIONS[self.activation](self.dense(states))

    def forward(self, states: Tensor) -> Tensor:  # (n, width) → (n,)
        return self.out(self.hidden(states)).squeeze(-1)


def standardising(states: Tensor, family: Family) -> Head:  # states (n, width)
    """A head whose dense layer standardises the states that it is shown and whose weights are still 0."""
    gain, shift = STRAIGHT[family.activation]
    deviation = states.double().std(0, unbiased=False).clamp(min=LEAST_DEVIATION)
    scale = gain / deviation
    head = Head(states.shape[1], family.activation).double()
    with torch.no_grad():
        head.dense.weight.copy_(torch.diag(scale))
        head.dense.bias.copy_(shift - scale * states.double().mean(0))
        head.out.weight.zero_()
        head.out.bias.zero_()
    return head


def tensors(head: Head, family: Family) -> tuple[dict[str, Tensor], float]:
    """The head under the names of the family's classifier, fp32, and the constant that it has no place for."""
    named = {}
    weight, bias = head.out.weight.detach().double(), head.out.bias.detach().double()
    if family.dense:
        named[f"{family.dense}.weight"] = head.dense.weight
        named[f"{family.dense}.bias"] = head.dense.bias
    else:  # nothing between: the standardisation folds into the weights
        bias = bias + weight @ head.dense.bias.detach().double()
        weight = weight @ head.dense.weight.detach().double()
    named[f"{family.out}.weight"] = weight
    if family.out_has_bias:
        named[f"{family.out}.bias"] = bias
    saved = {name: tensor.detach().float().contiguous().clone() for name, tensor in named.items()}
    return saved, 0.0 if family.out_has_bias else float(bias)


def from_tensors(saved: dict[str, Tensor], family: Family, offset: float) -> Head:
    """The head back from its tensors; a missing or unexpected one is an error (T6)."""
    expected = {f"{family.out}.weight"} | ({f"{family.out}.bias"} if family.out_has_bias else set())
    if family.dense:
        expected |= {f"{family.dense}.weight", f"{family.dense}.bias"}
    if set(saved) != expected:
        raise ValueError(f"The head's tensors are {sorted(saved)}, expected are {sorted(expected)}.")
    width = saved[f"{family.out}.weight"].shape[1]
    head = Head(width, family.activation).float()
    with torch.no_grad():
        head.dense.weight.copy_(saved[f"{family.dense}.weight"] if family.dense else torch.eye(width))
        head.dense.bias.copy_(saved[f"{family.dense}.bias"] if family.dense else torch.zeros(width))
        head.out.weight.copy_(saved[f"{family.out}.weight"])
        head.out.bias.copy_(saved[f"{family.out}.bias"] if family.out_has_bias else torch.tensor([offset]))
    return head.eval()
