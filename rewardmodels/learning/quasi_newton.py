"""L-BFGS (Nocedal, 1980) with a backtracking line search, small enough to keep in a checkpoint.

torch's own ends its first line search at a step of 0 where the weights' prior is stiff, and then stands still.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

MEMORY = 20
ARMIJO = 1e-4
MOST_HALVINGS = 40

Evaluate = Callable[[Tensor], tuple[float, Tensor]]  # point → (loss, gradient)


class Iterate(NamedTuple):
    """Where the search is, and what it knows of the curvature."""

    point: Tensor  # (parameters,) fp64
    loss: float
    gradient: Tensor  # (parameters,)
    steps: Tensor  # (memory, parameters) the last moves, oldest first
    changes: Tensor  # (memory, parameters) of the gradient along them


def begin(point: Tensor, evaluate: Evaluate) -> Iterate:
    loss, gradient = evaluate(point)
    empty = point.new_zeros((0, len(point)))
    return Iterate(point, loss, gradient, empty, empty)


def direction(at: Iterate) -> Tensor:
    """−(approximate inverse Hessian) · gradient, by the two-loop recursion."""
    found, factors = -at.gradient, []
    for step, change in zip(at.steps.flip(0), at.changes.flip(0), strict=True):
        factor = step.dot(found) / step.dot(change)
        found = found - factor * change
        factors.append(factor)
    if len(at.steps):
        found = found * (at.steps[-1].dot(at.changes[-1]) / at.changes[-1].dot(at.changes[-1]))
    for step, change, factor in zip(at.steps, at.changes, reversed(factors), strict=True):
        found = found + step * (factor - change.dot(found) / step.dot(change))
    return found


def advance(at: Iterate, evaluate: Evaluate) -> Iterate:
    """The next iterate; the same point where no step along the direction lowers the loss."""
    way = direction(at)
    descent = float(way.dot(at.gradient))
    if descent >= 0:
        way, descent = -at.gradient, -float(at.gradient.dot(at.gradient))
    size = 1.0 if len(at.steps) else min(1.0, 1.0 / max(float(at.gradient.norm()), 1e-300))
    for _ in range(MOST_HALVINGS):
        point = at.point + size * way
        loss, gradient = evaluate(point)
        if loss <= at.loss + ARMIJO * size * descent:
            return remember(at, point, loss, gradient)
        size /= 2
    return at


def remember(at: Iterate, point: Tensor, loss: float, gradient: Tensor) -> Iterate:
    step, change = point - at.point, gradient - at.gradient
    if float(step.dot(change)) <= 1e-14 * float(change.dot(change)):  # no curvature along the way: not to be believed
        return Iterate(point, loss, gradient, at.steps, at.changes)
    steps = torch.cat([at.steps[-MEMORY + 1 :], step[None]])
    changes = torch.cat([at.changes[-MEMORY + 1 :], change[None]])
    return Iterate(point, loss, gradient, steps, changes)
