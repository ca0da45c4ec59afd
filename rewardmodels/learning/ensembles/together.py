"""All members' heads fitted at once over one set of states: the loss of one, mapped over members by `torch.func`."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value, vmap

from rewardmodels.learning import checkpoints
from rewardmodels.learning.checkpoints import State
from rewardmodels.learning.columns import Columns
from rewardmodels.learning.ensembles import quasi_newton
from rewardmodels.learning.ensembles.members import Members
from rewardmodels.learning.ensembles.quasi_newton import Evaluate, Iterates
from rewardmodels.learning.fitting import MOST_STEPS, SMALL_GAIN, SMALL_GRADIENT, must_be_finite
from rewardmodels.learning.observing import NOBODY, Observer
from rewardmodels.learning.posterior import Posterior

NAME = "members"  # of these checkpoints


class Lesson(nn.Module):
    """A posterior in which each judgment counts as often as a member says, the prior around the member's anchor."""

    def __init__(self, posterior: Posterior[Any], inputs: Tensor, said: Columns) -> None:
        super().__init__()
        self.posterior, self.inputs, self.said = posterior, inputs, said

    def forward(self, weights: Tensor, anchor: Tensor) -> Tensor:  # (rows,), (width,) → ()
        posterior = self.posterior
        fit = -(posterior.likelihood(posterior.utilities(self.inputs), self.said) * weights).sum()
        moved = posterior.decay * (0.5 * anchor.square().sum() - posterior.head.out.weight[0] @ anchor)
        return (fit + posterior.penalty() + moved) / posterior.judgments


def shapes(lesson: Lesson) -> dict[str, torch.Size]:
    """What each member learns of its own, by name."""
    named = lesson.named_parameters()
    return {name: value.shape for name, value in named if value.requires_grad and value.numel()}


def unflatten(points: Tensor, named: Mapping[str, torch.Size]) -> dict[str, Tensor]:  # (…, p) → (…, *shape) by name
    found, start = {}, 0
    for name, shape in named.items():
        found[name] = points[..., start : start + shape.numel()].unflatten(-1, shape)
        start += shape.numel()
    return found


def evaluation(lesson: Lesson, members: Members) -> Evaluate:
    """Losses and gradients of all members at their points."""
    named = shapes(lesson)
    fixed = {name: value.detach() for name, value in lesson.named_parameters() if name not in named}

    def loss(point: Tensor, weights: Tensor, anchor: Tensor) -> Tensor:
        return functional_call(lesson, fixed | unflatten(point, named), (weights, anchor))

    mapped = vmap(grad_and_value(loss))

    def evaluate(points: Tensor) -> tuple[Tensor, Tensor]:
        gradients, losses = mapped(points, *members)
        return losses.detach(), gradients.detach()

    return evaluate


class Fitted(NamedTuple):
    parameters: dict[str, Tensor]  # (members, *shape) by name
    steps: int


def fit(lesson: Lesson, members: Members, observer: Observer = NOBODY, before: State | None = None) -> Fitted:
    """Every member from the posterior's own parameters on.

    `before` is what was fitted earlier: steps are counted on from there, and each checkpoint carries it, so that who
    goes on from one need not fit that again.
    """
    named, evaluate = shapes(lesson), evaluation(lesson, members)
    before = before or State(0, {}, {})
    kept = resumable(observer)
    if kept is not None:
        observer.resumed(kept.step)
        step, waited = kept.step - before.step, int(kept.numbers["waited"])
        at = Iterates(**{name: kept.tensors[name] for name in Iterates._fields})
    else:
        own = dict(lesson.named_parameters())
        start = torch.cat([own[name].detach().flatten() for name in named]).repeat(members.size, 1)
        at, step, waited = quasi_newton.begin(start, evaluate), 0, 0
    while step < MOST_STEPS and waited < 3 and steepness(at) > SMALL_GRADIENT:
        last, at = at.losses, quasi_newton.advance(at, evaluate)
        must_be_finite(float(at.losses.sum()), step)
        waited = waited + 1 if float((last - at.losses).max()) <= SMALL_GAIN else 0
        step += 1
        observer.report(before.step + step, {"members_loss": float(at.losses.mean()), "gradient": steepness(at)})
        if observer.checkpoint is not None and step % observer.every == 0:
            numbers = {**before.numbers, "name": NAME, "waited": waited}
            state = State(before.step + step, {**before.tensors, **at._asdict()}, numbers)
            checkpoints.save(observer.checkpoint, state)
    return Fitted(unflatten(at.points, named), step)


def resumable(observer: Observer) -> State | None:
    """The checkpoint of an earlier attempt, if it was among the members already."""
    kept = checkpoints.load(observer.checkpoint) if observer.checkpoint else None
    return kept if kept is not None and kept.numbers.get("name") == NAME else None


def steepness(at: Iterates) -> float:
    return float(at.gradients.abs().max())
