"""How much better an answer is than its prompt's others."""

from collections.abc import Callable

import torch
from torch import Tensor


def leave_one_out(values: Tensor, counts: Tensor, samples: int) -> Tensor:
    """(answers,): each value less the mean of its group's others (Ahmadian et al., arXiv 2402.14740).

    `values` (answers,) group after group; `counts` (answers,) bool says who takes part. Who does not gets 0, and so
    does who is alone. The k/(k − 1)-fold distance to the group's mean is the same.
    """
    table, mask = values.view(-1, samples), counts.view(-1, samples).to(values.dtype)
    number = mask.sum(1, keepdim=True)
    mean = (table * mask).sum(1, keepdim=True) / number.clamp(min=1)
    factor = torch.where(number > 1, number / (number - 1).clamp(min=1), 0.0)
    return ((table - mean) * factor * mask).reshape(-1)


def spreads(values: Tensor, counts: Tensor, samples: int) -> Tensor:
    """(groups,): the deviation (ddof 0) within each group, of those who take part."""
    table, mask = values.view(-1, samples), counts.view(-1, samples).to(values.dtype)
    number = mask.sum(1).clamp(min=1)
    mean = (table * mask).sum(1) / number
    return (((table - mean.unsqueeze(1)) ** 2 * mask).sum(1) / number).sqrt()


def scaled(advantages: Tensor, counts: Tensor) -> Tensor:
    """Divided by their deviation in the step, over all groups; what does not vary stays 0."""
    deviation = advantages[counts].pow(2).mean().sqrt() if counts.any() else advantages.new_zeros(())
    return advantages / deviation if deviation > 0 else advantages


def by_step(values: Tensor, counts: Tensor, samples: int) -> Tensor:
    """(answers,): each value less the mean of all others of the step."""
    return leave_one_out(values, counts, len(values))


def by_group_deviation(values: Tensor, counts: Tensor, samples: int) -> Tensor:
    """(answers,): the distance to the group's mean in its deviations (ddof 1); a group without spread gives 0."""
    table, mask = values.view(-1, samples), counts.view(-1, samples).to(values.dtype)
    number = mask.sum(1, keepdim=True)
    off = (table - (table * mask).sum(1, keepdim=True) / number.clamp(min=1)) * mask
    deviation = (off.pow(2).sum(1, keepdim=True) / (number - 1).clamp(min=1)).sqrt()
    return torch.where(deviation > 1e-9, off / deviation.clamp(min=1e-9), 0.0).reshape(-1)


BASELINES: dict[str, Callable[[Tensor, Tensor, int], Tensor]] = {
    "group": leave_one_out,
    "step": by_step,
    "group_deviation": by_group_deviation,
}
