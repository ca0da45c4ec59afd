"""The likelihood of comparisons: hand-computed, at its limits, and against what it must reduce to."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rewardmodels.learning.likelihoods.links import SymmetricLink, log_difference, log_probability, preference


def tensor(*values):
    return torch.tensor(values, dtype=torch.float64)


def chances(difference, cuts, levels):
    """P of every outcome: second strongest … tie … first strongest."""
    said = [(-1, level) for level in range(levels, 0, -1)] + [(0, 0)] + [(1, level) for level in range(1, levels + 1)]
    outcome, strength = (torch.tensor(column) for column in zip(*said, strict=True))
    return log_probability(torch.full((len(said),), difference, dtype=torch.float64), outcome, strength, cuts).exp()


def sigmoid(value):
    return 1 / (1 + math.exp(-value))


@settings(deadline=None)
@given(st.floats(-30, 30), st.lists(st.floats(0.01, 5), min_size=1, max_size=3))
def test_the_chances_of_all_outcomes_add_up_to_one(difference, gaps):
    cuts = tensor(*gaps).cumsum(0)
    assert abs(float(chances(difference, cuts, len(gaps)).sum()) - 1) < 1e-9


@settings(deadline=None)
@given(st.floats(-20, 20))
def test_swapping_the_answers_mirrors_the_chances(difference):
    cuts = tensor(0.3, 1.0, 2.5)
    assert torch.allclose(chances(difference, cuts, 3), chances(-difference, cuts, 3).flip(0), atol=1e-12)


def test_one_cut_is_rao_and_kupper():
    difference, theta = 0.7, 1.8
    found = chances(difference, tensor(math.log(theta)), 1)
    ahead, behind = math.exp(difference), 1.0
    assert found[2] == pytest.approx(ahead / (ahead + theta * behind), abs=1e-12)
    assert found[0] == pytest.approx(behind / (theta * ahead + behind), abs=1e-12)
    expected = ahead * behind * (theta**2 - 1) / ((ahead + theta * behind) * (theta * ahead + behind))
    assert found[1] == pytest.approx(expected, abs=1e-12)


def test_without_ties_it_is_bradley_and_terry():
    difference = torch.linspace(-8, 8, 33, dtype=torch.float64)
    wins = log_probability(difference, torch.ones(33).long(), torch.zeros(33).long(), tensor(0.0))
    assert torch.allclose(wins, torch.log(torch.sigmoid(difference)), atol=1e-12)


def test_an_unknown_strength_is_the_sum_over_strengths():
    cuts = tensor(0.2, 0.9, 2.0)
    known = chances(0.4, cuts, 3)
    unknown = log_probability(tensor(0.4), torch.tensor([1]), torch.tensor([0]), cuts).exp()
    assert float(unknown) == pytest.approx(float(known[4:].sum()), abs=1e-12)


def test_graded_strengths_by_hand():
    cuts = tensor(0.5, 1.5)
    found = chances(1.0, cuts, 2)
    by_hand = [
        sigmoid(-2.5),
        sigmoid(-1.5) - sigmoid(-2.5),
        sigmoid(-0.5) - sigmoid(-1.5),
        sigmoid(0.5) - sigmoid(-0.5),
        sigmoid(-0.5),
    ]
    assert found.tolist() == pytest.approx(list(by_hand), abs=1e-12)


def test_a_strength_beyond_those_seen_counts_as_the_strongest():
    cuts = tensor(0.5, 1.5)
    strongest = log_probability(tensor(1.0), torch.tensor([1]), torch.tensor([2]), cuts)
    assert torch.equal(log_probability(tensor(1.0), torch.tensor([1]), torch.tensor([3]), cuts), strongest)


def test_wide_cuts_make_everything_a_tie_and_large_differences_none():
    assert float(chances(0.0, tensor(40.0), 1)[1]) == pytest.approx(1, abs=1e-12)
    assert float(chances(40.0, tensor(1.0), 1)[2]) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("difference", [-600.0, 0.0, 600.0])
def test_values_and_gradients_stay_finite_far_out(difference):
    given_difference = tensor(difference, difference, difference).requires_grad_()
    link = SymmetricLink(has_ties=True, levels=3)
    found = log_probability(given_difference, torch.tensor([1, 0, -1]), torch.tensor([2, 0, 0]), link.cuts())
    found.sum().backward()
    assert torch.isfinite(found).all()
    assert torch.isfinite(given_difference.grad).all()
    assert torch.isfinite(link.log_gaps.grad).all()


def test_a_tie_pulls_the_utilities_together_and_a_preference_apart():
    difference = tensor(1.0, 1.0).requires_grad_()
    log_probability(difference, torch.tensor([0, 1]), torch.tensor([0, 0]), tensor(0.5)).sum().backward()
    assert difference.grad[0] < 0 < difference.grad[1]


def test_the_difference_of_logistics_keeps_its_digits():
    found = log_difference(tensor(-40.0), tensor(-40.0 - 2**-30))
    assert float(found) == pytest.approx(-40 - 30 * math.log(2), abs=1e-6)  # the naive difference is 0


def test_preference_leaves_ties_aside():
    cuts = tensor(0.8)
    first, _, second = chances(0.6, cuts, 1)[[2, 1, 0]]
    assert float(preference(tensor(0.6), cuts)) == pytest.approx(float(first / (first + second)), abs=1e-12)


def test_where_nobody_said_tie_the_first_cut_is_zero():
    link = SymmetricLink(has_ties=False, levels=2)
    assert float(link.cuts()[0].detach()) == 0
    assert link.log_gaps.numel() == 1
    assert SymmetricLink(has_ties=False, levels=0).cuts().tolist() == [0]
