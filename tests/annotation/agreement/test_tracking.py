"""Whether a proxy still tracks people: by hand, at limits, and how often the flag is raised when it should and not."""

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import t as student
from scipy.stats import ttest_ind

from annotation.agreement import tracking
from annotation.agreement.twoway import Ways


def alone(difference, outcome):
    """Verdicts on prompts of their own, by one person."""
    prompt = np.arange(len(outcome))
    return tracking.shortfall(np.array(difference, float), np.array(outcome), Ways(prompt, np.zeros_like(prompt)))


def simulated(random, *, prompts, spread=1.0, trust=1.0, votes=2):
    """A forecast that is right about the odds for `trust` = 1, and knows nothing for 0."""
    difference = random.normal(0, spread, prompts)
    prompt = np.repeat(np.arange(prompts), votes)
    outcome = np.where(random.random(prompts * votes) < expit(trust * difference[prompt]), 1, -1)
    return tracking.shortfall(difference[prompt], outcome, Ways(prompt, np.arange(len(prompt)) % 3))


def test_the_shortfall_is_right_less_expected():
    found = alone([logit(0.8), logit(0.4)], [1, 1])
    assert found.agreement == pytest.approx(0.5)
    assert found.expected == pytest.approx(0.7)
    assert found.value == pytest.approx(-0.2)


def test_a_conversation_counts_once_however_many_verdicts_it_has():
    prompt = np.array([0, 0, 0, 1])
    found = tracking.shortfall(np.full(4, logit(0.75)), np.array([1, 1, 1, -1]), Ways(prompt, prompt * 0))
    assert found.agreement == pytest.approx(0.5)


def test_of_equal_answers_half_is_expected_and_half_is_right():
    found = alone([0.0] * 30, [1, -1] * 15)
    assert (found.value, found.agreement, found.expected) == (0, 0.5, 0.5)
    assert not tracking.compare(found, None).is_flagged


def test_few_conversations_decide_nothing():
    found = alone([3.0] * 19, [-1] * 19)
    assert tracking.compare(found, None).z is None
    assert tracking.compare(None, None) == tracking.Tracking(None, None, None, False)


def test_without_a_past_the_test_is_the_one_of_a_single_mean():
    difference, outcome = np.full(60, logit(0.75)), [1] * 36 + [-1] * 24
    found = tracking.compare(alone(difference, outcome), None)
    spread = np.sqrt(0.6 * 0.4 * 60 / 59 / 60)
    assert found.z == pytest.approx((0.6 - 0.75) / spread)
    assert found.is_flagged


def test_with_a_past_the_test_is_welchs_of_two_means():
    random = np.random.default_rng(3)
    now, then = ((random.normal(0, 1, n), random.choice([1, -1], n, p=[p, 1 - p])) for n, p in ((400, 0.5), (20, 0.8)))
    misses = [(np.sign(difference) == outcome) - expit(np.abs(difference)) for difference, outcome in (now, then)]
    expected = ttest_ind(*misses, equal_var=False, alternative="less")
    found = tracking.compare(alone(*now), alone(*then))
    assert found.z == pytest.approx(expected.statistic)
    assert found.bound == pytest.approx(student.ppf(0.05, expected.df))
    assert expected.df < 25  # the twenty of the past decide, not the 400 of now
    assert found.is_flagged == (expected.pvalue < 0.05)


def test_when_nothing_changed_a_look_raises_the_flag_in_at_most_five_of_a_hundred():
    random = np.random.default_rng(0)
    looks = 800
    raised = sum(
        tracking.compare(simulated(random, prompts=80), simulated(random, prompts=120)).is_flagged for _ in range(looks)
    )
    assert raised / looks <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / looks)
    assert raised / looks >= 0.02


def test_harder_pairs_alone_do_not_raise_it():
    random = np.random.default_rng(1)
    looks = 400
    raised = sum(
        tracking.compare(simulated(random, prompts=80, spread=0.4), simulated(random, prompts=120, spread=2)).is_flagged
        for _ in range(looks)
    )
    assert raised / looks <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / looks)


def test_a_proxy_that_lost_touch_is_flagged_as_often_as_the_power_says():
    random = np.random.default_rng(2)
    looks, spread = 400, 1.5
    sample = np.abs(random.normal(0, spread, 200_000))
    lost = 1 - tracking.LOSS / (expit(sample) - 0.5).mean()  # the share of verdicts that still follow the forecast

    def faded(prompts):
        difference = random.normal(0, spread, prompts)
        chance = lost * expit(difference) + (1 - lost) / 2
        outcome = np.where(random.random(prompts) < chance, 1, -1)
        prompt = np.arange(prompts)
        return tracking.shortfall(difference, outcome, Ways(prompt, prompt % 3))

    found = [tracking.compare(faded(150), simulated(random, prompts=300, spread=spread)) for _ in range(looks)]
    told = np.mean([one.power for one in found])
    seen = np.mean([one.is_flagged for one in found])
    assert 0.5 < told < 0.95
    assert seen == pytest.approx(told, abs=0.09)
