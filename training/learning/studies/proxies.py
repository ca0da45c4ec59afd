"""The proxies of studies: small networks that read counted words and learn from judgments of pairs.

A proxy of size 0 weighs words; one of size h adds h units that bend. Size, number and noise of judgments are what makes
it a better or a worse stand-in for the gold. A tenth of the judgments is held out, and the epoch that does best on it
is kept, as anybody would.
"""

import copy
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from lm.backbones import Backbone
from rewardmodels.learning import keys
from rewardmodels.learning.rewards import Items, Score
from rewardmodels.learning.world import prompts
from rewardmodels.learning.world.grammar import Floats
from training.learning.studies import reading
from training.learning.studies.pools import Pool

EPOCHS, BATCH, RATE, DECAY, HELD_OUT = 30, 64, 3e-3, 0.01, 0.1


class Network(nn.Module):
    """w·x + v·relu(Ax + b) on scaled counts."""

    scale: Tensor

    def __init__(self, size: int, scale: Tensor, generator: torch.Generator) -> None:
        super().__init__()
        width = len(scale)
        self.register_buffer("scale", scale)
        self.straight = nn.Parameter(torch.zeros(width))
        self.inner = nn.Parameter(torch.randn(size, width, generator=generator) * (2 / width) ** 0.5)
        self.level = nn.Parameter(torch.randn(size, generator=generator) * 0.1)
        self.outer = nn.Parameter(torch.randn(size, generator=generator) / max(size, 1) ** 0.5)

    def forward(self, read: Tensor) -> Tensor:  # (…, width) → (…)
        scaled = read * self.scale
        return scaled @ self.straight + torch.relu(scaled @ self.inner.T + self.level) @ self.outer


def fit(pairs: Tensor, first_wins: Floats, size: int, seed: int) -> Network:  # (n, 2, width), (n,)
    """By cross-entropy on the difference; the seed makes the first weights and the order of the judgments."""
    generator = keys.generator(seed, "proxy")
    network = Network(size, 1 / (pairs.flatten(0, 1).std(0) + 0.1), generator)
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    outcome = torch.from_numpy(first_wins)
    aside = max(1, int(HELD_OUT * len(pairs)))
    best, kept = float("inf"), copy.deepcopy(network.state_dict())
    for _epoch in range(EPOCHS):
        for chosen in (aside + torch.randperm(len(pairs) - aside, generator=generator)).split(BATCH):
            optimiser.zero_grad()
            loss(network, pairs[chosen], outcome[chosen]).backward()
            optimiser.step()
        with torch.no_grad():
            found = float(loss(network, pairs[:aside], outcome[:aside]))
        if found < best:
            best, kept = found, copy.deepcopy(network.state_dict())
    network.load_state_dict(kept)
    return network.requires_grad_(False)


def loss(network: Network, pairs: Tensor, outcome: Tensor) -> Tensor:
    utilities = network(pairs)
    return binary_cross_entropy_with_logits(utilities[:, 0] - utilities[:, 1], outcome)


@torch.no_grad()
def scores(network: Network, pool: Pool) -> Floats:  # → (prompts, pool)
    rows = []
    for counted, stake in zip(pool.counts, pool.stakes, strict=True):
        rows.append(network(reading.table(counted, np.full(len(counted), stake))).double().numpy())
    return np.stack(rows)


@dataclass(frozen=True)
class Proxy:
    """A network as a reward that a policy can be pushed against, in units of its deviation on the reference."""

    network: Network
    center: float
    deviation: float
    unit: str = "simulated"

    @property
    def own(self) -> dict[str, Any]:
        return {"form": "proxy", "unit": self.unit}

    @torch.no_grad()
    def values(self, items: Items) -> Floats:  # → (items,)
        asked = [prompts.read(prompt) for prompt, _ in items]
        counted = reading.counts_of([text for _, text in items], [request.wanted for request in asked])
        read = reading.table(counted, np.array([float(request.stake) for request in asked]))
        return np.asarray((self.network(read).double().numpy() - self.center) / self.deviation)

    def score(self, items: Items, *, budget: int = 8_192) -> list[Score]:
        return [Score(value, value, tokens=0, is_whole=True) for value in self.values(items).tolist()]

    def backbones(self) -> Iterable[Backbone]:
        return ()

    def modules(self) -> Iterable[nn.Module]:
        return (self.network,)
