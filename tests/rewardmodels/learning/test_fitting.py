"""Fits against closed forms and a trusted library; T9; resume to the same bits."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from lm.families import DECODER, FAMILIES
from rewardmodels.learning import bradley_terry, fitting, heads, quasi_newton
from rewardmodels.learning.bradley_terry import Lesson
from rewardmodels.learning.evidence import Unlearnable, check_pairs
from rewardmodels.learning.fitting import Schedule
from rewardmodels.learning.likelihoods.pairs import PairLikelihood
from rewardmodels.learning.observing import Observer
from rewardmodels.learning.posterior import Posterior, accumulate
from rewardmodels.learning.settings.kinds import BradleyTerry
from tests.rewardmodels.learning.worlds import columns, linear_world


def identity_posterior(states, pairs, decay, *, side_bias=False, annotators=1) -> Posterior:
    """A posterior whose inputs are the states themselves."""
    head = heads.Head(states.shape[1], "none").double()
    with torch.no_grad():
        head.dense.weight.copy_(torch.eye(states.shape[1]))
        head.dense.bias.zero_()
        head.out.weight.zero_()
    head.dense.requires_grad_(False)
    head.out.bias.requires_grad_(False)
    return Posterior(head, PairLikelihood(pairs, annotators, side_bias=side_bias), decay=decay, judgments=len(pairs))


def fitted_weights(states, pairs, decay, **options):
    posterior = identity_posterior(states, pairs, decay, **options)
    fitting.lbfgs(posterior, posterior.inputs(states), pairs)
    return posterior.head.out.weight[0].detach(), posterior


def test_f2_three_wins_to_one_is_log_three():
    states = torch.eye(2)
    pairs = columns([0, 0, 0, 0], [1, 1, 1, 1], [1, 1, 1, -1])
    weights, _ = fitted_weights(states, pairs, 1e-9)
    assert float(weights[0] - weights[1]) == pytest.approx(math.log(3), abs=1e-6)


def test_f3_expected_counts_give_the_strengths_back():
    strengths = np.array([0.0, 0.7, -0.4, 1.2])
    first, second, outcome = [], [], []
    for i in range(4):
        for j in range(i):
            wins = round(100_000 / (1 + math.exp(strengths[j] - strengths[i])))
            first += [i] * 100_000
            second += [j] * 100_000
            outcome += [1] * wins + [-1] * (100_000 - wins)
    weights, _ = fitted_weights(torch.eye(4), columns(first, second, outcome), 1e-9)
    found = (weights - weights.mean()).numpy()
    assert np.abs(found - (strengths - strengths.mean())).max() < 2e-5  # counts were rounded to whole wins


def test_f4_separable_comparisons_stay_finite_under_the_prior():
    pairs = columns([0, 0], [1, 1], [1, 1])
    weights, _ = fitted_weights(torch.eye(2), pairs, 0.5)
    gap = float(weights[0] - weights[1])
    # stationary: decay · w₀ = 2 · σ(−gap), w₁ = −w₀
    assert 0.5 * gap / 2 == pytest.approx(2 / (1 + math.exp(gap)), abs=1e-6)


@pytest.mark.parametrize("decay", [0.1, 3.0, 3000.0])
def test_the_fit_is_that_of_scikit_learn_without_intercept(decay):
    states, _, pairs = linear_world()
    difference = (states[pairs.first] - states[pairs.second]).double().numpy()
    trusted = LogisticRegression(C=1 / decay, fit_intercept=False, tol=1e-12, max_iter=10_000)
    trusted.fit(difference, pairs.outcome.numpy())
    weights, _ = fitted_weights(states, pairs, decay)
    assert np.abs(weights.numpy() - trusted.coef_[0]).max() < 1e-5


def test_quasi_newton_finds_what_scipy_finds_on_a_crooked_valley():
    def evaluate(point):
        point = point.clone().requires_grad_()
        loss = (1 - point[0]) ** 2 + 100 * (point[1] - point[0] ** 2) ** 2
        (gradient,) = torch.autograd.grad(loss, point)
        return float(loss.detach()), gradient

    at = quasi_newton.begin(torch.tensor([-1.2, 1.0], dtype=torch.float64), evaluate)
    for _ in range(200):
        at = quasi_newton.advance(at, evaluate)
    trusted = minimize(lambda p: (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2, [-1.2, 1.0], tol=1e-12).x
    assert np.abs(at.point.numpy() - trusted).max() < 1e-4


def test_ties_are_fitted_to_a_known_cut():
    states, truth, pairs = linear_world(pairs=6_000, cut=0.8, seed=3)
    weights, posterior = fitted_weights(states, pairs, 1e-3)
    assert float(posterior.likelihood.link.cuts()[0].detach()) == pytest.approx(0.8, abs=0.06)
    assert (weights - truth).abs().max() < 0.12


def test_many_ties_shrink_differences_and_no_ties_are_bradley_terry():
    states, _, pairs = linear_world(pairs=600, cut=0.5)
    decided = pairs.at(pairs.is_decided)
    with_ties, _ = fitted_weights(states, pairs, 1.0)
    without, _ = fitted_weights(states, decided, 1.0)
    assert with_ties.norm() < without.norm()


def test_a_side_bias_is_found_and_kept_out_of_the_utility():
    states, truth, pairs = linear_world(pairs=4_000, seed=5)
    generator = torch.Generator().manual_seed(6)
    side = torch.where(torch.rand(4_000, generator=generator) < 0.5, 1, -1)
    difference = (states.double() @ truth)[pairs.first] - (states.double() @ truth)[pairs.second] + 0.9 * side
    outcome = torch.where(torch.rand(4_000, generator=generator).double() < torch.sigmoid(difference), 1, -1)
    biased = replace(pairs, side=side, outcome=outcome)
    weights, posterior = fitted_weights(states, biased, 1e-3, side_bias=True)
    found = posterior.likelihood.pooled_side + posterior.likelihood.own_side
    assert float(found.detach()[0]) == pytest.approx(0.9, abs=0.12)
    assert (weights - truth).abs().max() < 0.15


def test_swapping_first_and_second_leaves_the_fit_as_it_is():
    states, _, pairs = linear_world(cut=0.3)
    swapped = replace(pairs, first=pairs.second, second=pairs.first, outcome=-pairs.outcome)
    one, other = fitted_weights(states, pairs, 1.0)[0], fitted_weights(states, swapped, 1.0)[0]
    assert (one - other).abs().max() < 1e-6


def test_a_constant_added_to_every_utility_moves_no_likelihood():
    _, _, pairs = linear_world(pairs=50, cut=0.3)
    likelihood = PairLikelihood(pairs, 1, side_bias=False)
    utilities = torch.randn(100, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.allclose(likelihood(utilities, pairs), likelihood(utilities + 123.0, pairs), atol=1e-9)


@pytest.mark.parametrize("micro", [1, 2, 3, 4, 8])
def test_t9_accumulated_gradients_are_those_of_the_whole_batch(micro):
    states, _, pairs = linear_world(pairs=8, cut=0.3)
    posterior = identity_posterior(states, pairs, 2.0)
    loss = posterior.loss(posterior.inputs(states), pairs)
    loss.backward()
    whole = [parameter.grad.clone() for parameter in posterior.parameters() if parameter.grad is not None]
    posterior.zero_grad()
    again = accumulate(posterior, posterior.inputs(states), pairs, micro)  # 3 leaves an uneven last part
    parts = [parameter.grad for parameter in posterior.parameters() if parameter.grad is not None]
    assert again == pytest.approx(float(loss.detach()), abs=1e-12)
    assert all(torch.allclose(one, other, atol=1e-12) for one, other in zip(whole, parts, strict=True))


class Killed(Exception):
    pass


def killed_at(step):
    def report(now, values):
        if now == step and "loss" in values:
            raise Killed

    return report


@pytest.mark.parametrize("step", [1, 4, 9])
def test_lbfgs_resumes_to_the_same_bits(tmp_path, step):
    states, _, pairs = linear_world(cut=0.3)
    uninterrupted = fitted_weights(states, pairs, 0.5)[0]
    path = tmp_path / "fit.safetensors"
    posterior = identity_posterior(states, pairs, 0.5)
    observer = Observer(report=killed_at(step), checkpoint=path, every=1)
    with pytest.raises(Killed):
        fitting.lbfgs(posterior, posterior.inputs(states), pairs, observer)
    resumed = []
    posterior = identity_posterior(states, pairs, 0.5)
    observer = Observer(checkpoint=path, every=1, resumed=resumed.append)
    fitting.lbfgs(posterior, posterior.inputs(states), pairs, observer)
    assert resumed == ([step - 1] if step > 1 else [])
    assert torch.equal(posterior.head.out.weight[0].detach(), uninterrupted)


@pytest.mark.parametrize("step", [3, 20, 41])
def test_adamw_resumes_to_the_same_bits(tmp_path, step):
    states, _, pairs = linear_world(pairs=200)
    kept, held = pairs.at(torch.arange(160)), pairs.at(torch.arange(160, 200))
    schedule = Schedule(learning_rate=0.02, epochs=8, batch_size=16, patience=3, seed=7)

    def run(observer):
        posterior = identity_posterior(states, pairs, 0.5)
        posterior.head.dense.requires_grad_(True)
        fitting.adamw(posterior, posterior.inputs(states), kept, held, schedule, observer)
        return torch.cat([posterior.head.out.weight.flatten(), posterior.head.dense.weight.flatten()]).detach()

    uninterrupted = run(Observer())
    path = tmp_path / "fit.safetensors"
    with pytest.raises(Killed):
        run(Observer(report=killed_at(step), checkpoint=path))
    assert torch.equal(run(Observer(checkpoint=path)), uninterrupted)


def test_a_damaged_checkpoint_means_beginning_again(tmp_path):
    states, _, pairs = linear_world()
    path = tmp_path / "fit.safetensors"
    path.write_bytes(b"not a checkpoint")
    posterior = identity_posterior(states, pairs, 0.5)
    fitting.lbfgs(posterior, posterior.inputs(states), pairs, Observer(checkpoint=path, every=1))
    assert torch.equal(posterior.head.out.weight[0].detach(), fitted_weights(states, pairs, 0.5)[0])


def test_a_loss_that_is_no_number_is_a_sentence():
    states, _, pairs = linear_world()
    states[0] = float("nan")
    posterior = identity_posterior(states, pairs, 1.0)
    kept = pairs.at(torch.arange(300))
    schedule = Schedule(learning_rate=0.1, epochs=2, batch_size=300, patience=1, seed=0)
    with pytest.raises(Unlearnable, match="no longer a number"):
        fitting.adamw(posterior, posterior.inputs(states), kept, pairs.at(torch.arange(300, 400)), schedule)


@pytest.mark.parametrize("family", [FAMILIES["bert"], FAMILIES["distilbert"], FAMILIES["electra"], DECODER], ids=str)
def test_every_familys_head_learns_and_survives_its_own_tensors(family):
    states, truth, pairs = linear_world(pairs=1_000, width=6, seed=2)
    lesson = Lesson(states * 5 + 3, pairs, 1, family, seed=0)
    fitted = bradley_terry.fit(BradleyTerry(weight_decay=1.0), lesson)
    named, offset = heads.tensors(fitted.head, family)
    again = heads.from_tensors(named, family, offset)
    with torch.no_grad():
        before, after = fitted.head(lesson.states.double()), again(lesson.states)
    assert (before - after).abs().max() < 1e-4
    assert np.corrcoef(before.numpy(), (states.double() @ truth).numpy())[0, 1] > 0.97


def test_a_missing_or_unexpected_tensor_of_a_head_is_an_error():
    head = heads.standardising(torch.randn(20, 4, generator=torch.Generator().manual_seed(0)), FAMILIES["bert"])
    named, offset = heads.tensors(head, FAMILIES["bert"])
    with pytest.raises(ValueError, match="expected"):
        heads.from_tensors({**named, "extra": torch.zeros(1)}, FAMILIES["bert"], offset)
    named.pop("classifier.bias")
    with pytest.raises(ValueError, match="expected"):
        heads.from_tensors(named, FAMILIES["bert"], offset)


def test_the_decay_with_the_least_held_out_loss_is_chosen():
    states, _, pairs = linear_world(pairs=120, width=40, seed=9)
    fitted = bradley_terry.fit(BradleyTerry(), Lesson(states, pairs, 1, DECODER, seed=0))
    losses = {float(decay): loss for decay, loss in fitted.held_out_losses.items()}
    assert fitted.decay == min(losses, key=losses.__getitem__)
    assert losses[fitted.decay] < math.log(2)
    assert losses[1.0] > losses[fitted.decay]  # forty weights on a hundred pairs need a prior


def test_the_pooler_learns_what_no_linear_head_can():
    generator = torch.Generator().manual_seed(4)
    states = torch.randn(1_600, 2, generator=generator)
    utility = 3 * (states[:, 0] * states[:, 1]).double()
    first, second = torch.arange(0, 1_600, 2), torch.arange(1, 1_600, 2)
    outcome = torch.sign(utility[first] - utility[second]).long()
    lesson = Lesson(torch.cat([states, states**2, states.flip(1) ** 3], 1), columns(first, second, outcome), 1,
                    FAMILIES["bert"], seed=0)  # fmt: skip

    def accuracy(settings):
        fitted = bradley_terry.fit(settings, lesson)
        with torch.no_grad():
            u = fitted.head(lesson.states.double())
        return float((torch.sign(u[first] - u[second]) == outcome).double().mean())

    linear = accuracy(BradleyTerry(weight_decay=0.01))
    pooler = accuracy(BradleyTerry(head="pooler", weight_decay=0.01, learning_rate=0.02, epochs=60, patience=10))
    assert pooler > linear + 0.1


def test_a_prompts_comparisons_are_in_one_fold():
    pairs = columns(range(0, 40, 2), range(1, 40, 2), [1] * 20, cluster=[n % 6 for n in range(20)])
    fold = bradley_terry.folds(pairs, 3, seed=0)
    for cluster in range(6):
        assert len(set(fold[pairs.cluster == cluster].tolist())) == 1
    assert set(fold.tolist()) == {0, 1, 2}


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        (columns([], [], []), "no comparison"),
        (columns([0] * 9, [1] * 9, [0] * 9), "ties"),
        (columns([0] * 3, [1] * 3, [1] * 3), "3 decided"),
        (columns([0] * 9, [1] * 9, [1] * 9, cluster=[0] * 9), "share one prompt"),
        (columns([0] * 9, [1] * 9, [1, -1] * 4 + [1], side=[1, -1] * 4 + [1]), "shown first"),
    ],
    ids=["empty", "all ties", "too few", "one prompt", "one-sided"],
)
def test_what_cannot_be_learned_from_is_said_in_a_sentence(pairs, said):
    with pytest.raises(Unlearnable, match=said):
        check_pairs(pairs)
