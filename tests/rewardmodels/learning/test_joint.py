"""One utility from many kinds of evidence, on worlds whose truth is known."""

import math
from dataclasses import replace

import pytest
import torch

from lm.families import DECODER
from rewardmodels.learning import fitting, identification, joint
from rewardmodels.learning.columns import AmountColumns, Bag, PairColumns, VerdictColumns
from rewardmodels.learning.joint import Lesson
from rewardmodels.learning.likelihoods import mixing
from rewardmodels.learning.likelihoods.mixing import Recipe
from rewardmodels.learning.posterior import accumulate
from rewardmodels.learning.settings.kinds import Joint

MONEY, STEP = 3.0, 0.5  # what a unit of the true utility is worth, and to what amounts are rounded


class World:
    """Answers with states and a true utility, and annotators who speak of it in every way."""

    def __init__(self, n, width=6, annotators=4, seed=0, deviation=1.0):
        self.generator = torch.Generator().manual_seed(seed)
        self.n, self.annotators = n, annotators
        self.states = torch.randn(2 * n, width, generator=self.generator)
        self.weights = deviation * torch.linspace(-1, 1, width, dtype=torch.float64)
        self.u = self.states.double() @ self.weights
        self.first, self.second = torch.arange(0, 2 * n, 2), torch.arange(1, 2 * n, 2)
        self.who = torch.arange(n) % annotators
        self.zeros = torch.zeros(n).long()

    def noise(self):
        chance = torch.rand(self.n, generator=self.generator, dtype=torch.float64).clamp(1e-9, 1 - 1e-9)
        return torch.log(chance / (1 - chance))

    @property
    def gap(self):
        return self.u[self.first] - self.u[self.second]

    def pairs(self, slope=1.0):
        said = torch.sign(slope * self.gap + self.noise()).long()
        return PairColumns(self.first, self.second, said, self.zeros, self.zeros, self.who, torch.arange(self.n))

    def verdicts(self, threshold=0.5):
        said = (self.u[self.first] - threshold + self.noise() > 0).long()
        return VerdictColumns(self.first, said, torch.arange(self.n), self.who, torch.arange(self.n))

    def amounts(self, money=(1.0,), noise=(0.3,)):
        """Each annotator has a money scale and a noise, both as multiples of what the pool has."""
        scale = torch.tensor(money, dtype=torch.float64)[self.who % len(money)]
        wide = torch.tensor(noise, dtype=torch.float64)[self.who % len(noise)]
        worth = MONEY * (scale * self.gap + wide * self.noise())
        said = (worth.abs() / STEP).round() * STEP
        lazy = torch.rand(self.n, generator=self.generator) < 0.5
        outcome = torch.where((said == 0) & lazy, 0, torch.sign(worth).long())
        return AmountColumns(
            self.first, self.second, outcome, said, said, torch.full_like(said, STEP), self.zeros, self.zeros,
            torch.arange(self.n), self.who, torch.arange(self.n),
        )  # fmt: skip

    def fit(self, decay=1.0, **kinds):
        lesson = Lesson(self.states, Bag(kinds), Recipe(self.annotators, questions=1), DECODER, seed=0)
        return joint.fit(Joint(weight_decay=decay), lesson)

    def found(self, fitted):
        with torch.no_grad():
            return fitted.head(self.states.double())


def everything(world, n=40):
    """A bag with all five kinds and a mixture for it, at values that are no beginning."""
    from rewardmodels.learning.columns import RankingColumns, RatingColumns

    few = slice(0, n)
    group = torch.arange(3 * n).reshape(n, 3) % (2 * world.n)
    rank = torch.tensor([[0, 1, 2], [1, 0, 0], [0, 2, 1]])[torch.arange(n) % 3]
    bag = Bag(
        {
            "pairs": world.pairs().at(few),
            "amounts": world.amounts().at(few),
            "verdicts": world.verdicts().at(few),
            "rankings": RankingColumns(group, rank, world.who[few], torch.arange(n)),
            "ratings": RatingColumns(
                world.first[few], world.zeros[few], 1 + torch.arange(n) % 5, torch.arange(n), world.who[few],
                torch.arange(n),
            ),
        }
    )  # fmt: skip
    alone = bag.kinds["amounts"]
    some = torch.arange(n) % 4 == 0
    second = torch.where(some, alone.first, alone.second)
    outcome = torch.where(some, 1, alone.outcome)
    bag.kinds["amounts"] = replace(alone, second=second, outcome=outcome)
    mixture = mixing.build(bag, Recipe(world.annotators, questions=1, aspects=("tone",)))
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for parameter in mixture.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=generator, dtype=torch.float64))
    return bag, mixture


@pytest.mark.parametrize("factor", [0.2, 1.0, 7.0])
@pytest.mark.parametrize("constant", [-3.0, 0.0, 11.0])
def test_neither_likelihood_nor_prediction_moves_under_a_gauge(factor, constant):
    world = World(60)
    bag, mixture = everything(world)
    with torch.no_grad():
        before = mixture(world.u, bag)
        expected = mixture.of("amounts").location(world.u, bag.kinds["amounts"])
        odds = mixture.of("verdicts").log_odds(world.u, bag.kinds["verdicts"])
        mixture.rescale(factor)
        mixture.shift(constant)
        moved = factor * world.u + constant
        assert torch.allclose(mixture(moved, bag), before, atol=1e-8)
        assert torch.allclose(mixture.of("amounts").location(moved, bag.kinds["amounts"]), expected, atol=1e-8)
        assert torch.allclose(mixture.of("verdicts").log_odds(moved, bag.kinds["verdicts"]), odds, atol=1e-8)


def test_a_mixture_is_the_sum_of_its_kinds_in_the_order_of_the_bag():
    world = World(60)
    bag, mixture = everything(world)
    with torch.no_grad():
        whole = mixture(world.u, bag)
        start = 0
        for kind, rows in bag.kinds.items():
            assert torch.equal(whole[start : start + len(rows)], mixture.of(kind)(world.u, rows))
            start += len(rows)


@pytest.mark.parametrize("micro", [1, 7, 64])
def test_t9_accumulated_gradients_of_a_mixture_are_those_of_the_whole(micro):
    world = World(60)
    bag, mixture = everything(world, n=10)
    lesson = Lesson(world.states, bag, Recipe(world.annotators, questions=1, aspects=("tone",)), DECODER, seed=0)
    posterior = joint.start(lesson, bag, 2.0, mixture)
    inputs = posterior.inputs(world.states)
    with torch.no_grad():
        posterior.head.out.weight.fill_(0.2)
    loss = posterior.loss(inputs, bag)
    loss.backward()
    whole = [one.grad.clone() for one in posterior.parameters() if one.grad is not None]
    posterior.zero_grad()
    again = accumulate(posterior, inputs, bag, micro)
    parts = [one.grad for one in posterior.parameters() if one.grad is not None]
    assert again == pytest.approx(float(loss.detach()), abs=1e-10)
    assert all(torch.allclose(one, other, atol=1e-10) for one, other in zip(whole, parts, strict=True))


def test_the_utility_is_in_money_whoever_said_how_much():
    world = World(300)
    scales = (0.5, 0.8, 1.25, 2.0)  # their mean logarithm is 0
    fitted = world.fit(amounts=world.amounts(scales))
    found, truth = world.found(fitted), MONEY * world.u
    assert float((found - truth + truth.mean()).std() / truth.std()) < 0.1
    learned = fitted.likelihood.of("amounts").log_slope.by_name(list("abcd"))
    money = fitted.likelihood.of("amounts").money
    assert [money * math.exp(value) for value in learned.values()] == pytest.approx(list(scales), rel=0.1)


def test_scales_are_recovered_by_a_head_that_explains_everything_that_it_was_shown():
    world = World(200, width=4, annotators=2, seed=3)
    world.states = torch.cat([*[world.states] * 8, torch.eye(400)], 1)  # every answer has a weight of its own
    scales, noise = (0.6, 1.0 / 0.6), (0.5, 1.0)
    rows = world.amounts(scales, noise)
    fitted = world.fit(decay=0.01, amounts=rows)
    likelihood = fitted.likelihood.of("amounts")
    with torch.no_grad():
        left = likelihood.location(world.found(fitted), rows) * likelihood.money - rows.low * rows.outcome
    assert float(left.abs().median()) < 0.1 * MONEY * min(noise)  # so its own residuals would say: no noise
    assert noise_of(likelihood) == pytest.approx([MONEY * wide for wide in noise], rel=0.25)
    money = likelihood.log_slope.by_name(["a", "b"])
    assert [likelihood.money * math.exp(value) for value in money.values()] == pytest.approx(list(scales), rel=0.25)


def noise_of(likelihood):
    names = [str(number) for number in range(len(likelihood.log_noise.seen))]
    own = likelihood.log_noise.by_name(names).values()
    return [likelihood.least_noise + likelihood.money * math.exp(value) for value in own]


def test_without_reliability_annotators_have_one_noise_and_money_scales_of_their_own():
    world = World(120, annotators=2, seed=3)
    rows = world.amounts((0.6, 1 / 0.6), (0.1, 1.0))
    recipe = Recipe(2, questions=1, reliability=False)
    fitted = joint.fit(Joint(weight_decay=1.0), Lesson(world.states, Bag({"amounts": rows}), recipe, DECODER, seed=0))
    likelihood = fitted.likelihood.of("amounts")
    steady, erratic = noise_of(likelihood)
    assert steady == erratic
    one, other = likelihood.log_slope.by_name(["a", "b"]).values()
    assert other - one > 0.5


def test_pairs_give_amounts_no_scale_and_take_none():
    world = World(300, seed=2)
    fitted = world.fit(amounts=world.amounts().at(slice(0, 100)), pairs=world.pairs(slope=1.4).at(slice(100, 300)))
    slope = math.exp(float(fitted.likelihood.of("pairs").log_slope.pooled.detach()))
    assert slope == pytest.approx(1.4 / MONEY, rel=0.35)  # logits a unit of money


def test_an_annotator_who_answers_by_chance_counts_less():
    world = World(600, seed=4)
    pairs = world.pairs(slope=2.0)
    chance = torch.where(torch.rand(600, generator=world.generator) < 0.5, 1, -1)
    pairs = replace(pairs, outcome=torch.where(world.who == 0, chance, pairs.outcome))
    slopes = world.fit(pairs=pairs).likelihood.of("pairs").log_slope.by_name(list("abcd"))
    assert slopes["a"] < min(slopes["b"], slopes["c"], slopes["d"]) - 0.3


def test_what_the_data_do_not_decide_is_named_and_nothing_else():
    world = World(400, seed=6)
    verdicts = world.verdicts().at((world.who != 1) | (torch.arange(400) == 1))
    fitted = world.fit(verdicts=verdicts)
    named = identification.undecided(fitted.likelihood, world.found(fitted), Bag({"verdicts": verdicts}), list("abcd"))
    assert named == ["verdicts: slope of b"]  # who gave a single verdict


def test_without_an_anchor_every_slope_would_be_named():
    world = World(200, annotators=1, seed=7)
    bag = Bag({"pairs": world.pairs()})
    likelihood = mixing.build(bag, Recipe(1))
    assert identification.undecided(likelihood, world.u, bag, ["a"]) == []
    from rewardmodels.learning.likelihoods.annotators import Prior
    from rewardmodels.learning.likelihoods.likelihood import Mixture
    from rewardmodels.learning.likelihoods.pairs import PairLikelihood

    free = Mixture({"pairs": PairLikelihood(world.pairs(), 1, side_bias=False, slopes=Prior(0.0, 1.5, 0.0))})
    assert identification.undecided(free, world.u, bag, ["a"]) == ["pairs: slope"]


def test_the_decay_is_chosen_by_what_every_kind_says_of_held_out_prompts():
    world = World(80, width=30, seed=8)
    fitted = world.fit(decay=None, pairs=world.pairs())
    losses = {float(decay): loss for decay, loss in fitted.held_out_losses.items()}
    assert fitted.decay == min(losses, key=losses.__getitem__)
    assert losses[fitted.decay] < losses[1.0]


def test_bradley_and_terry_is_what_is_left_of_pairs_alone():
    world = World(300, annotators=1, seed=9)
    bag = Bag({"pairs": world.pairs()})
    lesson = Lesson(world.states, bag, Recipe(1, reliability=False, side_bias=False), DECODER, seed=0)
    ours = joint.fit(Joint(weight_decay=2.0), lesson).head.out.weight[0].detach()
    posterior = joint.start(lesson, bag, 2.0)
    fitting.lbfgs(posterior, posterior.inputs(world.states), bag)
    assert torch.allclose(ours, posterior.head.out.weight[0].detach(), atol=1e-5)
