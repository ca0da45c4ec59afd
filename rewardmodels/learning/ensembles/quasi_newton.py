"""L-BFGS for several problems of one shape at once: each has a step of its own, and one evaluation serves all.

A member that a step along its direction does not help stays where it is; the others go on.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from rewardmodels.learning.quasi_newton import ARMIJO, MEMORY, MOST_HALVINGS

Evaluate = Callable[[Tensor], tuple[Tensor, Tensor]]  # (members, p) → losses (members,), gradients (members, p)


class Iterates(NamedTuple):
    """Where each search is, and what it knows of the curvature."""

    points: Tensor  # (members, p) fp64
    losses: Tensor  # (members,)
    gradients: Tensor  # (members, p)
    steps: Tensor  # (memory, members, p) the last moves, oldest first
    changes: Tensor  # (memory, members, p) of the gradients along them; 0 where they are not to be believed
    scales: Tensor  # (members,) the inverse curvature along the last believed step


def begin(points: Tensor, evaluate: Evaluate) -> Iterates:
    losses, gradients = evaluate(points)
    empty = points.new_zeros((0, *points.shape))
    return Iterates(points, losses, gradients, empty, empty, points.new_zeros(len(points)))


def dot(one: Tensor, other: Tensor) -> Tensor:  # (members, p) twice → (members,)
    return (one * other).sum(1)


def over(above: Tensor, below: Tensor) -> Tensor:
    """The quotient; 0 where the divisor is."""
    return torch.where(below != 0, above / torch.where(below != 0, below, 1.0), 0.0)


def directions(at: Iterates) -> Tensor:  # → (members, p)
    """−(approximate inverse Hessian) · gradient, by the two-loop recursion."""
    found, factors = -at.gradients, []
    for step, change in zip(at.steps.flip(0), at.changes.flip(0), strict=True):
        factor = over(dot(step, found), dot(step, change))
        found = found - factor[:, None] * change
        factors.append(factor)
    found = torch.where(at.scales[:, None] > 0, found * at.scales[:, None], found)
    for step, change, factor in zip(at.steps, at.changes, reversed(factors), strict=True):
        back = over(dot(change, found), dot(step, change))
        found = found + step * torch.where(dot(step, change) != 0, factor - back, 0.0)[:, None]
    return found


def advance(at: Iterates, evaluate: Evaluate) -> Iterates:
    """The next iterates; a member stays where no step along its direction lowers its loss."""
    ways = directions(at)
    descents = dot(ways, at.gradients)
    is_uphill = descents >= 0
    ways = torch.where(is_uphill[:, None], -at.gradients, ways)
    descents = torch.where(is_uphill, -dot(at.gradients, at.gradients), descents)
    first = (1.0 / at.gradients.norm(dim=1).clamp(min=1e-300)).clamp(max=1.0)
    sizes = torch.where(at.scales > 0, 1.0, first)
    points, losses, gradients = at.points, at.losses, at.gradients
    is_waiting = descents < 0
    for _ in range(MOST_HALVINGS):
        tried = torch.where(is_waiting[:, None], at.points + sizes[:, None] * ways, points)
        found, slopes = evaluate(tried)
        is_good = is_waiting & (found <= at.losses + ARMIJO * sizes * descents)
        points = torch.where(is_good[:, None], tried, points)
        losses = torch.where(is_good, found, losses)
        gradients = torch.where(is_good[:, None], slopes, gradients)
        is_waiting = is_waiting & ~is_good
        if not bool(is_waiting.any()):
            break
        sizes = torch.where(is_waiting, sizes / 2, sizes)
    return remember(at, points, losses, gradients)


def remember(at: Iterates, points: Tensor, losses: Tensor, gradients: Tensor) -> Iterates:
    step, change = points - at.points, gradients - at.gradients
    curvature, size = dot(step, change), dot(change, change)
    is_believed = curvature > 1e-14 * size
    if not bool(is_believed.any()):
        return Iterates(points, losses, gradients, at.steps, at.changes, at.scales)
    kept = is_believed[:, None]
    steps = torch.cat([at.steps[-MEMORY + 1 :], torch.where(kept, step, 0.0)[None]])
    changes = torch.cat([at.changes[-MEMORY + 1 :], torch.where(kept, change, 0.0)[None]])
    scales = torch.where(is_believed, over(curvature, size), at.scales)
    return Iterates(points, losses, gradients, steps, changes, scales)
