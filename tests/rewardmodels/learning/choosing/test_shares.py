"""The random share is chosen by a keyed hash, and comes evenly between what a rule chose."""

import pytest

from rewardmodels.learning.choosing.shares import draw, interleaved, is_random

NAMES = [f"question {number}" for number in range(4_000)]


def test_the_share_is_as_large_as_asked_for():
    assert sum(is_random(name, 0.2, seed=1) for name in NAMES) / len(NAMES) == pytest.approx(0.2, abs=0.02)
    assert not any(is_random(name, 0.0, seed=1) for name in NAMES)
    assert all(is_random(name, 1.0, seed=1) for name in NAMES)


def test_a_larger_share_holds_the_smaller_one():
    small = {name for name in NAMES if is_random(name, 0.1, seed=3)}
    assert small < {name for name in NAMES if is_random(name, 0.3, seed=3)}


def test_another_seed_draws_others():
    one, other = ({name for name in NAMES if is_random(name, 0.5, seed)} for seed in (1, 2))
    assert len(one & other) / len(one) == pytest.approx(0.5, abs=0.05)


def test_the_same_question_is_drawn_alike_on_every_machine():
    assert draw("question", 7) == pytest.approx(0.43733967, abs=1e-8)


def test_streams_keep_their_order_and_come_as_often_as_their_share():
    chosen, random = list(range(90)), list(range(1_000, 1_010))
    line = interleaved([chosen, random])
    assert [one for one in line if one < 1_000] == chosen
    assert [one for one in line if one >= 1_000] == random
    for start in range(0, 100, 20):
        assert sum(one >= 1_000 for one in line[start : start + 20]) == 2


def test_an_empty_stream_takes_no_place():
    assert interleaved([[1, 2], [], [3]]) == [1, 3, 2]
