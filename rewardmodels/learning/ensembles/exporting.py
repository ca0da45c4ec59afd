"""One head for other tools: the members' mean is one head exactly; a cautious combination is distilled into one."""

from typing import NamedTuple

import torch
from scipy.stats import spearmanr
from torch import Tensor

from lm.families import Family
from rewardmodels.learning import heads
from rewardmodels.learning.ensembles.combining import Combination
from rewardmodels.learning.heads import Head

RIDGE = 1e-3  # of the mean squared length of a hidden state, a candidate


class Export(NamedTuple):
    """How well the exported head says what the ensemble says, on candidates that it was not made from."""

    is_exact: bool
    n: int
    rms: float  # of the difference of the two, in the unit of the reward
    largest: float
    rank_correlation: float


def head_of(members: list[Head], how: Combination, states: Tensor) -> Head:
    """The one head that other tools read; states (candidates, width) to distil it from where it must be."""
    if how.name == "mean":
        return merged(members)
    with torch.no_grad():
        goal = how(torch.stack([member(states.double()) for member in members]))
    return distilled(merged(members), goal, states)


def with_weight(head: Head, weight: Tensor) -> Head:  # weight (1, width)
    """The head with other weights on the same layer below."""
    made = copy_of(head)
    with torch.no_grad():
        made.out.weight.copy_(weight)
    return made


def merged(members: list[Head]) -> Head:
    """The head whose utility is the members' mean; they share the layer below."""
    head = copy_of(members[0])
    with torch.no_grad():
        head.out.weight.copy_(torch.stack([member.out.weight for member in members]).mean(0))
        head.out.bias.copy_(torch.stack([member.out.bias for member in members]).mean(0))
    return head


@torch.no_grad()
def distilled(near: Head, goal: Tensor, states: Tensor) -> Head:
    """The head that says the goal (candidates,) best by least squares, held towards another one."""
    head = copy_of(near)
    hidden = head.hidden(states.double())
    center, level = hidden.mean(0), goal.mean()
    offset = hidden - center
    before = head.out.weight[0].clone()
    ridge = RIDGE * offset.square().sum(1).mean() * len(hidden) / hidden.shape[1]
    matrix = offset.T @ offset + ridge * torch.eye(hidden.shape[1], dtype=torch.float64)
    weight = before + torch.linalg.solve(matrix, offset.T @ (goal - level - offset @ before))
    head.out.weight.copy_(weight[None])
    head.out.bias.copy_((level - weight @ center)[None])
    return head


def copy_of(head: Head) -> Head:
    copied = Head(head.out.in_features, head.activation).double()
    copied.load_state_dict(head.state_dict())
    return copied


@torch.no_grad()
def compared(head: Head, meant: Tensor, states: Tensor, family: Family, *, is_exact: bool) -> Export:
    """The exported head, in fp32 as it is saved, beside what is meant (candidates,); states (candidates, width)."""
    named, offset = heads.tensors(head, family)
    said = heads.from_tensors(named, family, offset)(states).double()
    error = (said - meant).abs()
    rank = float(spearmanr(said, meant).statistic) if len(states) > 2 and float(meant.std()) > 0 else 1.0
    return Export(is_exact, len(states), float(error.square().mean().sqrt()), float(error.max()), rank)
