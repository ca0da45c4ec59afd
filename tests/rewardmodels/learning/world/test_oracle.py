"""Exact optimisation: tilts against brute force and closed forms; the world bites and its control does not."""

import math

import numpy as np
import pytest

from rewardmodels.learning.proving import best_of_n
from rewardmodels.learning.world import gold, oracle
from rewardmodels.learning.world.grammar import log_probability
from rewardmodels.learning.world.oracle import Oracle
from rewardmodels.learning.world.parser import parse
from tests.rewardmodels.learning.world.small import SMALL, WANTED, answers


@pytest.fixture(scope="module")
def small() -> Oracle:
    return oracle.of(SMALL)


def test_a_tilt_over_facts_is_the_tilt_over_all_texts(small):
    """F1: π ∝ reference · exp(u/β), written down text by text."""
    rows = [(parse(text, WANTED, SMALL), log_probability(SMALL, WANTED, text)) for text in answers()]
    facts = np.array([row for row, log in rows if log > -math.inf])
    log = np.array([log for _, log in rows if log > -math.inf])
    kl, mean = [], []
    for stake in (1.0, 2, 5, 9):
        worth = gold.gold(facts, np.float64(stake))
        policy = np.exp(log + 0.7 * worth)
        policy /= policy.sum()
        kl.append((policy * (np.log(policy) - log)).sum())
        mean.append(policy @ worth)
    found = oracle.at(small, small.gold, 0.7)
    assert found.kl == pytest.approx(np.mean(kl), abs=1e-10)
    assert found.gold == pytest.approx(np.mean(mean), abs=1e-10)


def test_two_outcomes_by_hand():
    toy = Oracle(np.zeros((2, 9), int), np.log([0.25, 0.75]), np.ones((1, 1)), np.array([[math.log(3), 0.0]]))
    found = oracle.at(toy, toy.gold, 1.0)  # ¼·3 against ¾: even
    assert found.gold == pytest.approx(math.log(3) / 2, abs=1e-12)
    assert found.kl == pytest.approx(0.5 * math.log(2) + 0.5 * math.log(2 / 3), abs=1e-12)


def test_no_tilt_is_the_reference(world):
    found = oracle.at(world, world.gold, 0.0)
    assert found.kl == pytest.approx(0.0, abs=1e-9)
    assert found.gold == pytest.approx(oracle.mean(world, world.reference, world.gold), abs=1e-9)


def test_a_point_is_found_by_its_distance(world):
    for nats in (0.1, 2.0):
        assert oracle.at_kl(world, world.gold, nats).kl == pytest.approx(nats, abs=1e-6)
    with pytest.raises(ValueError, match="lies between"):
        oracle.at_kl(world, world.gold, 0.0)


def test_beyond_the_greatest_value_there_is_no_tilt(small):
    with pytest.raises(ValueError, match="greatest value"):
        oracle.at_kl(small, small.gold, 30.0)


def test_no_proxy_has_more_gold_than_the_front_at_the_same_kl(world):
    proxy = world.score(oracle.linear_scorer(oracle.linear(world, world.gold)))
    for nats in (0.5, 3.0):
        assert oracle.at_kl(world, proxy, nats).gold < oracle.at_kl(world, world.gold, nats).gold
    ends = oracle.best_of(world, proxy, 64)
    assert ends.gold < oracle.at_kl(world, world.gold, ends.kl).gold


def test_the_best_linear_proxy_of_the_control_is_the_control(world):
    control = world.score(gold.control)
    weights = dict(zip(gold.FEATURES, oracle.linear(world, control), strict=True))
    assert weights["stake_allergy"] == pytest.approx(0.8, abs=1e-6)
    assert weights["courtesy"] == pytest.approx(0.7, abs=1e-6)
    assert weights["allergy"] == pytest.approx(0.0, abs=1e-6)


def test_the_world_bites_and_its_control_does_not(world):
    ns = (1, 4, 16, 64, 256, 1_024)
    proxy = world.score(oracle.linear_scorer(oracle.linear(world, world.gold)))
    found = [oracle.best_of(world, proxy, n).gold for n in ns]
    top = int(np.argmax(found))
    assert ns[top] in (16, 64)
    assert (found[top] - found[-1]) / (found[top] - found[0]) > 0.25
    control = world.score(gold.control)
    kept = [oracle.best_of(world, control, n, control).gold for n in ns]
    assert np.all(np.diff(kept) > 0)


def test_best_of_n_is_what_pools_give(small):
    """The exact figure against F7 on a pool drawn from the reference."""
    proxy = small.score(gold.warmth)[:1]
    one = Oracle(small.facts, small.log_reference, small.stakes[:1], small.gold[:1])
    generator = np.random.default_rng(0)
    drawn = generator.choice(len(one.facts), size=(300, 40), p=one.reference)
    for n in (1, 2, 10):
        pooled = best_of_n.expected(proxy[0][drawn], one.gold[0][drawn], [n])[:, 0]
        spread = pooled.std() / math.sqrt(len(pooled))
        assert abs(pooled.mean() - oracle.best_of(one, proxy, n).gold) < 4 * spread


def test_best_of_one_is_the_mean_and_best_of_very_many_the_best(small):
    assert oracle.best_of(small, small.gold, 1).gold == pytest.approx(
        oracle.mean(small, small.reference, small.gold), abs=1e-12
    )
    assert oracle.best_of(small, small.gold, 10**9).gold == pytest.approx(small.gold.max(axis=1).mean(), abs=1e-3)
