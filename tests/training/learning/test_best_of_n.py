"""Best-of-n as a baseline, against every choice of n written down."""

from itertools import combinations

import numpy as np
import pytest

from training.learning import best_of_n

PROMPTS = [({"role": "user", "content": str(number)},) for number in range(3)]
ANSWERS = [["bb", "a", "dddd", "ccc", "eeeee"], ["x", "xx", "xxx", "y", "zz"], ["k", "l", "mm", "nn", "o"]]


def length(items):
    return [float(len(answer)) for _, answer in items]


def kind(items):
    """Another opinion: it dislikes length, and knows the prompt."""
    return [int(prompt[0]["content"]) - len(answer) ** 1.5 for prompt, answer in items]


def test_the_longest_is_chosen_by_length():
    assert best_of_n.choose(PROMPTS, ANSWERS, length) == ["eeeee", "xxx", "mm"]


def test_curves_are_means_over_every_choice_of_n():
    found = best_of_n.curves(PROMPTS, ANSWERS, length, {"kind": kind}, [1, 2, 4, 5], seed=0)
    for place, n in enumerate([1, 2, 4, 5]):
        expected = {"reward": [], "kind": []}
        for prompt, given in zip(PROMPTS, ANSWERS, strict=True):
            each = {"reward": [], "kind": []}
            for some in combinations(given, n):
                best = max(map(len, some))
                ties = [answer for answer in some if len(answer) == best]
                each["reward"].append(best)
                each["kind"].append(np.mean(kind([(prompt, answer) for answer in ties])))
            for name, values in each.items():
                expected[name].append(np.mean(values))
        for name, values in expected.items():
            assert found[name].mean[place] == pytest.approx(np.mean(values), abs=1e-9)
    assert found["kind"].kl == pytest.approx([0, np.log(2) - 1 / 2, np.log(4) - 3 / 4, np.log(5) - 4 / 5])
    assert found["reward"].mean[-1] == np.mean(length([(0, "eeeee"), (0, "xxx"), (0, "mm")]))


def test_prompts_need_the_same_number_of_answers():
    with pytest.raises(ValueError, match="same number"):
        best_of_n.choose(PROMPTS, [["a"], ["a", "b"], ["a"]], length)
