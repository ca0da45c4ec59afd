"""Members into one reward: the fixtures of Coste et al. (2023), limits, and one variance for all (T13)."""

import numpy as np
import pytest
import torch

from rewardmodels.learning.ensembles.combining import Combination, variance


def combined(name, scores, **more):
    return float(Combination(name, **more)(torch.tensor(scores, dtype=torch.float64)[:, None]))


@pytest.mark.parametrize(
    ("name", "scores", "expected"),
    [
        ("mean", [1.0, 1.2, 2.6], 1.6),
        ("worst", [1.0, 1.2, 2.6], 1.0),
        ("uncertainty", [1.0, 1.2, 2.6], 1.3466667),
        ("uncertainty", [1.0, 1.1, 1.2], 1.0966667),
    ],
)
def test_each_combination_by_hand(name, scores, expected):
    assert combined(name, scores) == pytest.approx(expected, abs=1e-6)


def test_the_population_variance_by_hand():
    assert float(variance(torch.tensor([[1.0], [1.2], [2.6]]))) == pytest.approx(0.5066667, abs=1e-6)


@pytest.mark.parametrize("ddof", [0, 1])
def test_the_variance_is_numpys_and_half_the_mean_squared_difference(ddof):
    scores = torch.randn(5, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert variance(scores, ddof).numpy() == pytest.approx(np.var(scores.numpy(), axis=0, ddof=ddof), abs=1e-12)
    pairwise = (scores[:, None] - scores[None]).square().mean((0, 1)) / 2
    assert variance(scores).numpy() == pytest.approx(pairwise.numpy(), abs=1e-12)


@pytest.mark.parametrize("name", ["mean", "worst", "uncertainty"])
@pytest.mark.parametrize("ddof", [0, 1])
def test_one_member_is_itself(name, ddof):
    assert combined(name, [0.7], ddof=ddof) == pytest.approx(0.7)
    assert float(Combination(name, ddof=ddof).spread(torch.tensor([[0.7]]))) == 0


def test_no_penalty_is_the_mean():
    assert combined("uncertainty", [1.0, 4.0], penalty=0.0) == combined("mean", [1.0, 4.0])


@pytest.mark.parametrize("name", ["mean", "worst", "uncertainty"])
def test_a_constant_in_every_member_moves_the_reward_by_it(name):
    assert combined(name, [11.0, 11.2, 12.6]) == pytest.approx(combined(name, [1.0, 1.2, 2.6]) + 10)
