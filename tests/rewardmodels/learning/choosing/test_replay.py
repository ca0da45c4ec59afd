"""Past judgments asked once more, and the failure of asking where the answer is open."""

import numpy as np
import pytest
import torch

from rewardmodels.learning import fitting
from rewardmodels.learning.choosing import logistic, noisy_world, replay, savings
from rewardmodels.learning.choosing.replay import Course
from rewardmodels.learning.likelihoods.pairs import PairLikelihood
from rewardmodels.learning.posterior import Posterior
from tests.rewardmodels.learning.worlds import linear_world


def share_of_noise(rule: str, seeds: int) -> float:
    """Of the first 300 that a rule asks out of 1,200, how many cannot be told."""
    world, sizes = noisy_world.draw(1_200, 50, seed=0), [20, 37, 75, 150, 300, 424, 1_200]
    asked = [replay.follow(world.past, rule, seed, sizes)[1] for seed in range(seeds)]
    return float(np.mean([float(world.is_noisy[sorted(one)].double().mean()) for one in asked]))


def test_pure_uncertainty_picks_noisy_pairs_and_information_does_not():
    assert share_of_noise("random", 8) == pytest.approx(0.5, abs=0.05)
    entropy, information = share_of_noise("entropy", 2), share_of_noise("information", 2)
    assert entropy > 0.55
    assert information < 0.2


def test_in_a_noisy_world_information_saves_judgments_and_entropy_does_not():
    world = noisy_world.draw(600, 400, seed=0)
    courses = replay.run(world.past, ["information", "entropy"], range(3), lambda share: None)
    found = {one["rule"]: one for one in savings.describe(courses, world.past.held_out.cluster.numpy(), seed=0)}
    assert found["random"]["saved"] == 0
    assert found["random"]["interval"] == [0, 0]
    assert found["information"]["interval"][0] > 0
    assert found["entropy"]["saved"] < found["information"]["saved"]


def test_newtons_method_finds_what_the_house_fit_finds():
    states, _, pairs = linear_world(pairs=300, seed=1)
    head = torch.nn.Module()
    head.dense, head.out = torch.nn.Linear(5, 5), torch.nn.Linear(5, 1).double()
    head.dense.requires_grad_(False)
    head.out.bias.requires_grad_(False)
    torch.nn.init.zeros_(head.out.weight)
    posterior = Posterior(head, PairLikelihood(pairs, 1, side_bias=False), decay=2.0, judgments=len(pairs))
    fitting.lbfgs(posterior, states.double(), pairs)
    toward = (states[pairs.first] - states[pairs.second]).double() * pairs.outcome[:, None]
    found = logistic.fit(toward, 2.0)
    assert torch.allclose(found.weights, head.out.weight[0].detach(), atol=1e-5)
    again = logistic.fit(toward, 2.0, found.weights)
    assert torch.allclose(again.weights, found.weights, atol=1e-8)


def test_every_rule_begins_and_ends_with_the_same_judgments():
    world = noisy_world.draw(120, 60, seed=2)
    random, other = replay.run(world.past, ["information"], [0, 1], lambda share: None)
    assert random.sizes == other.sizes == replay.sizes(120)
    assert np.array_equal(random.losses[:, 0], other.losses[:, 0])
    assert np.allclose(random.losses[:, -1], other.losses[:, -1], atol=1e-6)
    assert random.same == 1
    assert 0.5 < other.same < 1


def test_the_needed_number_lies_between_sizes_by_hand():
    """From .6 at 100 to .4 at 400 the mark of .5 is half-way on the line over log n: at 200."""
    assert savings.needs([100, 400], np.array([[0.6, 0.4]]), np.array([0.5])).tolist() == pytest.approx([200])


def test_a_rule_that_never_comes_to_the_mark_needs_all():
    assert savings.needs([10, 20, 40], np.array([[0.6, 0.6, 0.55]]), np.array([0.5])).tolist() == pytest.approx([40])
    assert savings.needs([10, 20], np.array([[0.3, 0.2]]), np.array([0.5])).tolist() == pytest.approx([10])


def test_a_rule_that_is_always_as_far_ahead_saves_half_with_no_doubt():
    sizes = [50, 100, 200, 283, 400]
    losses = np.log(np.array([400.0, 200.0, 100.0, 70.0, 50.0]))[None, :, None] + np.zeros((3, 5, 40))
    ahead = np.log(np.array([200.0, 100.0, 50.0, 40.0, 25.0]))[None, :, None] + np.zeros((3, 5, 40))
    courses = [Course("random", sizes, losses, 1.0), Course("ahead", sizes, ahead, 0.5)]
    found = savings.describe(courses, np.arange(40), seed=0)[1]
    assert found["saved"] == pytest.approx(0.5)
    assert found["interval"] == pytest.approx([0.5, 0.5])
    assert found["of_random"] == pytest.approx(200 * 4**-0.05)  # on its way from 400 to 100, but for a twentieth
    assert found["needed"] == pytest.approx(100 * 4**-0.05)


def test_few_random_judgments_tell_nothing():
    assert savings.too_few(49, 40)
    assert savings.too_few(400, 29)
    assert not savings.too_few(50, 30)
