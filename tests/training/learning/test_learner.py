"""The share of the learning rate, step by step."""

import pytest

from training.learning.learner import COLDEST, pace
from training.learning.settings.online import Rloo


def paces(steps, **settings):
    chosen = Rloo(**settings)
    return [pace(step, steps, chosen) for step in range(steps)]


def test_without_a_cool_down_the_rate_rises_and_stays():
    assert paces(6, warm_up=4) == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    assert paces(3, warm_up=0) == [1.0, 1.0, 1.0]


def test_a_cool_down_by_hand():
    """Of eight steps the last four cool: whole at the fourth, halfway down at the sixth, near the least at the last."""
    found = paces(8, warm_up=0, cool_down=0.5)
    assert found[:5] == [1.0] * 5
    assert found[6] == pytest.approx(COLDEST + (1 - COLDEST) / 2)
    assert found[4:] == sorted(found[4:], reverse=True)
    assert COLDEST < found[7] < found[6]


def test_with_many_steps_it_ends_at_the_least():
    assert paces(1_000, warm_up=0, cool_down=1.0)[-1] == pytest.approx(COLDEST, abs=1e-4)
