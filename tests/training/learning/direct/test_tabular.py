"""Policies that are a table: every answer of a small world can be written down, and the optimum has a closed form.

The best policy under a KL to the reference is the reference tilted by exp(u/β).
"""

import math

import pytest
import torch

from training.learning.direct import losses

REFERENCE = torch.tensor([0.4, 0.3, 0.2, 0.1], dtype=torch.float64).log()
HELPFUL = torch.tensor([0.0, 1.0, -0.5, 2.0], dtype=torch.float64)
SAFE = torch.tensor([1.5, -1.0, 0.5, -0.3], dtype=torch.float64)
FIRST, SECOND = torch.triu_indices(4, 4, 1)
BETA = 0.5


def tilted(reference, utility, beta):
    """log π ∝ π_ref exp(u/β)"""
    return (reference + utility / beta).log_softmax(0)


def fitted(loss, reference, beta=BETA):
    """The table that the loss of all pairs' margins is least at; loss takes margins of first over second."""
    logits = reference.clone().requires_grad_()
    optimiser = torch.optim.LBFGS([logits], max_iter=500, tolerance_grad=1e-11, tolerance_change=1e-14)

    def closure():
        optimiser.zero_grad()
        ratio = logits.log_softmax(0) - reference
        found = loss(ratio[FIRST] - ratio[SECOND], beta).mean()
        found.backward()
        return found

    optimiser.step(closure)
    return logits.detach().log_softmax(0)


def amounts(utility):
    return utility[FIRST] - utility[SECOND]


def regression_of(utility):
    return lambda margin, beta: losses.regression(margin, amounts(utility), beta)


def dpo_of(utility, scale=1.0):
    """DPO on as many labels as people who answer by σ(Δu) would give."""
    return lambda margin, beta: losses.dpo(margin, beta, torch.sigmoid(-amounts(utility) / scale))


@pytest.mark.parametrize("loss", [regression_of, dpo_of], ids=["amounts", "preferences"])
def test_exact_evidence_about_all_pairs_leads_to_the_tilt(loss):
    found = fitted(loss(HELPFUL), REFERENCE)
    assert (found - tilted(REFERENCE, HELPFUL, BETA)).abs().max() < 1e-4


def test_soft_labels_and_amounts_agree_about_the_tilt():
    found = fitted(lambda margin, beta: losses.soft_label(margin, amounts(HELPFUL), beta, 1.0), REFERENCE)
    assert (found - tilted(REFERENCE, HELPFUL, BETA)).abs().max() < 1e-4


def test_gradient_descent_on_amounts_reaches_the_differences_of_utility():
    logits = REFERENCE.clone().requires_grad_()
    for _ in range(4_000):
        ratio = logits.log_softmax(0) - REFERENCE
        loss = losses.regression(ratio[FIRST] - ratio[SECOND], amounts(HELPFUL), BETA).mean()
        (gradient,) = torch.autograd.grad(loss, logits)
        logits = (logits - 0.5 * gradient).detach().requires_grad_()
    ratio = logits.detach().log_softmax(0) - REFERENCE
    assert (BETA * (ratio[FIRST] - ratio[SECOND]) - amounts(HELPFUL)).abs().max() < 1e-4


@pytest.mark.parametrize("loss", [regression_of, dpo_of], ids=["amounts", "preferences"])
@pytest.mark.parametrize("multiplier", [0.5, 2.0])
def test_two_steps_are_one_tilt_in_either_order(loss, multiplier):
    """SACPO: the second step has the first's policy as its reference, and β over λ as its strength."""
    joint = tilted(REFERENCE, HELPFUL + multiplier * SAFE, BETA)
    one = fitted(loss(SAFE), fitted(loss(HELPFUL), REFERENCE), BETA / multiplier)
    other = fitted(loss(HELPFUL), fitted(loss(SAFE), REFERENCE, BETA / multiplier))
    assert (one - joint).abs().max() < 1e-4
    assert (other - joint).abs().max() < 1e-4


def test_modpo_leads_to_the_tilt_by_the_weighted_sum():
    weight, other = 0.7, 0.3

    def loss(margin, beta):
        chosen_first = losses.modpo(margin, other * amounts(SAFE), beta, weight)
        chosen_second = losses.modpo(-margin, -other * amounts(SAFE), beta, weight)
        return torch.sigmoid(amounts(HELPFUL)) * chosen_first + torch.sigmoid(-amounts(HELPFUL)) * chosen_second

    found = fitted(loss, REFERENCE)
    assert (found - tilted(REFERENCE, weight * HELPFUL + other * SAFE, BETA)).abs().max() < 1e-4


def test_ipo_leads_to_margins_of_half_of_one_over_beta_where_everybody_agrees():
    def loss(margin, beta):
        return losses.ipo(margin[:1], beta)

    found = fitted(loss, REFERENCE) - REFERENCE
    assert float(found[0] - found[1]) == pytest.approx(1 / (2 * BETA), abs=1e-5)


def test_amounts_tell_models_apart_where_preferences_cannot():
    """One model is better by 10 on one prompt, the other by 1 on another: a tie in preferences, and not in money."""
    for second, better in ((1.0, 1), (20.0, -1)):
        gaps = torch.tensor([10.0, -second], dtype=torch.float64)
        assert int(torch.sign(gaps).sum()) == 0
        margin = torch.zeros(1, dtype=torch.float64, requires_grad=True)
        loss = losses.regression(margin.expand(2), gaps, 1.0).mean()  # one number for both prompts
        (gradient,) = torch.autograd.grad(loss, margin)
        assert math.copysign(1, -float(gradient)) == better
        preferred = losses.dpo(torch.stack([margin[0], -margin[0]]), 1.0).mean()
        assert float(torch.autograd.grad(preferred, margin)[0]) == 0


def test_where_not_all_can_be_had_amounts_bring_more_utility_than_preferences():
    """A policy of few degrees of freedom, and gaps with a heavy tail: the sum counts, not the number of right pairs."""
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(400, 2, generator=generator, dtype=torch.float64)
    often = features @ torch.tensor([1.0, -1.0], dtype=torch.float64)
    rare = 40 * (features[:, 0] < -1.2).double() * features[:, 0].abs()  # seldom, and then much
    gaps = 0.1 * often + rare * torch.sign(-features[:, 0] - features[:, 1])

    def learned(loss):
        weights = torch.zeros(2, dtype=torch.float64, requires_grad=True)
        optimiser = torch.optim.LBFGS([weights], max_iter=300)

        def closure():
            optimiser.zero_grad()
            found = loss(features @ weights).mean() + 1e-3 * weights.square().sum()
            found.backward()
            return found

        optimiser.step(closure)
        return (features @ weights).detach()

    sign = torch.sign(gaps)
    by_amount = learned(lambda margin: losses.weighted(sign * margin, gaps.abs(), 1.0, 1.0))
    by_sign = learned(lambda margin: losses.dpo(sign * margin, 1.0))
    assert float((gaps * torch.sign(by_amount)).sum()) > 1.1 * float((gaps * torch.sign(by_sign)).sum())
    assert float((torch.sign(by_sign) == sign).double().mean()) > float((torch.sign(by_amount) == sign).double().mean())
