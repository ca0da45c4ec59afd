"""What makes members differ: judgments resampled by cluster, and priors around weights drawn at random.

On the same evidence a convex fit ends in the same place whatever its seed, so seeds alone make no ensemble of linear
heads. Resampling clusters moves members where the evidence is noisy; a prior around a draw from the prior (Osband et
al., 2018) keeps them apart where there is no evidence. With both, a member is near a draw from the posterior.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from rewardmodels.learning import keys

HELD_OUT_SHARE = 0.1  # of the clusters, where a member has to know when to stop


class Members(NamedTuple):
    """How each member sees the evidence."""

    weights: Tensor  # (members, rows) fp64: how often each judgment counts
    anchors: Tensor  # (members, width) fp64: the centre of each prior

    @property
    def size(self) -> int:
        return len(self.weights)


def draw(count: int, clusters: Tensor, width: int, decay: float, differing: str, seed: int) -> Members:
    """`differing` is "resampling", "priors" or "both"; clusters (rows,)."""
    weights = torch.ones((count, len(clusters)), dtype=torch.float64)
    anchors = torch.zeros((count, width), dtype=torch.float64)
    if differing in {"resampling", "both"}:
        weights = torch.stack([resampled(clusters, seed, member) for member in range(count)])
    if differing in {"priors", "both"}:
        rows = [
            torch.randn(width, generator=keys.generator(seed, "anchor", member), dtype=torch.float64)
            for member in range(count)
        ]
        anchors = torch.stack(rows) / decay**0.5
    return Members(weights, anchors)


def hold_out(members: Members, clusters: Tensor, seed: int) -> tuple[Members, Tensor]:
    """The members without what tells each when to stop, and that: (members, rows) bool.

    Clusters that a member did not draw cost it nothing; where it drew all, it gives up some. At most a share.
    """
    held = torch.stack([held_by(weights, clusters, seed, number) for number, weights in enumerate(members.weights)])
    return members._replace(weights=torch.where(held, 0.0, members.weights)), held


def held_by(weights: Tensor, clusters: Tensor, seed: int, member: int) -> Tensor:  # (rows,) twice → (rows,) bool
    found, place = torch.unique(clusters, return_inverse=True)
    is_drawn = torch.zeros(len(found), dtype=torch.bool).index_fill_(0, place[weights > 0], True)
    order = torch.randperm(len(found), generator=keys.generator(seed, "held out", member))
    spare_first = torch.cat([order[~is_drawn[order]], order[is_drawn[order]]])
    most = max(1, round(HELD_OUT_SHARE * len(found)))
    if not bool(is_drawn.all()):
        most = min(most, int((~is_drawn).sum()))
    return torch.isin(place, spare_first[:most])


def resampled(clusters: Tensor, seed: int, member: int) -> Tensor:  # (rows,) → (rows,) fp64
    """How often each row's cluster comes in a draw of as many clusters as there are, with replacement."""
    found, place = torch.unique(clusters, return_inverse=True)
    drawn = torch.randint(len(found), (len(found),), generator=keys.generator(seed, "resampling", member))
    return torch.bincount(drawn, minlength=len(found)).double()[place]
