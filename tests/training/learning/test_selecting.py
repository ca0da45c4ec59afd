"""Best-of-n as a baseline: its curves from one pool, policies beside it, and going on where it was."""

import copy
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import torch

from rewardmodels.learning.rewards import Score
from rewardmodels.learning.settings.fields import SettingError
from tests.training.learning.direct.worlds import opened, save_policy
from training.learning import selecting
from training.learning.observing import RunObserver
from training.learning.oneshot import pools
from training.learning.oneshot.pools import Answered
from training.learning.selecting import Selection
from training.learning.settings.selections import BestOfN

PROMPTS = [[{"role": "user", "content": f"hello {number}"}] for number in range(12)]


class Letters:
    """How many of some letters an answer has, and a little for its length, so that hardly anything is tied."""

    def __init__(self, letters):
        self.letters = letters

    def score(self, items, *, budget=0):
        return [Score(self.of(text), 0.0, 1, True) for _prompt, text in items]

    def of(self, text):
        return float(sum(text.count(letter) for letter in self.letters)) + 0.001 * len(text)


class Told:
    def __init__(self):
        self.figures, self.samples, self.alarms = {}, {}, []
        self.observer = RunObserver(
            report=lambda step, values: self.figures.update({step: values}),
            samples=lambda step, rows: self.samples.update({step: rows}),
            alarm=lambda name, step, sentence: self.alarms.append(name),
        )


@pytest.fixture
def selection(tmp_path):
    folder = save_policy(tmp_path / "policy")
    own = BestOfN(prompts=10, answers=5, ns=(2, 5), beside=3, max_new_tokens=6, max_prompt=24)
    rewards = {"a": Letters("ae"), "gold": Letters("o")}
    return Selection(opened(folder), PROMPTS, rewards, {"a": 2.0}, own, 3, tmp_path / "run")


def test_means_are_those_over_every_draw_of_the_pool(selection):
    told = Told()
    found = selecting.run(selection, told.observer)
    assert found["curves"]["ns"] == [1, 2, 5]
    assert found["curves"]["kl"] == pytest.approx([0, np.log(2) - 1 / 2, np.log(5) - 4 / 5])
    pool = pools.remembered(selection.pool)
    assert (len(pool), {len(one.answers) for one in pool}) == (10, {5})
    for place, n in enumerate(found["curves"]["ns"]):
        expected = []
        for one in pool:
            for some in combinations(range(5), n):
                best = max(one.scores["a"][at] for at in some)
                expected.append(np.mean([one.scores["gold"][at] for at in some if one.scores["a"][at] == best]))
        assert found["curves"]["of"]["reward/gold"]["mean"][place] == pytest.approx(np.mean(expected))
        assert told.figures[n]["reward/gold"] == pytest.approx(np.mean(expected))
        assert told.figures[n]["objective"] == pytest.approx(2 * told.figures[n]["reward/a"])
    assert {"kl", "length", "length_low", "truncated", "reward_low/a", "reward_high/gold"} <= set(told.figures[2])
    assert {"alarms": told.alarms} == {"alarms": ["truncated"] if told.figures[1]["truncated"] >= 0.9 else []}


def test_samples_are_the_best_of_the_first_n_beside_the_first(selection):
    told = Told()
    selecting.run(selection, told.observer)
    pool = pools.remembered(selection.pool)
    assert sorted(told.samples) == [2, 5]
    for n, rows in told.samples.items():
        for one, row in zip(pool, rows, strict=False):
            best = max(range(n), key=lambda place, one=one: one.scores["a"][place])
            assert (row["response"], row["reference"]) == (one.answers[best], one.answers[0])
            assert (row["rewards"]["gold"], row["kl"]) == (one.scores["gold"][best], None)


def test_the_same_policy_beside_is_level_with_one_answer_and_no_way_off(selection):
    own = replace(selection.settings, beside=200)
    found = selecting.run(replace(selection, settings=own, beside={"same": lambda: selection.policy}))
    (one,) = found["beside"]
    assert one["of"]["kl"]["mean"] == pytest.approx(0, abs=1e-6)
    ahead = one["ahead"]["objective"]
    assert abs(ahead[0]["mean"]) < 2 * (ahead[0]["high"] - ahead[0]["low"])
    assert ahead[2]["mean"] < ahead[1]["mean"] < ahead[0]["mean"]


def test_a_policy_beside_is_compared_prompt_by_prompt(selection):
    other = replace(selection.policy, name="other", model=copy.deepcopy(selection.policy.model))
    with torch.no_grad():
        for parameter in other.model.parameters():
            parameter += 0.2 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(2))
    found = selecting.run(replace(selection, beside={"run:1@4": lambda: other}))
    (one,) = found["beside"]
    assert one["policy"] == "run:1@4"
    assert one["of"]["kl"]["mean"] > 0
    for place in range(3):
        expected = one["of"]["reward/a"]["mean"] - found["curves"]["of"]["reward/a"]["mean"][place]
        assert one["ahead"]["reward/a"][place]["mean"] == pytest.approx(expected)


def test_what_was_sampled_and_looked_at_is_not_asked_again(selection):
    whole = selecting.run(replace(selection, beside={"same": lambda: selection.policy}))
    lines = selection.pool.read_bytes().splitlines(keepends=True)
    selection.pool.write_bytes(b"".join(lines[:8]) + lines[8][:20])  # killed as it wrote

    def opened_again():
        raise AssertionError("it was looked at already")

    assert selecting.run(replace(selection, beside={"same": opened_again})) == whole
    assert selection.pool.read_bytes() == b"".join(lines)


def test_what_is_there_twice_is_counted():
    pool = [
        Answered(["x", "y", "x", "z"], {"r": [1.0, 2.0, 1.0, 3.0]}, [1] * 4, [False] * 4),
        Answered(["x", "y", "w", "z"], {"r": [1.0, 1.0, 1.0, 3.0]}, [1] * 4, [False] * 4),
    ]
    found = selecting.facts(pool, selecting.table(pool, {"r": -1.0}))
    assert (found["same"], found["tied"]) == (0.25, 0.625)


@pytest.mark.parametrize(("ns", "expected"), [((), [1, 2, 4, 6]), ((3,), [1, 3]), ((6, 1, 2, 2), [1, 2, 6])])
def test_one_answer_is_always_among_the_values_of_n(ns, expected):
    assert BestOfN(answers=6, ns=ns).values_of_n == expected


def test_no_n_is_larger_than_the_pool():
    with pytest.raises(SettingError, match="between 1 and the pool's 6"):
        BestOfN(answers=6, ns=(7,))
