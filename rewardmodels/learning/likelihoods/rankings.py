"""Orders of two to eight answers: Plackett (1975) and Luce (1959), with ties in one of two ways, by name.

`exact`: the answers of a tied group were not put in order, so the probability is the sum over all orders that agree
with what was said. `davidson_luce`: a tie is an answer of its own, with a parameter for each size of group (Firth,
Kosmidis and Turner 2019). Without ties both are Plackett and Luce, and for two answers σ of the difference.
"""

from collections.abc import Iterator
from functools import cache
from itertools import combinations

import torch
from torch import Tensor, nn

from rewardmodels.learning.columns import RankingColumns
from rewardmodels.learning.likelihoods.annotators import LogSlope, Prior
from rewardmodels.learning.likelihoods.likelihood import Likelihood

MOST = 8
NEVER = -1e30  # log-probability of a state that cannot be reached; finite, so that gradients stay finite
TIE_DEVIATION = 2.0


class RankingLikelihood(Likelihood):
    """log P(order), whole rankings at a time."""

    def __init__(self, train: RankingColumns, annotators: int, slopes: Prior, *, ties: str) -> None:
        super().__init__()
        self.ties = ties
        self.log_slope = LogSlope(train.annotator, annotators, slopes)
        largest = train.candidate.shape[1] if ties == "davidson_luce" else 1
        self.log_ties = nn.Parameter(torch.full((largest - 1,), -1.0, dtype=torch.float64))  # groups of 2, 3, …

    def forward(self, utilities: Tensor, columns: RankingColumns) -> Tensor:
        strength = utilities[columns.candidate] * self.log_slope.slopes(columns.annotator)[:, None]
        sizes = columns.counts.sum(1)
        said = torch.zeros(len(columns), dtype=utilities.dtype)
        for size in torch.unique(sizes).tolist():
            here = torch.nonzero(sizes == size)[:, 0]
            found = self.of_size(strength[here, :size], columns.rank[here, :size])
            said = said.index_put((here,), found)
        return said

    def of_size(self, strength: Tensor, rank: Tensor) -> Tensor:  # both (rankings, size) → (rankings,)
        if self.ties == "davidson_luce":
            return davidson_luce(strength, rank, torch.cat([self.log_ties.new_zeros(1), self.log_ties]))
        return exact(strength, rank)

    def log_prior(self) -> Tensor:
        return self.log_slope.log_prior() - 0.5 * (self.log_ties / TIE_DEVIATION).square().sum()

    def scales(self) -> Iterator[nn.Parameter]:
        yield from self.log_slope.parameters()


def exact(strength: Tensor, rank: Tensor) -> Tensor:  # both (rankings, size) → (rankings,)
    """The log of the sum over all orders that agree with the ranks."""
    ordered, order = rank.sort(stable=True, dim=1)
    is_strict = (ordered.diff(dim=1) > 0).all(1)
    found = strict(strength.gather(1, order))
    if bool(is_strict.all()):
        return found
    tied = torch.nonzero(~is_strict)[:, 0]
    return found.index_put((tied,), summed_over_orders(strength[tied], rank[tied]))


def strict(strength: Tensor) -> Tensor:  # (rankings, size), best first
    left = strength.flip(1).logcumsumexp(1).flip(1)
    return (strength - left).sum(1)


def summed_over_orders(strength: Tensor, rank: Tensor) -> Tensor:
    """A dynamic programme over the sets of answers that were placed: 2^size states instead of size! orders."""
    size = strength.shape[1]
    inside = membership(size)  # (sets, size): which answers a set holds
    left = strength[:, None, :].masked_fill(inside[None], NEVER).logsumexp(2)  # (rankings, sets), of what is not placed
    next_rank = rank[:, None, :].masked_fill(inside[None], MOST).min(2).values  # (rankings, sets)
    reached = [torch.zeros(len(strength), 1, dtype=strength.dtype)]
    place = {0: (0, 0)}  # set → (layer, column)
    for layer, sets in enumerate(layers(size)[1:], start=1):
        steps = []
        for column, whole in enumerate(sets):
            place[whole] = (layer, column)
            for item in range(size):
                if whole >> item & 1:
                    steps.append((column, whole & ~(1 << item), item))
        before = torch.tensor([whole for _, whole, _ in steps])
        columns = torch.tensor([place[whole][1] for _, whole, _ in steps])
        items = torch.tensor([item for _, _, item in steps])
        value = reached[-1][:, columns] + strength[:, items] - left[:, before]
        value = value.masked_fill(rank[:, items] != next_rank[:, before], NEVER)
        reached.append(value.reshape(len(strength), len(sets), layer).logsumexp(2))
    return reached[-1][:, 0]


@cache
def layers(size: int) -> list[list[int]]:
    """All sets of answers as bits, by how many they hold."""
    return [[sum(1 << item for item in chosen) for chosen in combinations(range(size), many)]
            for many in range(size + 1)]  # fmt: skip


@cache
def membership(size: int) -> Tensor:  # (2^size, size) bool
    return torch.tensor([[bool(whole >> item & 1) for item in range(size)] for whole in range(1 << size)])


def davidson_luce(strength: Tensor, rank: Tensor, log_ties: Tensor) -> Tensor:
    """Groups are chosen best first; a group's weight is its tie parameter times the geometric mean of its members'."""
    size = strength.shape[1]
    inside = membership(size)[1:]  # (sets, size), without the empty one
    many = inside.sum(1)
    is_allowed = many <= len(log_ties)
    inside, many = inside[is_allowed], many[is_allowed]
    weight = strength @ inside.double().T / many + log_ties[many - 1]  # (rankings, sets)
    total = torch.zeros(len(strength), dtype=strength.dtype)
    for stage in range(int(rank.max()) + 1):
        group, is_left = rank == stage, rank >= stage
        is_open = ~(inside[None] & ~is_left[:, None]).any(2)  # sets of what is left
        is_group = (inside[None] == group[:, None]).all(2)
        counts = group.any(1)
        chosen = weight.masked_fill(~is_group, NEVER).logsumexp(1)
        among = weight.masked_fill(~is_open, NEVER).logsumexp(1)
        total = total + torch.where(counts, chosen - among, torch.zeros_like(chosen))
    return total
