"""What it is worth to ask about a pair: nothing where all is known, never more than an answer can tell."""

import math

import pytest
import torch

from rewardmodels.learning.choosing import beliefs, order
from rewardmodels.learning.choosing.beliefs import Belief
from rewardmodels.learning.choosing.moments import Asked, Learner
from rewardmodels.learning.choosing.rules import RULES


def asked(pairs: int, answers: int = 2) -> Asked:
    """The first two answers of each of so many prompts."""
    first = answers * torch.arange(pairs)
    return Asked(first, first + 1, torch.arange(pairs).repeat_interleave(answers))


def drawn(pairs: int, *, answers: int = 2, rank: int = 5, size: float = 1.0, seed: int = 0) -> Belief:
    generator = torch.Generator().manual_seed(seed)
    mean = torch.randn(pairs * answers, generator=generator, dtype=torch.float64)
    return Belief(mean, size * torch.randn((pairs * answers, rank), generator=generator, dtype=torch.float64))


@pytest.mark.parametrize("rule", [name for name in RULES if name != "entropy"])
def test_where_members_agree_nothing_is_worth_asking(rule):
    agreed = beliefs.of_members(torch.tensor([[0.3, -0.2, 1.0, 0.5]] * 7))
    assert order.worth(agreed, asked(2), rule).abs().max() == 0


def test_entropy_alone_asks_where_all_is_known_but_the_answer():
    known = Belief(torch.zeros(4, dtype=torch.float64), torch.zeros((4, 3), dtype=torch.float64))
    assert order.worth(known, asked(2), "entropy").tolist() == pytest.approx([math.log(2)] * 2)


@pytest.mark.parametrize("rule", RULES)
def test_no_rule_gives_a_negative_worth_or_one_that_is_no_number(rule):
    found = order.worth(drawn(300, answers=4, size=3.0), asked(300, answers=4), rule)
    assert bool(torch.isfinite(found).all())
    assert float(found.min()) >= 0


def test_information_is_at_most_that_of_one_yes_or_no():
    """An infinite spread around ½ comes to log 2, from below."""
    wide = Belief(torch.zeros(2, dtype=torch.float64), torch.tensor([[1e6], [-1e6]], dtype=torch.float64))
    assert float(order.worth(wide, asked(1), "information")) == pytest.approx(math.log(2), abs=1e-9)
    assert float(order.worth(drawn(500, size=50.0), asked(500), "information").max()) <= math.log(2)


def test_information_is_that_of_many_members():
    """The quadrature against the mean over a quarter of a million members."""
    belief = Belief(torch.tensor([0.8, 0.0], dtype=torch.float64), torch.tensor([[1.5], [0.0]], dtype=torch.float64))
    said = 0.8 + 1.5 * torch.randn(250_000, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    chance = torch.sigmoid(said)
    mean = float(chance.mean())
    each = float(-(chance * chance.log() + (1 - chance) * (1 - chance).log()).mean())
    total = -(mean * math.log(mean) + (1 - mean) * math.log(1 - mean))
    assert float(order.worth(belief, asked(1), "information")) == pytest.approx(total - each, abs=1e-3)


def test_a_small_spread_tells_half_of_the_variance_times_the_slope_of_the_answer():
    """The limit of BALD: ½ p(1 − p) Var d."""
    chance = 1 / (1 + math.exp(-0.4))
    belief = Belief(torch.tensor([0.4, 0.0], dtype=torch.float64), torch.tensor([[1e-3], [0.0]], dtype=torch.float64))
    expected = 0.5 * chance * (1 - chance) * 1e-6
    assert float(order.worth(belief, asked(1), "information")) == pytest.approx(expected, rel=1e-4)
    assert float(order.worth(belief, asked(1), "determinant")) == pytest.approx(expected, rel=1e-4)


def test_the_decision_is_worth_what_choosing_after_the_answer_brings():
    """Against a simulation of the decision: draw utilities, draw an answer, keep the answer of the greater mean."""
    generator = torch.Generator().manual_seed(2)
    factor = torch.randn((3, 2), generator=generator, dtype=torch.float64)
    mean = torch.tensor([0.2, 0.0, 0.1], dtype=torch.float64)
    found = float(order.worth(Belief(mean, factor), asked(1, answers=3), "decision"))
    utilities = mean + torch.randn((400_000, 2), generator=generator, dtype=torch.float64) @ factor.T
    is_first = torch.rand(len(utilities), generator=generator) < torch.sigmoid(utilities[:, 0] - utilities[:, 1])
    after = sum(
        float(is_so.double().mean() * utilities[is_so].mean(0).max()) for is_so in (is_first, ~is_first)
    ) - float(utilities.mean(0).max())
    assert found == pytest.approx(after, abs=4e-3)
    assert found > 0.05


def test_a_decision_that_no_answer_can_change_is_worth_nothing():
    sure = Belief(torch.tensor([60.0, 0.0], dtype=torch.float64), torch.tensor([[0.5], [0.0]], dtype=torch.float64))
    assert float(order.worth(sure, asked(1), "decision")) == pytest.approx(0, abs=1e-9)
    assert float(order.worth(sure, asked(1), "variance")) == pytest.approx(0.25)


def test_the_exploration_rule_by_hand():
    """Three answers: centred means ⅓, −⅔, ⅓; the third's own spread gives it the greatest upper bound."""
    belief = Belief(
        torch.tensor([1.0, 0.0, 1.0], dtype=torch.float64), torch.tensor([[0.0], [0.0], [3.0]], dtype=torch.float64)
    )
    both = Asked(torch.tensor([0, 1]), torch.tensor([1, 2]), torch.zeros(3, dtype=torch.int64))
    level, spread = torch.tensor([1 / 3, -2 / 3, 1 / 3]), torch.tensor([1.0, 1.0, 2.0])
    wide = float((level + 2 * spread).max() - (level - 2 * spread).max())
    assert order.worth(belief, both, "exploration").tolist() == pytest.approx([0.0, wide])


def test_of_two_answers_exploration_is_four_deviations_of_half_the_difference():
    belief = drawn(20, seed=3)
    spread = order.worth(belief, asked(20), "variance").sqrt()
    assert torch.allclose(order.worth(belief, asked(20), "exploration"), 2 * spread)


def test_the_order_of_the_sides_changes_nothing():
    belief, shown = drawn(40, answers=3, seed=4), asked(40, answers=3)
    turned = Asked(shown.second, shown.first, shown.prompt)
    for rule in RULES:
        assert torch.allclose(order.worth(belief, shown, rule), order.worth(belief, turned, rule), atol=1e-10)


def test_the_level_of_a_prompt_changes_nothing():
    belief, shown = drawn(40, answers=3, seed=5), asked(40, answers=3)
    raised = Belief(belief.mean + 7.0 * shown.prompt, belief.factor + shown.prompt[:, None])
    for rule in RULES:
        assert torch.allclose(order.worth(belief, shown, rule), order.worth(raised, shown, rule), atol=1e-8)


def test_the_moments_are_those_of_the_members():
    utilities = torch.randn((6, 4), generator=torch.Generator().manual_seed(6), dtype=torch.float64)
    seen = Learner(beliefs.of_members(utilities, temperature=2.0), asked(2)).moments
    differences = (utilities[:, [0, 2]] - utilities[:, [1, 3]]) / 2.0
    assert torch.allclose(seen.mean, differences.mean(0))
    assert torch.allclose(seen.variance, differences.var(0, correction=0))
