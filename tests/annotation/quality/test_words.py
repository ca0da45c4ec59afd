"""Figures in plain words: no advice is given where a figure cannot bear it."""

import pytest

from annotation.quality import words


def figure(value, low, high, n):
    return {"value": value, "low": low, "high": high, "n": n, "reason": ""}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (figure(0.0, 0.0, 0.0, 4), "Too few tasks"),  # two tasks with two labels each
        (figure(0.1, -0.4, 0.7, 60), "Too few tasks"),  # it may as well be good
        (figure(0.05, -0.1, 0.2, 400), "Hardly better than chance. Do not learn"),
        (figure(0.3, 0.1, 0.5, 400), "Better than chance, but low"),
        (figure(0.9, 0.85, 0.95, 400), "People agree well"),
    ],
)
def test_labels_are_warned_of_only_where_enough_people_said_the_opposite(found, said):
    assert words.agreement(found).startswith(said)
