"""Intervals: equal to resampling row by row, equal to closed forms, and covering what they should."""

import math

import numpy as np
import pytest
from scipy.stats import binomtest, spearmanr

from rewardmodels.learning import intervals


def test_sums_over_two_ways_count_each_judgment_as_often_as_both_its_groups():
    generator = np.random.default_rng(0)
    prompts, annotators, values = generator.integers(0, 7, 40), generator.integers(0, 5, 40), generator.normal(size=40)
    resampler = intervals.Resampler([prompts, annotators], np.random.default_rng(1), draws=20)
    by_hand = [
        sum(one[p] * other[a] * v for p, a, v in zip(*resampler.places, values, strict=True))
        for one, other in zip(*resampler.counts, strict=True)
    ]
    assert resampler.sums(values) == pytest.approx(by_hand, abs=1e-9)


def test_one_way_is_the_limit_of_two_in_which_nobody_is_resampled():
    values, groups = np.arange(12.0), np.repeat(np.arange(4), 3)
    resampler = intervals.Resampler([groups], np.random.default_rng(0), draws=30)
    weights = resampler.counts[0][:, groups]
    assert resampler.sums(values) == pytest.approx(weights @ values)
    assert resampler.mean(values) == pytest.approx(np.quantile((weights @ values) / weights.sum(1), [0.025, 0.975]))


def test_weights_leave_out_judgments_of_weight_zero():
    values = np.r_[np.ones(50), np.zeros(50)]
    resampler = intervals.Resampler([np.arange(100)], np.random.default_rng(0))
    assert resampler.mean(values, np.r_[np.ones(50), np.zeros(50)]) == [1, 1]


def test_wilson_is_that_of_scipy():
    exact = binomtest(7, 20).proportion_ci(method="wilson")
    assert intervals.wilson(7 / 20, 20) == pytest.approx([exact.low, exact.high], abs=1e-6)


def test_a_faultless_slice_has_an_interval_that_its_prompts_allow():
    resampler = intervals.Resampler([np.repeat(np.arange(6), 4)], np.random.default_rng(0))
    low, high = resampler.proportion(np.ones(24), np.ones(24))
    assert (low, high) == pytest.approx(tuple(intervals.wilson(1.0, 6)))
    assert low == pytest.approx(0.61, abs=0.01)


def test_a_proportion_of_independent_judgments_has_wilsons_interval():
    values = (np.arange(400) % 4 > 0).astype(float)
    resampler = intervals.Resampler([np.arange(400)], np.random.default_rng(0), draws=4_000)
    assert resampler.proportion(values, np.ones(400)) == pytest.approx(intervals.wilson(0.75, 400), abs=0.004)


def test_judgments_that_agree_within_a_prompt_count_once():
    values = np.repeat((np.arange(100) % 4 > 0).astype(float), 5)
    resampler = intervals.Resampler([np.repeat(np.arange(100), 5)], np.random.default_rng(0), draws=4_000)
    assert resampler.proportion(values, np.ones(500)) == pytest.approx(intervals.wilson(0.75, 100), abs=0.01)


def test_the_interval_of_a_correlation_covers_it_and_narrows_with_its_root():
    generator = np.random.default_rng(3)
    one = generator.normal(size=900)
    other = 0.6 * one + 0.8 * generator.normal(size=900)
    resampler = intervals.Resampler([np.arange(900)], np.random.default_rng(0))
    low, high = resampler.correlation(one, other)
    assert low < spearmanr(one, other).statistic < high
    assert high - low == pytest.approx(2 * 1.96 * math.sqrt((1 + 0.57**2 / 2) / 900) * (1 - 0.57**2), rel=0.25)


def test_what_never_varies_has_no_correlation():
    resampler = intervals.Resampler([np.arange(9)], np.random.default_rng(0))
    assert resampler.correlation(np.ones(9), np.arange(9.0)) is None
