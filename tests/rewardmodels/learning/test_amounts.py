"""The likelihood of amounts: it adds up, and at its limits it is a point, a preference, a censored value."""

import math

import pytest
import torch

from rewardmodels.learning.columns import AmountColumns
from rewardmodels.learning.likelihoods.amounts import AmountLikelihood, log_mass

INF = math.inf


def amounts(rows, *, step=1.0, alone=False, question=0):
    """Columns of (outcome, low, high) about candidates 0 and 1; a step of 0 stands for a list of prices."""
    n = len(rows)
    same = {name: torch.zeros(n).long() for name in ("side", "prompt", "annotator", "cluster", "first")}
    outcome, low, high = zip(*rows, strict=True)
    return AmountColumns(
        second=torch.zeros(n).long() if alone else torch.ones(n).long(),
        outcome=torch.tensor(outcome),
        low=torch.tensor(low, dtype=torch.float64),
        high=torch.tensor(high, dtype=torch.float64),
        step=torch.full((n,), step, dtype=torch.float64),
        question=torch.full((n,), question),
        **same,
    )


def likelihood(columns, **options):
    made = AmountLikelihood(columns, 1, **{"side_bias": False, "questions": 1, "main": 0, **options})
    made.money = 1.0
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator, dtype=torch.float64) * 0.7 - 0.5)
    return made


def utilities(difference):
    return torch.tensor([difference, 0.0], dtype=torch.float64)


@pytest.mark.parametrize("difference", [-9.0, -0.4, 0.0, 2.3, 12.0])
@pytest.mark.parametrize("step", [1.0, 0.0])
def test_the_chances_of_all_answers_add_up_to_one(difference, step):
    said = [(0, 0.0, 0.0 if step else 1.0)]
    for outcome in (-1, 1):
        said += [(outcome, 0.0, 0.0)] if step else [(outcome, 0.0, 1.0), (outcome, 3.0, INF)]
        said += [(outcome, float(n), float(n)) for n in range(1, 3_000)] if step else [(outcome, 1.0, 3.0)]
    columns = amounts(said, step=step)
    with torch.no_grad():
        total = likelihood(columns)(utilities(difference), columns).exp().sum()
    assert float(total) == pytest.approx(1, abs=1e-6)


def test_the_chances_of_all_amounts_for_one_answer_add_up_to_one():
    columns = amounts([(1, float(n), float(n)) for n in range(600)], alone=True)
    with torch.no_grad():
        total = likelihood(columns)(utilities(1.3), columns).exp().sum()
    assert float(total) == pytest.approx(1, abs=1e-6)


def test_swapping_the_answers_mirrors_every_chance():
    columns = amounts([(1, 0.0, 0.0), (1, 2.0, 2.0), (0, 0.0, 0.0)])
    mirrored = amounts([(-1, 0.0, 0.0), (-1, 2.0, 2.0), (0, 0.0, 0.0)])
    made = likelihood(columns)
    with torch.no_grad():
        assert torch.allclose(made(utilities(0.8), columns), made(utilities(-0.8), mirrored), atol=1e-12)


def test_a_narrow_interval_is_a_density_times_its_width():
    scale, wild = torch.tensor([0.7], dtype=torch.float64), torch.tensor([-2.0], dtype=torch.float64)
    share = 1 / (1 + math.exp(2.0))

    def density(z, s):
        return math.exp(-z / s) / s / (1 + math.exp(-z / s)) ** 2

    expected = (1 - share) * density(1.1, 0.7) + share * density(1.1, 7.0)
    for width in (1e-2, 1e-5, 1e-9):
        at = torch.tensor([1.1], dtype=torch.float64)
        found = log_mass(at - width / 2, at + width / 2, scale, wild)
        assert float(found.exp()) / width == pytest.approx(expected, rel=1e-4)


def test_an_open_interval_counts_all_that_lies_above():
    columns = amounts([(1, 3.0, INF), (1, 3.0, 7.0), (1, 7.0, INF)], step=0.0)
    with torch.no_grad():
        open_above, between, beyond = likelihood(columns)(utilities(2.0), columns).exp()
    assert float(open_above) == pytest.approx(float(between + beyond), abs=1e-12)


def test_a_list_with_a_yes_only_above_a_no_says_which_answer_is_better():
    columns = amounts([(1, 0.0, INF), (-1, 0.0, INF), (1, 2.0, 3.0), (1, 0.0, 2.0)], step=0.0)
    made = likelihood(columns)
    at = utilities(1.0).requires_grad_()
    said = made(at, columns)
    said.sum().backward()
    assert torch.isfinite(said).all()
    assert all(torch.isfinite(one.grad).all() for one in made.parameters() if one.grad is not None)
    paid = 1 / (1 + math.exp(float(made.protest.pooled.detach())))
    assert float((said[0].exp() + said[1].exp()).detach()) == pytest.approx(paid, abs=1e-12)
    cumulative = made.cumulative(utilities(1.0), columns)
    assert float(cumulative[0, 1]) == pytest.approx(1, abs=1e-12)


def test_a_list_whose_first_price_is_0_keeps_the_floor_of_the_noise_and_a_chance_for_ties():
    columns = amounts([(0, 0.0, 0.0), (1, 0.0, 0.0), (1, 2.0, 3.0)], step=0.0)
    made = likelihood(columns)
    assert made.least_noise == 0.5
    assert (made.floor(columns) == 0.5).all()
    with torch.no_grad():
        tie, zero, _ = made(utilities(0.0), columns).exp()
    assert float(tie) > 0.01
    assert float(zero) > 0.01


def test_a_censored_amount_pulls_up_but_not_to_a_point():
    columns = amounts([(1, 3.0, INF)], step=0.0)
    made = likelihood(columns)
    with torch.no_grad():
        said = [float(made(utilities(d), columns)) for d in (0.0, 3.0, 30.0, 300.0)]
    assert said == sorted(said)  # more is never less likely


def test_better_but_worth_nothing_keeps_its_sign_and_says_little_of_the_size():
    columns = amounts([(1, 0.0, 0.0), (1, 5.0, 5.0), (0, 0.0, 0.0)])
    made = likelihood(columns)
    difference = utilities(0.0).requires_grad_()
    zero = torch.autograd.grad(made(difference, columns)[0], difference)[0][0]
    assert zero > 0
    far = utilities(50.0).requires_grad_()
    slopes = [torch.autograd.grad(made(far, columns)[row], far)[0][0] for row in range(3)]
    assert abs(float(slopes[0])) < 0.05  # a protest, if it is worth so much: no reason to think it is worth less
    assert float(slopes[2]) < -0.01  # no difference remains no difference


def test_a_wild_amount_pulls_less_than_a_likely_one():
    columns = amounts([(1, 6.0, 6.0), (1, 600.0, 600.0)])
    made = likelihood(columns)
    made.wild.pooled.data.fill_(-3.0)
    at = utilities(0.0).requires_grad_()
    near, far = (float(torch.autograd.grad(made(at, columns)[row], at)[0][0]) for row in range(2))
    assert 0 < far < near / 2


def test_gradients_are_finite_for_whatever_is_said():
    rows = [(1, 0.0, 0.0), (0, 0.0, 0.0), (-1, 1e9, 1e9), (1, 1.0, 1.0)]
    for columns in (amounts(rows, step=1e-6), amounts([(1, 0.0, 1.0), (-1, 2.0, INF), (0, 0.0, 1.0)], step=0.0)):
        made = likelihood(columns)
        at = utilities(1e4).requires_grad_()
        said = made(at, columns)
        said.sum().backward()
        assert torch.isfinite(said).all()
        assert torch.isfinite(at.grad).all()
        assert all(torch.isfinite(one.grad).all() for one in made.parameters() if one.grad is not None)


def test_the_distribution_function_is_that_of_the_likelihood():
    said = [(-1, 2.0, 2.0), (-1, 1.0, 1.0), (-1, 0.0, 0.0), (0, 0.0, 0.0), (1, 0.0, 0.0), (1, 1.0, 1.0), (1, 2.0, 2.0)]
    columns = amounts(said)
    made = likelihood(columns)
    cumulative = made.cumulative(utilities(0.6), columns)
    with torch.no_grad():
        chances = made(utilities(0.6), columns).exp()
    assert torch.allclose(cumulative[:, 1] - cumulative[:, 0], chances, atol=1e-12)
    assert torch.allclose(cumulative[1:, 0], cumulative[:-1, 1], atol=1e-12)  # each answer begins where the last ends


def test_another_way_of_asking_has_a_scale_of_its_own():
    columns = amounts([(1, 2.0, 2.0)], question=1)
    made = AmountLikelihood(columns, 1, side_bias=False, questions=2, main=0)
    assert made.log_questions.numel() == 1
    with torch.no_grad():
        before = made.location(utilities(1.0), columns)
        made.log_questions.fill_(math.log(2))
        assert torch.allclose(made.location(utilities(1.0), columns), 2 * before)
