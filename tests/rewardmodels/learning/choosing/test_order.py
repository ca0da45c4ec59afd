"""Chosen one after the other: each choice is the best that is left, and a near-copy is worth little any more."""

from itertools import combinations, pairwise

import pytest
import torch

from rewardmodels.learning.choosing import beliefs, order
from rewardmodels.learning.choosing.beliefs import Belief
from rewardmodels.learning.choosing.moments import Asked, Learner
from rewardmodels.learning.choosing.rules import RULES
from tests.rewardmodels.learning.choosing.test_rules import asked, drawn


def log_determinant(belief: Belief, shown: Asked, precision: torch.Tensor, chosen: list[int]) -> float:
    """½ log det(I + Σ h f fᵀ) over the chosen pairs, written out."""
    apart = belief.factor[shown.first] - belief.factor[shown.second]
    rows = apart[chosen] * precision[chosen].sqrt()[:, None]
    return 0.5 * float(torch.logdet(torch.eye(apart.shape[1], dtype=torch.float64) + rows.T @ rows))


@pytest.mark.parametrize("seed", range(5))
def test_every_choice_raises_the_determinant_as_much_as_any_could(seed):
    belief, shown = drawn(9, rank=4, seed=seed), asked(9)
    told = Learner(belief, shown).moments.told
    found, chosen = order.choose(belief, shown, "determinant", seed=0), []
    for place, gain in zip(found.places.tolist(), found.worth.tolist(), strict=True):
        before = log_determinant(belief, shown, told, chosen)
        left = set(range(9)) - set(chosen)
        gains = {other: log_determinant(belief, shown, told, [*chosen, other]) - before for other in left}
        assert gain == pytest.approx(gains[place], abs=1e-10)
        assert gains[place] == pytest.approx(max(gains.values()), abs=1e-10)
        chosen.append(place)


@pytest.mark.parametrize("seed", range(5))
def test_the_first_few_come_near_the_best_set_of_all(seed):
    """Nemhauser, Wolsey and Fisher (1978): greedy reaches 1 − 1/e of the best set; here far more."""
    belief, shown = drawn(10, rank=4, seed=seed), asked(10)
    precision = Learner(belief, shown).moments.told
    chosen = order.choose(belief, shown, "determinant", seed=0).places[:3].tolist()
    best = max(log_determinant(belief, shown, precision, list(some)) for some in combinations(range(10), 3))
    assert log_determinant(belief, shown, precision, chosen) >= 0.95 * best


@pytest.mark.parametrize("rule", RULES)
def test_where_pairs_tell_nothing_of_each_other_the_order_is_that_of_their_worth(rule):
    """Independent pairs: the best few by brute force."""
    generator = torch.Generator().manual_seed(1)
    sizes = torch.rand(8, generator=generator, dtype=torch.float64) + 0.2
    factor = torch.zeros((16, 8), dtype=torch.float64)
    factor[torch.arange(0, 16, 2), torch.arange(8)] = sizes
    belief = Belief(torch.randn(16, generator=generator, dtype=torch.float64), factor)
    alone = order.worth(belief, asked(8), rule)
    best = max(combinations(range(8), 3), key=lambda some: float(alone[list(some)].sum()))
    assert set(order.choose(belief, asked(8), rule, seed=2).places[:3].tolist()) == set(best)


@pytest.mark.parametrize("rule", [name for name in RULES if name != "entropy"])
def test_after_each_question_the_same_pair_is_worth_less(rule):
    learner = Learner(drawn(3, rank=3, seed=7), asked(3))
    worths = []
    for _ in range(6):
        worths.append(float(RULES[rule](learner.moments)[0]))
        learner.take(0)
    assert worths[0] > 0
    assert all(later < earlier for earlier, later in pairwise(worths))


def test_what_is_left_after_a_question_has_the_closed_form():
    """Kalman: K − h k kᵀ / (1 + h kᵢᵢ)."""
    belief, shown = drawn(5, rank=6, seed=8), asked(5)
    learner = Learner(belief, shown)
    apart = belief.factor[shown.first] - belief.factor[shown.second]
    covariance, h = apart @ apart.T, float(learner.moments.told[2])
    learner.take(2)
    expected = covariance.diagonal() - h * covariance[:, 2].square() / (1 + h * covariance[2, 2])
    assert torch.allclose(learner.moments.variance, expected)
    assert torch.allclose(learner.moments.own[:2].sum() * 2, learner.moments.variance[0])  # of two centred answers


def test_a_copy_of_what_was_chosen_waits():
    """The first two pairs are one and the same, and each alone is worth more than the third."""
    factor = torch.tensor([[2.0, 0.0], [0.0, 0.0]] * 2 + [[0.0, 1.8], [0.0, 0.0]], dtype=torch.float64)
    belief = Belief(torch.zeros(6, dtype=torch.float64), factor)
    for rule in ("information", "determinant", "variance"):
        chosen = order.choose(belief, asked(3), rule, seed=0)
        assert 2 in chosen.places[:2].tolist(), rule


def test_beyond_what_is_chosen_in_turn_the_rest_follows_by_worth():
    belief, shown = drawn(30, seed=9), asked(30)
    found = order.choose(belief, shown, "information", seed=1, most=5)
    assert sorted(found.places.tolist()) == list(range(30))
    assert bool((found.worth[5:-1] >= found.worth[6:]).all())
    assert torch.equal(found.places[:5], order.choose(belief, shown, "information", seed=1).places[:5])


def test_equals_stand_in_an_order_drawn_by_the_seed():
    nothing = Belief(torch.zeros(40, dtype=torch.float64), torch.zeros((40, 1), dtype=torch.float64))
    one, again, other = (order.choose(nothing, asked(20), "variance", seed).places.tolist() for seed in (1, 1, 2))
    assert one == again != other


def test_the_curvature_of_laplace_is_that_of_the_posterior():
    """Against the Hessian of the whole loss, with ties, strengths and a leaning to one side."""
    from rewardmodels.learning.likelihoods.pairs import PairLikelihood
    from tests.rewardmodels.learning.worlds import columns

    generator = torch.Generator().manual_seed(10)
    hidden = torch.randn((24, 3), generator=generator, dtype=torch.float64)
    outcome = torch.tensor([1, 0, -1, 1, -1, 0, 1, 1, -1, 1, 0, -1])
    strength = torch.tensor([1, 0, 2, 0, 1, 0, 2, 1, 0, 2, 0, 1])
    pairs = columns(
        torch.arange(0, 24, 2), torch.arange(1, 24, 2), outcome, strength=strength, side=torch.tensor([1, -1] * 6)
    )
    likelihood = PairLikelihood(pairs, 1, side_bias=True)
    with torch.no_grad():
        likelihood.pooled_side.fill_(0.3)
    weights = torch.tensor([0.5, -0.2, 0.1], dtype=torch.float64)

    def loss(point: torch.Tensor) -> torch.Tensor:
        return 1.5 * point.square().sum() - likelihood(hidden @ point, pairs).sum()

    expected = torch.autograd.functional.hessian(loss, weights)
    assert torch.allclose(beliefs.laplace_precision(hidden, weights, likelihood, pairs, 3.0), expected, atol=1e-8)
    belief = beliefs.of_weights(hidden, weights, expected)
    assert torch.allclose(belief.factor @ belief.factor.T, hidden @ torch.linalg.inv(expected) @ hidden.T)
