"""The likelihoods of verdicts, rankings and marks: by hand, at their limits, and against what they must equal."""

import math
from itertools import pairwise, permutations

import pytest
import torch

from rewardmodels.learning.columns import PairColumns, RankingColumns, RatingColumns, VerdictColumns
from rewardmodels.learning.likelihoods.annotators import Personal, Prior, PromptEffects
from rewardmodels.learning.likelihoods.pairs import PairLikelihood
from rewardmodels.learning.likelihoods.rankings import RankingLikelihood, davidson_luce, exact
from rewardmodels.learning.likelihoods.ratings import RatingLikelihood, overall
from rewardmodels.learning.likelihoods.verdicts import VerdictLikelihood

FIXED = Prior(0.0, 0.0, 0.5)


def tensor(*values):
    return torch.tensor(values, dtype=torch.float64)


def zeros(n):
    return torch.zeros(n).long()


def sigmoid(value):
    return 1 / (1 + math.exp(-value))


def ranking(*ranks):
    rank = torch.tensor([ranks])
    return RankingColumns(torch.arange(len(ranks))[None], rank, zeros(1), zeros(1))


def by_hand(strengths, order):
    """Plackett and Luce for one order, best first."""
    left, chance = list(order), 1.0
    for item in order:
        chance *= math.exp(strengths[item]) / sum(math.exp(strengths[other]) for other in left)
        left.remove(item)
    return chance


STRENGTHS = (0.3, -1.0, 0.8, 0.1)


def test_a_strict_order_is_plackett_and_luce():
    found = exact(tensor(STRENGTHS), torch.tensor([[1, 3, 0, 2]]))
    assert float(found) == pytest.approx(math.log(by_hand(STRENGTHS, (2, 0, 3, 1))), abs=1e-12)


@pytest.mark.parametrize("rank", [(0, 0, 1, 2), (0, 1, 1, 0), (1, 0, 1, 1), (0, 0, 0, 0)])
def test_ties_are_the_sum_over_all_orders_that_agree(rank):
    agreeing = [order for order in permutations(range(4))
                if all(rank[a] <= rank[b] for a, b in pairwise(order))]  # fmt: skip
    expected = sum(by_hand(STRENGTHS, order) for order in agreeing)
    assert float(exact(tensor(STRENGTHS), torch.tensor([rank])).exp()) == pytest.approx(expected, abs=1e-12)


def test_eight_answers_in_one_tie_were_not_ordered_at_all():
    strength = torch.randn(3, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(1)).requires_grad_()
    found = exact(strength, torch.zeros(3, 8).long())
    assert torch.allclose(found, torch.zeros(3, dtype=torch.float64), atol=1e-10)
    found.sum().backward()
    assert torch.isfinite(strength.grad).all()


def test_two_answers_in_order_are_a_comparison():
    columns = ranking(0, 1)
    pairs = PairColumns(*(torch.tensor([value]) for value in (0, 1, 1, 0, 0, 0, 0)))
    utilities = tensor(0.9, -0.2)
    as_pair = PairLikelihood(pairs, 1, side_bias=False)(utilities, pairs)
    for ties in ("exact", "davidson_luce"):
        as_ranking = RankingLikelihood(columns, 1, FIXED, ties=ties)
        if ties == "davidson_luce":
            as_ranking.log_ties.data.fill_(-60.0)  # nobody ties
        assert torch.allclose(as_ranking(utilities, columns), as_pair, atol=1e-12)


def test_davidson_and_luce_by_hand_and_adding_up_to_one():
    strengths, delta = (0.4, -0.3), 0.7
    first, second = math.exp(0.4), math.exp(-0.3)
    total = first + second + delta * math.sqrt(first * second)
    ties = tensor(0.0, math.log(delta))
    ranks = torch.tensor([[0, 1], [1, 0], [0, 0]])
    found = davidson_luce(tensor(strengths).expand(3, 2), ranks, ties).exp()
    assert found.tolist() == pytest.approx(
        [first / total, second / total, delta * math.sqrt(first * second) / total], abs=1e-12
    )
    weak = {tuple(sorted(set(order)).index(rank) for rank in order)
            for order in [(a, b, c) for a in range(3) for b in range(3) for c in range(3)]}  # fmt: skip
    three = davidson_luce(tensor(0.2, 0.5, -1.0).expand(len(weak), 3), torch.tensor(sorted(weak)), tensor(0, -0.5, 0.3))
    assert float(three.exp().sum()) == pytest.approx(1, abs=1e-12)


def test_rankings_of_several_sizes_are_each_as_if_alone():
    mixed = RankingColumns(
        torch.tensor([[0, 1, 0], [2, 0, 1]]), torch.tensor([[1, 0, -1], [0, 0, 1]]), zeros(2), zeros(2)
    )
    likelihood = RankingLikelihood(mixed, 1, FIXED, ties="exact")
    found = likelihood(tensor(0.3, 0.1, -0.4), mixed)
    assert float(found[0]) == pytest.approx(math.log(sigmoid(-0.2)), abs=1e-12)
    expected = sum(by_hand((0.3, 0.1, -0.4), order) for order in ((2, 0, 1), (0, 2, 1)))
    assert float(found[1].exp()) == pytest.approx(expected, abs=1e-12)


def verdicts(candidate, desirable, *, prompt=None, annotator=None):
    n = len(candidate)
    given = (zeros(n) if one is None else torch.tensor(one) for one in (prompt, annotator))
    return VerdictColumns(torch.tensor(candidate), torch.tensor(desirable), *given, zeros(n))


def test_a_verdict_by_hand_with_threshold_and_slope_of_its_annotator():
    columns = verdicts([0, 0], [1, 0], annotator=[0, 1])
    likelihood = VerdictLikelihood(columns, 2, FIXED)
    with torch.no_grad():
        likelihood.log_slope.own.copy_(tensor(0.4, -0.4))
        likelihood.threshold.own.copy_(tensor(0.2, -0.2))
        likelihood.threshold.pooled.fill_(1.0)
        found = likelihood(tensor(0.5), columns)
    assert float(found[0]) == pytest.approx(math.log(sigmoid(math.exp(0.4) * (0.5 - 1.2))), abs=1e-12)
    assert float(found[1]) == pytest.approx(math.log(sigmoid(-math.exp(-0.4) * (0.5 - 0.8))), abs=1e-12)


def test_only_prompts_with_several_answers_have_an_effect():
    effects = PromptEffects(torch.tensor([5, 5, 7, 7, 9]), torch.tensor([0, 1, 2, 2, 3]))
    assert effects.prompts.tolist() == [5]
    effects.effects.data.fill_(0.6)
    assert effects(torch.tensor([5, 7, 9, 1, 99])).tolist() == [0.6, 0, 0, 0, 0]


def test_departures_average_zero_over_those_who_judged_and_a_newcomer_has_none():
    personal = Personal(torch.tensor([0, 2, 2]), 4, Prior(1.5, 1.0, 0.5))
    personal.own.data.copy_(tensor(1.0, 50.0, 2.0, 50.0))
    assert personal(torch.arange(4)).tolist() == [1.0, 1.5, 2.0, 1.5]
    assert set(personal.by_name(["a", "b", "c", "d"])) == {"a", "c"}


def ratings(mark, aspect=None):
    n = len(mark)
    return RatingColumns(zeros(n), zeros(n) if aspect is None else torch.tensor(aspect), torch.tensor(mark),
                         zeros(n), zeros(n), zeros(n))  # fmt: skip


def test_the_chances_of_all_marks_add_up_to_one_and_follow_the_cuts():
    columns = ratings([1, 2, 3, 4, 5])
    likelihood = RatingLikelihood(columns, 1, FIXED, ["tone"])
    with torch.no_grad():
        chances = likelihood(tensor(0.7), columns).exp()
        cuts = likelihood.cuts()[0].tolist()
    assert float(chances.sum()) == pytest.approx(1, abs=1e-12)
    assert float(chances[0]) == pytest.approx(sigmoid(cuts[0] - 0.7), abs=1e-12)
    assert float(chances[4]) == pytest.approx(sigmoid(0.7 - cuts[3]), abs=1e-12)


def test_marks_speak_of_the_utility_only_when_overall_or_alone():
    assert overall(["tone"]) == 0
    assert overall(["tone", " Overall"]) == 1
    assert overall(["tone", "facts"]) is None
    loaded = RatingLikelihood(ratings([1, 5], [0, 1]), 1, FIXED, ["tone", "facts"])
    loaded.loadings.data.copy_(tensor(-1.0, 0.0))
    found = loaded.location(tensor(2.0), ratings([1, 5], [0, 1]))
    assert found.tolist() == [-2.0, 0.0]  # a loading may be negative, and 0 is another utility altogether


def test_an_aspect_beside_the_overall_one_does_not_touch_the_utility():
    columns = ratings([1, 5], [0, 1])
    likelihood = RatingLikelihood(columns, 1, FIXED, ["tone", "overall"])
    at = tensor(0.5).requires_grad_()
    said = likelihood(at, columns)
    assert float(torch.autograd.grad(said[0], at, retain_graph=True)[0]) == 0
    assert float(torch.autograd.grad(said[1], at)[0]) > 0
