"""The learning curve: nested parts, the figures of a known curve, and nothing foretold of a flat one."""

import numpy as np
import pytest

from rewardmodels.learning import intervals, learning_curve
from rewardmodels.learning.learning_curve import Size, Told


def test_sizes_are_halves_down_to_the_fewest_prompts():
    assert learning_curve.sizes(1_000) == [31, 62, 125, 250, 500, 1_000]
    assert learning_curve.sizes(100) == [25, 50, 100]
    assert learning_curve.sizes(10) == [10]


def test_parts_are_nested_and_keep_prompts_whole():
    clusters = np.random.default_rng(0).integers(0, 50, 300)
    few, many = (learning_curve.part(clusters, count, seed=1, repeat=2) for count in (10, 20))
    assert set(few) < set(many)
    assert len(np.unique(clusters[few])) == 10
    assert set(np.flatnonzero(np.isin(clusters, clusters[few]))) == set(few)
    other = learning_curve.part(clusters, 10, seed=1, repeat=3)
    assert set(few) != set(other)


def test_every_part_is_learned_from_and_the_whole_once():
    clusters, asked = np.repeat(np.arange(100), 2), []

    def learn(rows):
        asked.append(len(rows))
        return Told(np.full(4, 1 / len(rows)), np.ones(4))

    shares = []
    found = learning_curve.measure(clusters, learn, seed=0, report=shares.append)
    assert asked == [50] * 5 + [100] * 5 + [200]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert [(size.prompts, size.judgments) for size in found] == [(25, 50), (50, 100), (100, 200)]


def test_the_gain_of_an_exact_power_law_is_its_own():
    at = np.array([25.0, 50, 100, 200, 400, 800])
    losses = np.stack([0.5 + 3 * at**-0.75, 0.6 + 2 * at**-0.5], 1)
    expected = [3 * (800**-0.75 - 1_600**-0.75), 2 * (800**-0.5 - 1_600**-0.5)]
    assert learning_curve.doubling(at, losses) == pytest.approx(expected, rel=1e-9)


def test_a_rising_curve_gains_nothing():
    assert learning_curve.doubling(np.array([1.0, 2, 4, 8]), np.array([[0.1], [0.2], [0.3], [0.4]])) == [0]


def simulated(seed, height, exponent=0.7, n=400):
    """Held-out losses around a known curve: some judgments are harder than others, and some parts luckier."""
    generator = np.random.default_rng(seed)
    own = generator.normal(0, 0.5, n)
    found = []
    for prompts in learning_curve.sizes(800):
        repeats = 5 if prompts < 800 else 1
        luck = generator.normal(0, 0.03 * prompts**-0.5, (repeats, 1))
        noise = generator.normal(0, 0.6 * prompts**-0.5, (repeats, n))
        found.append(
            Size(prompts, prompts, 0.5 + height * prompts**-exponent + luck + own + noise, np.ones((repeats, n)))
        )
    return found, intervals.Resampler([np.arange(n)], generator, draws=300)


def test_the_interval_of_what_twice_the_data_bring_holds_the_truth():
    truth = 3 * (800**-0.7 - 1_600**-0.7)
    covered = told = 0
    for seed in range(40):
        found = learning_curve.describe(*simulated(seed, height=3.0), seed)
        if found["twice"]:
            low, high = found["twice"]["interval"]
            told, covered = told + 1, covered + (low <= truth <= high)
    assert told >= 36
    assert covered >= 0.85 * told


def test_nothing_is_foretold_of_a_flat_curve():
    silent = sum(learning_curve.describe(*simulated(seed, height=0.0), seed)["twice"] is None for seed in range(40))
    assert silent >= 36  # one in forty is by chance clear upwards


def test_nothing_is_foretold_from_three_sizes():
    found, resampler = simulated(0, height=3.0)
    told = learning_curve.describe(found[-3:], resampler, 0)
    assert told["twice"] is None
    assert "4 are needed" in told["reason"]
    assert len(told["points"]) == 3
