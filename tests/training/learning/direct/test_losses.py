"""Every loss by hand, at its limits, and against what it must reduce to."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from training.learning.direct import losses

NUMBERS = st.floats(-20, 20)


def tensor(*values):
    return torch.tensor(values, dtype=torch.float64)


def slope(loss, at):
    point = tensor(at).requires_grad_()
    return float(torch.autograd.grad(loss(point).sum(), point)[0])


def sigmoid(value):
    return 1 / (1 + math.exp(-value))


def test_dpo_by_hand():
    assert float(losses.dpo(tensor(1.2), 0.5)) == pytest.approx(0.437488, abs=1e-6)
    assert float(losses.dpo(tensor(0.0), 0.1)) == pytest.approx(math.log(2), abs=1e-12)
    assert slope(lambda h: losses.dpo(h, 0.5), 1.2) == pytest.approx(-0.5 * sigmoid(-0.6), abs=1e-12)


@settings(deadline=None)
@given(NUMBERS, st.floats(0.01, 2), st.floats(0, 0.5))
def test_label_smoothing_is_the_chance_that_a_label_is_the_wrong_way(margin, beta, smoothing):
    both = (1 - smoothing) * losses.dpo(tensor(margin), beta) + smoothing * losses.dpo(tensor(-margin), beta)
    assert float(losses.dpo(tensor(margin), beta, smoothing)) == pytest.approx(float(both), abs=1e-9)


def test_dpo_with_smoothing_is_least_at_the_log_odds_of_the_label():
    odds = math.log(0.8 / 0.2)
    assert slope(lambda h: losses.dpo(h, 0.3, 0.2), odds / 0.3) == pytest.approx(0, abs=1e-12)


def test_ipo_is_least_at_half_of_one_over_beta():
    assert float(losses.ipo(tensor(5.0), 0.1)) == 0
    assert float(losses.ipo(tensor(4.0), 0.1)) == pytest.approx(1, abs=1e-12)
    assert slope(lambda h: losses.ipo(h, 0.1), 5.0) == 0
    assert slope(lambda h: losses.ipo(h, 0.1), 7.0) > 0  # unlike DPO, further ahead is worse


GOOD = torch.tensor([True, True, False])


def test_kto_by_hand():
    z0 = losses.divergence(tensor(0.4, -0.1, 1.2))
    assert z0 == pytest.approx(0.5, abs=1e-12)
    found = losses.kto(tensor(1.0, 2.0, -1.0), GOOD, z0, 0.1, (1.0, 1.0))
    assert found.tolist() == pytest.approx([0.487503, 0.462570, 0.462570], abs=1e-6)
    assert float(found.mean()) == pytest.approx(0.470881, abs=1e-6)
    heavier = losses.kto(tensor(1.0, 2.0, -1.0), GOOD, z0, 0.1, (1.33, 1.0))
    assert float(heavier.mean()) == pytest.approx(0.575389, abs=1e-6)


def test_kto_is_half_of_each_weight_where_policy_and_reference_are_one():
    assert losses.kto(tensor(0.0, 0.0, 0.0), GOOD, 0.0, 0.1, (1.33, 0.7)).tolist() == [0.665, 0.665, 0.35]


@pytest.mark.parametrize("ratio", [-3.0, 0.0, 2.0])
def test_the_slope_of_kto_saturates_on_both_ends(ratio):
    one = torch.tensor([True])
    share = sigmoid(0.4 * (ratio - 0.3))
    found = slope(lambda r: losses.kto(r, one, 0.3, 0.4, (1.2, 1.0)), ratio)
    assert found == pytest.approx(-1.2 * 0.4 * share * (1 - share), abs=1e-12)
    assert abs(slope(lambda r: losses.kto(r, one, 0.3, 0.4, (1.2, 1.0)), 200.0)) < 1e-12
    assert abs(slope(lambda r: losses.kto(r, one, 0.3, 0.4, (1.2, 1.0)), -200.0)) < 1e-12


def test_a_divergence_below_nothing_is_nothing():
    assert losses.divergence(tensor(-1.0, 0.4, 0.2)) == 0


def test_odpo_by_hand():
    offset = losses.offset(tensor(2.0), 1.0, "log")
    assert float(losses.odpo(tensor(1.2), offset, 0.5)) == pytest.approx(0.740805, abs=1e-6)


@settings(deadline=None)
@given(NUMBERS, st.floats(0.01, 2), st.floats(-3, 3))
def test_odpo_is_dpo_moved_by_its_offset(margin, beta, offset):
    found = losses.odpo(tensor(margin), tensor(offset), beta)
    assert float(found) == pytest.approx(float(losses.dpo(tensor(margin - offset / beta), beta)), abs=1e-9)
    assert torch.equal(losses.odpo(tensor(margin), tensor(0.0), beta), losses.dpo(tensor(margin), beta))


def test_only_the_offset_of_the_paper_is_ever_below_nothing():
    gaps = tensor(0.01, 0.5, 1.0, 3.0)
    assert (losses.offset(gaps, 1.0, "log") < 0).tolist() == [True, True, False, False]
    assert bool((losses.offset(gaps, 0.7, "log1p") > 0).all())
    assert losses.offset(gaps, 2.0, "linear").tolist() == [0.02, 1.0, 2.0, 6.0]


def test_the_regression_is_least_where_the_margin_says_the_amount():
    assert float(losses.regression(tensor(20.0), tensor(2.0), 0.1)) == 0
    assert float(losses.regression(tensor(10.0), tensor(2.0), 0.1)) == pytest.approx(1, abs=1e-12)


def test_the_robust_regression_is_squared_near_by_and_straight_far_off():
    near = losses.regression(tensor(0.3), tensor(0.0), 1.0, huber=0.5)
    assert float(near) == pytest.approx(0.09, abs=1e-12)
    assert slope(lambda h: losses.regression(h, tensor(0.0), 1.0, huber=0.5), 9.0) == pytest.approx(1.0, abs=1e-12)


def test_weighted_dpo_without_power_is_dpo():
    margins, sizes = tensor(1.2, -0.3), tensor(4.0, 9.0)
    assert torch.equal(losses.weighted(margins, sizes, 0.5, 0.0), losses.dpo(margins, 0.5))
    expected = torch.tensor([2.0, 3.0]) * losses.dpo(margins, 0.5)
    assert torch.allclose(losses.weighted(margins, sizes, 0.5, 0.5), expected, atol=1e-12)


def test_soft_labels_are_least_where_the_margin_says_the_amount_and_become_hard():
    assert slope(lambda h: losses.soft_label(h, tensor(1.5), 0.2, 3.0), 1.5 / 3.0 / 0.2) == pytest.approx(0, abs=1e-12)
    hard = losses.soft_label(tensor(1.2), tensor(1.0), 0.5, 1e-3)
    assert float(hard) == pytest.approx(float(losses.dpo(tensor(1.2), 0.5)), abs=1e-12)


@settings(deadline=None)
@given(NUMBERS, st.floats(0, 10))
def test_an_amount_is_the_same_evidence_from_either_side(margin, size):
    """Swapping the answers negates margin and signed amount; where neither is better, either may be called chosen."""
    for loss in (losses.regression, losses.soft_label):
        options = {"beta": 0.3} | ({"temperature": 2.0} if loss is losses.soft_label else {})
        one, other = loss(tensor(margin), tensor(size), **options), loss(tensor(-margin), tensor(-size), **options)
        assert float(one) == pytest.approx(float(other), rel=1e-9, abs=1e-9)


def test_simpo_by_hand():
    assert float(losses.simpo(tensor(0.4), 2.0, 0.5)) == pytest.approx(-math.log(sigmoid(0.3)), abs=1e-12)


CHOSEN, REJECTED = tensor(0.5, -0.2, 1.0), tensor(0.1, 0.3, -0.4)


def test_aot_by_hand():
    assert float(losses.aot(CHOSEN, REJECTED, 1.0).mean()) == pytest.approx(0.504780, abs=1e-6)


def test_aot_does_not_ask_who_was_compared_with_whom():
    expected = losses.aot(CHOSEN, REJECTED, 1.0).mean()
    assert torch.equal(losses.aot(CHOSEN[[2, 0, 1]], REJECTED[[1, 2, 0]], 1.0).mean(), expected)


def test_aot_of_one_pair_is_dpo():
    found = losses.aot(tensor(1.5), tensor(0.3), 0.5)
    assert float(found) == pytest.approx(float(losses.dpo(tensor(1.2), 0.5)), abs=1e-12)


SCORES, WORTH = tensor(0.2, 0.6, -0.1)[None], tensor(1.0, 0.5, 0.0)[None]
ALL = torch.ones(1, 3, dtype=torch.bool)


def test_lipo_by_hand():
    assert float(losses.lipo(SCORES, WORTH, ALL)) == pytest.approx(0.509956, abs=1e-6)


def test_lipo_of_two_answers_is_dpo_times_a_number():
    found = losses.lipo(tensor(0.7, 0.1)[None], tensor(1.0, 0.0)[None], ALL[:, :2])
    scale = 1 / math.log(2) - 1 / math.log(3)
    assert float(found) == pytest.approx(scale * float(losses.dpo(tensor(0.6), 1.0)), abs=1e-12)


def test_lipo_takes_no_notice_of_places_without_an_answer_nor_of_the_order_of_the_others():
    padded = torch.cat([SCORES, tensor(9.0)[None]], 1), torch.cat([WORTH, tensor(2.0)[None]], 1)
    counts = torch.tensor([[True, True, True, False]])
    expected = losses.lipo(SCORES, WORTH, ALL)
    assert torch.allclose(losses.lipo(*padded, counts), expected, atol=1e-12)
    order = [2, 0, 1]
    assert torch.allclose(losses.lipo(SCORES[:, order], WORTH[:, order], ALL), expected, atol=1e-12)


def test_answers_of_equal_worth_are_not_put_in_order():
    assert float(losses.lipo(SCORES, torch.zeros_like(WORTH), ALL)) == 0


def test_modpo_by_hand():
    others = 0.3 * (tensor(0.5) - tensor(2.0))
    assert float(losses.modpo(tensor(4.0), others, 0.1, 0.7)) == pytest.approx(0.259994, abs=1e-6)


@settings(deadline=None)
@given(NUMBERS, st.floats(0.01, 2))
def test_modpo_with_all_weight_on_the_preference_is_dpo(margin, beta):
    assert torch.equal(losses.modpo(tensor(margin), tensor(0.0), beta, 1.0), losses.dpo(tensor(margin), beta))


def test_sft_is_a_mean_over_tokens_however_long_the_answers():
    sums, lengths = tensor(-6.0, -2.0), tensor(4.0, 1.0)
    assert float(losses.sft(sums, float(lengths.mean())).mean()) == pytest.approx(8 / 5, abs=1e-12)
