"""How far noise may move the mean of a series whose values hang together."""

import math

import numpy as np
import pytest
from scipy.stats import t

from training.learning import steady


def series(rho, count, generator, burn=50):
    """Each value is rho times the one before, and a new unit of noise."""
    found = np.zeros(count + burn)
    for place, noise in enumerate(generator.normal(size=count + burn)):
        found[place] = rho * found[place - 1] + noise
    return found[burn:]


def test_the_variance_of_four_values_by_hand():
    """1, 1, −1, −1: covariances 1, .25, −.5, −.25; the first pair is positive, and the second is not."""
    values = np.array([1.0, 1.0, -1.0, -1.0])
    assert steady.long_run_variance(values) == pytest.approx(-1 + 2 * 1.25)
    found = steady.mean(values)
    assert found.error == pytest.approx(math.sqrt(1.5 / 4))
    assert found.steps == pytest.approx(4 * (4 / 3) / 1.5)


def test_no_later_pair_counts_for_more_than_the_one_before_it():
    """Covariances 3, −2.5, 2, −4/3, 2/3, −1/3: pairs of 1/2, 2/3 and 1/3, of which the second counts as the first."""
    values = np.array([-2.0, 2.0, -2.0, 2.0, -1.0, 1.0])
    assert steady.long_run_variance(values) == pytest.approx(-3 + 2 * (1 / 2 + 1 / 2 + 1 / 3))


def test_in_the_limit_of_independence_it_is_the_usual_error():
    values = np.random.default_rng(0).normal(size=20_000)
    found = steady.mean(values)
    assert found.error == pytest.approx(values.std(ddof=1) / math.sqrt(20_000), rel=0.1)
    assert found.steps == pytest.approx(20_000, rel=0.2)


def test_values_that_swing_back_are_taken_for_independent_and_not_for_surer():
    values = np.array([0.1, -0.1] * 5) + 0.3
    found = steady.mean(values)
    assert (found.value, found.error, found.steps) == (pytest.approx(0.3), pytest.approx(0.1 / 3), pytest.approx(10))
    assert found.chance == pytest.approx(2 * t.sf(9.0, 9))


@pytest.mark.parametrize("rho", [0.3, 0.6, 0.8])
def test_a_long_series_has_the_variance_of_its_closed_form(rho):
    """Of values that hang together by rho: 1 / (1 − rho)² for each unit of new noise."""
    values = series(rho, 40_000, np.random.default_rng(1))
    assert steady.long_run_variance(values) == pytest.approx(1 / (1 - rho) ** 2, rel=0.15)


def test_an_interval_of_95_percent_holds_the_truth_in_most_short_series_where_the_usual_one_does_not():
    generator = np.random.default_rng(2)
    drawn = [series(0.5, 48, generator) for _ in range(600)]
    held = np.mean([steady.mean(one).chance >= 0.05 for one in drawn])
    usual = np.mean([abs(one.mean()) <= 2 * one.std(ddof=1) / math.sqrt(48) for one in drawn])
    assert held > 0.86
    assert usual < 0.78


def test_what_never_moves_is_its_own_mean_and_one_value_tells_nothing():
    assert steady.mean(np.full(8, 0.0)).chance == 1.0
    assert steady.mean(np.full(8, 0.5)).chance < 1e-50
    assert steady.mean(np.array([0.5])).chance == 1.0
