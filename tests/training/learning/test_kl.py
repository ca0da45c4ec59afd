"""The KL and its gradient, against the sum over every answer that there is."""

import itertools

import pytest
import torch

from tests.training.learning.small import PROMPTS, WORDS
from training.learning import advantages, kl, losses, passes
from training.learning.decoding import Answer
from training.learning.kl import Coefficient
from training.learning.rollouts import Rollout

LONGEST = 2


def every_answer(policy):
    """One group with each answer of at most two tokens once."""
    others = [number for number in range(len(WORDS)) if number != 1]
    ids = [(1,), *itertools.product(others, range(len(WORDS)))]
    answers = [Answer(one, (0.0,) * len(one), one[-1] == 1) for one in ids]
    return Rollout(PROMPTS[:1], [tuple(policy.prompt(PROMPTS[0]))], answers, [""] * len(ids))


@pytest.fixture
def moved(policy):
    """The policy some way from its reference."""
    torch.manual_seed(0)
    with torch.no_grad():
        for one in policy.learned.values():
            one.add_(0.05 * torch.randn_like(one))
    return policy


def chances(policy, rollout):
    """((answers,) log p with gradient, (answers,) log p of the reference, what was said)"""
    read = passes.read(policy, rollout, 100_000)
    return (
        passes.by_answer(read.graph, rollout.lengths),
        passes.by_answer(read.said.reference, rollout.lengths),
        read.said,
    )


def test_the_answers_are_all_that_there_are(moved):
    log, reference, _ = chances(moved, every_answer(moved))
    assert float(log.detach().exp().sum()) == pytest.approx(1.0, abs=1e-5)
    assert float(reference.exp().sum()) == pytest.approx(1.0, abs=1e-5)


def test_three_estimates_have_the_kl_as_their_expectation(moved):
    rollout = every_answer(moved)
    log, reference, said = chances(moved, rollout)
    log = log.detach()
    exact = float((log.exp() * (log - reference)).sum())
    assert exact > 0.05
    for tokens in (kl.k1(said.log_probs, said.reference), kl.k3(said.log_probs, said.reference), said.kl):
        assert float((log.exp() * passes.by_answer(tokens, rollout.lengths)).sum()) == pytest.approx(exact, abs=1e-5)


def test_k3_is_never_negative_and_k1_is(moved):
    _, _, said = chances(moved, every_answer(moved))
    assert float(kl.k3(said.log_probs, said.reference).min()) >= 0
    assert float(kl.k1(said.log_probs, said.reference).min()) < 0


def test_the_expected_gradient_is_that_of_reward_less_kl(moved):
    """Exact RLOO: with every answer weighted by its chance, the loss's gradient is −∇(E[r] − β KL)."""
    beta, rollout = 0.3, every_answer(moved)
    parameters = list(moved.learned.values())
    log, reference, _ = chances(moved, rollout)
    reward = torch.tensor([float(answer.ids.count(4)) for answer in rollout.answers])
    aim = (log.exp() * reward).sum() - beta * (log.exp() * (log - reference)).sum()
    exact = torch.autograd.grad(aim, parameters)

    log, reference, said = chances(moved, rollout)
    chance = log.detach().exp()
    value = reward - beta * passes.by_answer(kl.k1(said.log_probs, said.reference), rollout.lengths)
    advantage = chance * (value - (chance * value).sum())
    tokens = passes.read(moved, rollout, 100_000).graph
    found = torch.autograd.grad(losses.reinforce(tokens, losses.spread_out(advantage, rollout.lengths), 1), parameters)
    for one, other in zip(exact, found, strict=True):
        assert torch.allclose(-one, other, atol=1e-5)


def test_an_answers_advantage_is_its_value_less_that_of_the_others():
    values, counts = torch.tensor([1.0, 2.0, 6.0, 0.0, 0.0, 3.0]), torch.ones(6, dtype=torch.bool)
    found = advantages.leave_one_out(values, counts, 3)
    assert found.tolist() == [1 - 4, 2 - 3.5, 6 - 1.5, -1.5, -1.5, 3.0]
    by_mean = 3 / 2 * (values.view(2, 3) - values.view(2, 3).mean(1, keepdim=True))
    assert torch.allclose(found, by_mean.reshape(-1))
    assert torch.allclose(found.view(2, 3).sum(1), torch.zeros(2))


def test_who_does_not_take_part_is_no_ones_baseline():
    counts = torch.tensor([True, False, True, True, False, False])
    found = advantages.leave_one_out(torch.tensor([1.0, 100.0, 3.0, 5.0, 7.0, 7.0]), counts, 3)
    assert found.tolist() == [-2.0, 0.0, 2.0, 0.0, 0.0, 0.0]  # alone in its group, the fourth has nobody beside it


def test_a_coefficient_goes_where_the_kl_is_too_large():
    found = Coefficient(0.1, target=5.0)
    found.update(50.0)
    assert found.now == pytest.approx(0.1 * 1.02)  # no faster than 2 % a step
    found.update(4.5)
    assert found.now == pytest.approx(0.1 * 1.02 * 0.99)
    fixed = Coefficient(0.1)
    fixed.update(50.0)
    assert fixed.now == 0.1
