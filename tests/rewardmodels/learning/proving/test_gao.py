"""Fits of the two curves: exact on their own points, peaks by the closed forms, intervals that cover."""

import math

import numpy as np
import pytest

from rewardmodels.learning.proving import best_of_n, gao
from rewardmodels.learning.proving.gao import Fit

D = np.linspace(0.3, 3.0, 12)


@pytest.mark.parametrize("form", gao.FORMS)
def test_a_curve_of_the_form_is_found_again(form):
    found = gao.fit(form, D, gao.predict(Fit(form, 2.0, 0.7, 1.0), D))
    assert (found.a, found.b, found.r2) == pytest.approx((2.0, 0.7, 1.0), abs=1e-9)


def test_best_of_n_has_its_peak_where_the_closed_form_says():
    found = Fit("best_of_n", 2.0, 0.7, 1.0)
    assert found.peak_at == pytest.approx(2 / 1.4)
    assert found.peak_value == pytest.approx(4 / 2.8)


def test_rl_has_its_peak_where_the_closed_form_says():
    found = Fit("rl", 2.0, 0.7, 1.0)
    assert found.peak_at == pytest.approx(math.exp(2 / 0.7 - 1))
    assert found.peak_value == pytest.approx(0.7 * found.peak_at)
    near = gao.predict(found, found.peak_at * np.array([0.99, 1.0, 1.01]))
    assert near.argmax() == 1


def test_a_curve_that_never_turns_has_no_peak():
    for form in gao.FORMS:
        assert Fit(form, 1.0, 0.0, 1.0).peak_at is None
        assert Fit(form, 1.0, -0.2, 1.0).peak_value is None


def test_points_near_the_reference_are_left_out_where_asked():
    gold = gao.predict(Fit("rl", 2.0, 0.7, 1.0), D)
    gold[0] = 50.0
    assert gao.fit("rl", D, gold, closest=0.4).a == pytest.approx(2.0, abs=1e-9)


def test_too_few_distances_are_refused():
    with pytest.raises(ValueError, match="at least three different distances"):
        gao.fit("best_of_n", np.array([0.0, 1.0, 1.0, 2.0]), np.ones(4))
    with pytest.raises(ValueError, match="no form cubic"):
        gao.fit("cubic", D, D)


def test_intervals_of_a_and_b_cover_them():
    truth = Fit("best_of_n", 2.0, 0.6, 1.0)
    covered = 0
    for seed in range(60):
        generator = np.random.default_rng(seed)
        prompts = gao.predict(truth, D) + generator.normal(0, 1, (50, 1)) * D + generator.normal(0, 0.4, (50, len(D)))
        draws = np.stack([prompts[generator.integers(50, size=50)].mean(axis=0) for _ in range(200)])
        found = gao.fit_curves("best_of_n", D, prompts.mean(axis=0), draws)
        covered += found.a[0] <= 2.0 <= found.a[1]
    assert covered >= 51


def test_a_pool_goes_all_the_way_to_a_fit():
    generator = np.random.default_rng(0)
    proxy = generator.normal(size=(100, 600))
    gold = proxy - 0.3 * proxy**2
    ns = (1, 2, 4, 8, 16, 32, 64, 128, 256)
    found = gao.of_curve(best_of_n.curve(proxy, gold, ns, generator, draws=200))
    assert found.fit.r2 > 0.98
    assert found.peak_at[0] < found.fit.peak_at < found.peak_at[1]
    with pytest.raises(ValueError, match="must begin at n = 1"):
        gao.of_curve(best_of_n.curve(proxy, gold, ns[1:], generator, draws=10))
