"""People judge a run's answers beside the reference's: asked once, heard when they are ready, and heeded."""

import math

import pytest

from tests.training.learning.small import PROMPTS, commission
from tests.training.learning.test_running import Told, same, weights
from training.learning import running, winning
from training.learning.commissions import Looking, Unrunnable
from training.learning.people import Hearing


class Absent(BaseException):
    """Too few have judged."""


class Crowd:
    """People who like the word “a”, up to a number, and are here from the n-th time that they are asked for on."""

    def __init__(self, most=99, absent=0):
        self.most, self.absent, self.asked, self.times = most, absent, {}, 0

    def are_asked(self, step):
        return step in self.asked

    def ask(self, step, questions):
        assert step not in self.asked
        self.asked[step] = questions

    def verdicts(self, step):
        self.times += 1
        if self.times <= self.absent:
            raise Absent
        return [self.verdict(one) for one in self.asked[step]]

    def verdict(self, question):
        own, other = (text.split().count("a") for text in (question.policy, question.reference))
        if own > self.most:
            return 0.0
        return 0.5 if own == other else float(own > other)


def looking_of(crowd, every=None, **fields):
    return Looking(PROMPTS * 8, hearing=Hearing(crowd, 32, every), **fields)


def test_people_are_asked_at_the_end_about_answers_to_prompts_held_out(tmp_path):
    crowd, told = Crowd(), Told()
    outcome = running.run(commission(tmp_path, steps=12, samples=8, looking=looking_of(crowd)), told.observer)
    assert list(crowd.asked) == [12]
    assert [one.prompt for one in crowd.asked[12]] == PROMPTS * 8
    figures = told.reports[12]
    assert 0.5 < figures["check_low/people"] < figures["check/people"] <= figures["check_high/people"] <= 1
    assert outcome.ended == "completed"


def test_a_run_that_waits_goes_on_where_it_stood_and_asks_nothing_twice(tmp_path):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    running.run(commission(whole, looking=looking_of(Crowd(), every=2)))
    crowd, told = Crowd(absent=2), Told()
    for _ in range(2):
        with pytest.raises(Absent):
            running.run(commission(parts, looking=looking_of(crowd, every=2)), told.observer)
    running.run(commission(parts, looking=looking_of(crowd, every=2)), told.observer)
    assert sorted(crowd.asked) == [2, 4, 6]
    assert told.resumed == [2, 2]
    assert sorted(step for step, values in told.reports.items() if "check/people" in values) == [2, 4, 6]
    same(weights(whole), weights(parts))


def test_no_step_is_best_where_people_prefer_the_reference_throughout(tmp_path, monkeypatch):
    monkeypatch.setattr(Crowd, "verdict", lambda self, question: 0.0)
    outcome = running.run(commission(tmp_path, steps=4, looking=looking_of(Crowd(), every=2)))
    assert (outcome.best, outcome.last) == (0, 4)


def test_people_who_find_it_worse_than_before_end_the_run(tmp_path):
    crowd = Crowd(most=3)
    looking = looking_of(crowd, every=3, fall=0.3)
    settings = {"samples": 8, "keep_every": 100, "learning_rate": 0.006}
    outcome = running.run(commission(tmp_path, steps=40, looking=looking, **settings))
    assert outcome.ended == "stopped"
    assert 0 < outcome.best < outcome.last < 40
    assert outcome.best_figures["check/people"] > 0.5


def test_prompts_that_nobody_judged_count_as_ties_and_not_in_the_rate(tmp_path):
    crowd, told = Crowd(), Told()
    crowd.verdict = lambda question: 1.0 if question.prompt == PROMPTS[0] else None
    running.run(commission(tmp_path, steps=1, looking=looking_of(crowd, every=1)), told.observer)
    assert told.reports[1]["check/people"] == 1.0
    crowd, silent = Crowd(), Told()
    crowd.verdict = lambda question: None
    running.run(commission(tmp_path / "silent", steps=1, looking=looking_of(crowd, every=1)), silent.observer)
    assert "check/people" not in silent.reports[1]


def test_people_need_prompts_held_out():
    with pytest.raises(Unrunnable, match="held out"):
        Looking(hearing=Hearing(Crowd(), 4))
    with pytest.raises(Unrunnable, match="no more than are held out"):
        Looking(PROMPTS, hearing=Hearing(Crowd(), 5))


def test_a_rate_by_hand():
    """z² = 3.841459 and four prompts, three of them won."""
    found = winning.rate([1.0, 1.0, 1.0, 0.0])
    pull = 3.841458820694124 / 4
    reach = math.sqrt(3.841458820694124) / (1 + pull) * math.sqrt(0.75 * 0.25 / 4 + pull / 16)
    assert (found.share, found.prompts) == (0.75, 4)
    assert found.low == pytest.approx((0.75 + pull / 2) / (1 + pull) - reach, abs=1e-12)
    assert found.high == pytest.approx((0.75 + pull / 2) / (1 + pull) + reach, abs=1e-12)


def test_a_rate_is_that_of_scipy_where_all_verdicts_are_sure():
    from scipy.stats import binomtest

    for wins, draws in ((0, 5), (5, 5), (17, 40), (300, 1_000)):
        found = winning.rate([1.0] * wins + [0.0] * (draws - wins))
        trusted = binomtest(wins, draws).proportion_ci(method="wilson")
        assert (found.low, found.high) == pytest.approx((trusted.low, trusted.high), abs=1e-9)


def test_a_rate_of_many_prompts_is_its_share():
    found = winning.rate([1.0, 0.5, 0.0, 0.5] * 100_000)
    assert found.share == 0.5
    assert found.high - found.low < 0.01
    with pytest.raises(ValueError, match="at least one"):
        winning.rate([])
