"""The dynamic programme against every answer written down, and against sampling."""

import math
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from rewardmodels.learning.world import entropy, prompts, reference
from rewardmodels.learning.world.grammar import STANDARD, log_probability, sample
from rewardmodels.learning.world.parser import COLUMNS, parse, parse_all
from tests.rewardmodels.learning.world.small import SMALL, WANTED, answers


@pytest.fixture(scope="module")
def enumerated():
    """(text, probability) of every answer of the small grammar."""
    return [(text, math.exp(log_probability(SMALL, WANTED, text))) for text in answers()]


def test_facts_have_the_probabilities_that_enumeration_gives_them(enumerated):
    by_hand = defaultdict(float)
    for text, chance in enumerated:
        if chance:
            by_hand[tuple(parse(text, WANTED, SMALL))] += chance
    found = reference.distribution(SMALL)
    exact = {tuple(int(value) for value in row): chance for row, chance in zip(*found, strict=True) if chance}
    assert exact.keys() == by_hand.keys()
    assert max(abs(exact[facts] - by_hand[facts]) for facts in exact) < 1e-14


def test_the_entropy_is_that_of_enumeration(enumerated):
    by_hand = -sum(chance * math.log(chance) for _, chance in enumerated if chance)
    assert entropy.of_answers(SMALL) == pytest.approx(by_hand, abs=1e-10)


def test_the_entropy_of_a_grammar_with_one_level_by_hand():
    one = replace(SMALL, levels=(replace(SMALL.levels[0], share=1.0, right=1.0, lengths=((1, 1.0),)),))
    odds = np.array([0.7, 0.4, 0.05]) / 1.15  # serve, courtesy doubled, garble halved
    by_hand = -(odds * np.log(odds)).sum() + odds[0] * math.log(2) + odds[1] * math.log(2)
    assert entropy.of_answers(one) == pytest.approx(by_hand, abs=1e-12)


def test_the_language_has_enough_entropy_for_best_of_n_to_mean_what_it_says():
    assert entropy.of_answers(STANDARD) > 15


def test_the_entropy_is_the_mean_surprise_of_samples():
    generator = np.random.default_rng(0)
    requests = prompts.draw(0, 1_500)
    surprise = [-log_probability(STANDARD, one.wanted, sample(STANDARD, one.wanted, generator)) for one in requests]
    spread = np.std(surprise) / math.sqrt(len(surprise))
    assert abs(np.mean(surprise) - entropy.of_answers(STANDARD)) < 4 * spread


def test_facts_of_samples_have_the_exact_means(standard):
    generator = np.random.default_rng(1)
    requests = prompts.draw(1, 1_500)
    texts = [sample(STANDARD, one.wanted, generator) for one in requests]
    drawn = parse_all(texts, [one.wanted for one in requests])
    mean = standard.probability @ standard.facts
    spread = np.sqrt(standard.probability @ (standard.facts - mean) ** 2 / len(drawn))
    assert np.abs((drawn.mean(axis=0) - mean) / spread).max() < 4.5
    right = (standard.facts[:, :4] == 1).T @ standard.probability
    assert np.abs((drawn[:, :4] == 1).mean(axis=0) - right).max() < 0.06


def test_probabilities_add_up_to_one_and_none_is_negative(standard):
    assert standard.probability.sum() == pytest.approx(1.0, abs=1e-12)
    assert standard.probability.min() > 0
    assert standard.facts.shape[1] == len(COLUMNS)
