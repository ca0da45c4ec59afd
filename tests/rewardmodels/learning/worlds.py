"""Comparisons with a known truth, as columns, without any text."""

import torch

from rewardmodels.learning.evidence import PairColumns


def columns(first, second, outcome, *, strength=None, side=None, annotator=None, cluster=None) -> PairColumns:
    n = len(first)
    given = {"strength": strength, "side": side, "annotator": annotator}
    filled = {name: torch.zeros(n).long() if value is None else torch.as_tensor(value) for name, value in given.items()}
    return PairColumns(
        first=torch.as_tensor(first),
        second=torch.as_tensor(second),
        outcome=torch.as_tensor(outcome),
        cluster=torch.arange(n) if cluster is None else torch.as_tensor(cluster),
        **filled,
    )


def linear_world(pairs=400, width=5, seed=0, cut=None):
    """(states, weights, pairs): logistic judgments of a linear utility, ties where a cut is given."""
    generator = torch.Generator().manual_seed(seed)
    states = torch.randn(2 * pairs, width, generator=generator)
    weights = torch.linspace(-1, 1, width, dtype=torch.float64)
    first, second = torch.arange(0, 2 * pairs, 2), torch.arange(1, 2 * pairs, 2)
    utility = states.double() @ weights
    chance = torch.rand(pairs, generator=generator, dtype=torch.float64).clamp(1e-9, 1 - 1e-9)
    noisy = utility[first] - utility[second] + torch.log(chance / (1 - chance))
    outcome = torch.where(noisy.abs() <= (cut or 0.0), 0, torch.sign(noisy).long())
    return states, weights, columns(first, second, outcome)
