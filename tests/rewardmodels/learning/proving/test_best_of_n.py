"""F5 to F7: the bound on KL, the win rate, and the unbiased estimate against every draw."""

import math
from itertools import combinations

import numpy as np
import pytest

from rewardmodels.learning.proving import best_of_n


@pytest.mark.parametrize(
    ("n", "nats"),
    [
        *[(1, 0.0), (2, 0.1931), (4, 0.6363), (8, 1.2044), (16, 1.8351), (64, 3.1745)],
        *[(256, 4.5491), (1_024, 5.9324), (4_096, 7.3180), (12_500, 8.4336)],
    ],
)
def test_f5_the_kl_of_best_of_n(n, nats):
    assert best_of_n.kl(n) == pytest.approx(nats, abs=5e-5)


def test_f5_is_the_kl_of_the_distribution_of_the_best_of_n():
    """Of many equally likely answers, the best of n is the i-th with chance (i/N)ⁿ − ((i − 1)/N)ⁿ."""
    for n in (2, 8, 64):
        chance = np.diff((np.arange(200_001) / 200_000) ** n)
        chance = chance[chance > 0]
        assert (chance * np.log(chance * 200_000)).sum() == pytest.approx(best_of_n.kl(n), abs=1e-3)


def test_f6_the_win_rate():
    assert best_of_n.win_rate(1) == 1 / 2
    assert best_of_n.win_rate(8) == pytest.approx(8 / 9)
    generator = np.random.default_rng(0)
    scores = generator.random((40_000, 9))
    assert (scores[:, :8].max(axis=1) > scores[:, 8]).mean() == pytest.approx(best_of_n.win_rate(8), abs=0.006)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 7])
def test_f7_is_the_mean_over_every_draw(n):
    generator = np.random.default_rng(1)
    proxy, gold = generator.normal(size=(2, 7)), generator.normal(size=(2, 7))
    by_hand = [
        np.mean([row_gold[max(drawn, key=lambda each: row[each])] for drawn in combinations(range(7), n)])
        for row, row_gold in zip(proxy, gold, strict=True)
    ]
    assert best_of_n.expected(proxy, gold, [n])[:, 0] == pytest.approx(by_hand, abs=1e-12)


def test_f7_answers_that_score_alike_are_chosen_among_at_random():
    proxy, gold = np.array([[1.0, 1.0, 0.0]]), np.array([[4.0, 8.0, 1.0]])
    # pairs: (1, 1) gives 6, (1, 0) gives 4, (1, 0) gives 8
    assert best_of_n.expected(proxy, gold, [2])[0, 0] == pytest.approx(6.0)
    assert best_of_n.expected(proxy, gold, [3])[0, 0] == pytest.approx(6.0)


def test_f7_ends_at_the_mean_and_at_the_best():
    generator = np.random.default_rng(2)
    proxy, gold = generator.normal(size=(3, 500)), generator.normal(size=(3, 500))
    found = best_of_n.expected(proxy, gold, [1, 500])
    assert found[:, 0] == pytest.approx(gold.mean(axis=1), abs=1e-12)
    assert found[:, 1] == pytest.approx(gold[np.arange(3), proxy.argmax(axis=1)], abs=1e-9)


@pytest.mark.parametrize(("pool", "n"), [(1, 1), (10, 3), (12_600, 12_500), (4_096, 1_024)])
def test_f7_weights_are_chances_even_of_thousands(pool, n):
    weights = best_of_n.weights(pool, n)
    assert weights.sum() == pytest.approx(1.0, abs=1e-9)
    assert weights.min() >= 0
    assert weights[-1] == pytest.approx(n / pool, rel=1e-9)  # the best of all is among the n drawn


@pytest.mark.parametrize("n", [0, 11])
def test_more_than_the_pool_cannot_be_drawn(n):
    with pytest.raises(ValueError, match="needs a pool"):
        best_of_n.weights(10, n)


def test_scores_that_are_no_numbers_are_refused():
    with pytest.raises(ValueError, match="not a finite number"):
        best_of_n.expected(np.array([[1.0, math.nan]]), np.ones((1, 2)), [1])
    with pytest.raises(ValueError, match=r"must both be \(prompts, answers\)"):
        best_of_n.expected(np.ones(4), np.ones(4), [1])


def pools(curvature: float, seed: int = 3, prompts: int = 80, pool: int = 600):
    """A proxy that sees one of two parts of the gold, and pushes it where it costs."""
    generator = np.random.default_rng(seed)
    part = generator.normal(size=(prompts, pool))
    return part, part - curvature * part**2 + generator.normal(size=(prompts, pool))


NS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


def test_a_proxy_that_leads_astray_has_a_peak_inside_and_a_true_one_has_none():
    for curvature, is_inside in ((0.35, True), (0.0, False)):
        proxy, gold = pools(curvature)
        found = best_of_n.peak(best_of_n.curve(proxy, gold, NS, np.random.default_rng(0), draws=400))
        assert found.is_inside == is_inside
        assert (found.n < NS[-1]) == is_inside


def test_the_lost_share_by_hand():
    proxy = np.array([[0.0, 1.0, 2.0, 3.0]] * 3)
    gold = np.array([[0.0, 2.0, 6.0, 4.0]] * 3)
    found = best_of_n.curve(proxy, gold, (1, 2, 3, 4), np.random.default_rng(0), draws=50)
    # best of 1: 3; of 2: (2 + 2·6 + 3·4)/6; of 3: (6 + 3·4)/4; of 4: 4
    assert found.mean == pytest.approx([3.0, 26 / 6, 4.5, 4.0])
    peak = best_of_n.peak(found)
    assert (peak.n, peak.value) == (3, pytest.approx(4.5))
    assert peak.lost == pytest.approx(0.5 / 1.5)


def test_intervals_of_a_curve_cover_the_truth():
    covered = 0
    for seed in range(60):
        proxy, gold = pools(0.0, seed, prompts=40, pool=30)
        found = best_of_n.curve(proxy, gold, (4,), np.random.default_rng(seed), draws=300)
        covered += found.low[0] <= 1.02938 <= found.high[0]  # the mean of the best of four normal draws
    assert covered >= 51
