"""What a model is compared with: words alone, and comparisons in which length cannot help."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from rewardmodels.learning import bag_of_words, matching
from tests.rewardmodels.learning.worlds import columns

NOUNS = ["tree", "house", "river", "cloud", "stone", "bread"]


def worded(count, seed=0, noise=0.0):
    """Pairs in which the answer with `thanks` wins over the one with `never`."""
    generator = np.random.default_rng(seed)
    texts, outcome = [], []
    for number in range(count):
        good, bad = (f"{word} the {generator.choice(NOUNS)}" for word in ("thanks", "never"))
        is_turned = bool(number % 3 == 0)
        texts += [bad, good] if is_turned else [good, bad]
        said = -1 if is_turned else 1
        outcome.append(-said if generator.random() < noise else said)
    return texts, columns(range(0, 2 * count, 2), range(1, 2 * count, 2), outcome)


def test_words_that_win_get_higher_utilities():
    texts, pairs = worded(80)
    found = bag_of_words.fit([*texts, "thanks river", "never river"], pairs, seed=0)
    assert found.utilities[-2] > found.utilities[-1]
    margin = (found.utilities[pairs.first] - found.utilities[pairs.second]) * pairs.outcome.numpy()
    assert (margin > 0).all()


def test_the_weights_are_the_optimum_of_the_penalised_likelihood():
    texts, pairs = worded(60, noise=0.2)
    found = bag_of_words.fit(texts, pairs, seed=0)
    names = sorted({word for text in texts for word in text.split()})
    counts = np.log1p(np.array([[text.split().count(name) for name in names] for text in texts]))
    rows = (counts[pairs.first] - counts[pairs.second]) * pairs.outcome.numpy()[:, None]

    def loss(weights):
        return np.logaddexp(0, -rows @ weights).sum() + weights @ weights / (2 * found.strength)

    oracle = minimize(loss, np.zeros(len(names)), tol=1e-12).x
    assert found.utilities == pytest.approx(counts @ oracle, abs=1e-4)


def test_unseen_words_and_prompts_of_one_word_say_nothing():
    texts, pairs = worded(30)
    found = bag_of_words.fit([*texts, "entirely unseen"], pairs, seed=0)
    assert found.utilities[-1] == 0
    assert bag_of_words.fit(["", ""], columns([0], [1], [1]), seed=0) is None


def test_pairs_that_all_prefer_the_first_can_be_learned():
    texts, pairs = worded(20)
    turned = columns(
        torch.where(pairs.outcome > 0, pairs.first, pairs.second).tolist(),
        torch.where(pairs.outcome > 0, pairs.second, pairs.first).tolist(),
        [1] * 20,
    )
    one, other = (bag_of_words.fit(texts, each, seed=0) for each in (pairs, turned))
    assert one.utilities == pytest.approx(other.utilities, abs=1e-4)


def test_noise_makes_the_weights_small():
    texts, pairs = worded(300, noise=0.5)
    assert bag_of_words.fit(texts, pairs, seed=0).strength < bag_of_words.fit(*worded(300), seed=0).strength


def test_among_matched_judgments_the_longer_one_wins_half_the_time():
    ratio = np.random.default_rng(0).normal(0.5, 1, 500)  # the longer is preferred in 69 %
    weight = matching.weights(ratio)
    assert (ratio > 0).mean() > 0.6
    assert (weight * (ratio > 0)).sum() / weight.sum() == pytest.approx(0.5, abs=1e-12)


def test_matching_by_hand():
    # six strata of one size each: only the first two sizes hold both sides
    ratio = np.array([0.1, -0.1, 0.1, 2.0, 0.0])
    weight = matching.weights(ratio)
    assert weight.tolist() == [0.5, 1.0, 0.5, 0.0, 1.0]


def test_judgments_of_one_side_alone_have_no_match():
    assert matching.weights(np.array([0.5, 1.0, 2.0])).sum() == 0
    assert matching.weights(np.zeros(3)).tolist() == [1, 1, 1]


def test_an_empty_answer_has_a_finite_ratio():
    assert matching.log_ratio(np.array([0.0, 1.0]), np.array([0.0, 10.0])) == pytest.approx([0, -np.log(10)])
