"""The grammar against enumeration; one text, one reading."""

import math
from dataclasses import replace

import numpy as np
import pytest

from rewardmodels.learning.world import grammar, words
from rewardmodels.learning.world.grammar import STANDARD, Level, log_probability, odds, sample
from tests.rewardmodels.learning.world.small import SMALL, WANTED, answers


def test_the_probabilities_of_all_answers_add_up_to_one():
    total = math.fsum(math.exp(log_probability(SMALL, WANTED, text)) for text in answers())
    assert total == pytest.approx(1.0, abs=1e-12)


def test_a_probability_by_hand():
    certain = replace(SMALL, levels=(Level("one", 1.0, 0.8, ((2, 1.0),)),))
    text = "Here is your hot tea. There is no soy in it."
    by_hand = 0.7 * 0.5 * 0.8 * (0.2 / 2) * 0.4 * 0.8
    assert math.exp(log_probability(certain, WANTED, text)) == pytest.approx(by_hand, abs=1e-12)


def test_levels_are_mixed_and_not_averaged_sentence_by_sentence():
    careful, careless = (replace(SMALL, levels=(replace(level, share=1.0),)) for level in SMALL.levels)
    text = "Here is the soup. There is no corn in it."
    mixed = sum(
        share * math.exp(log_probability(one, WANTED, text)) for share, one in ((0.6, careful), (0.4, careless))
    )
    assert math.exp(log_probability(SMALL, WANTED, text)) == pytest.approx(mixed, abs=1e-12)


def test_answers_are_drawn_as_often_as_their_probability_says():
    generator = np.random.default_rng(0)
    drawn = [sample(SMALL, WANTED, generator) for _ in range(20_000)]
    for text in ("Thank you so much.", "Here is the soup.", "Here is the soup. There is no soy in it."):
        chance = math.exp(log_probability(SMALL, WANTED, text))
        spread = math.sqrt(chance * (1 - chance) / len(drawn))
        assert abs(drawn.count(text) / len(drawn) - chance) < 4 * spread


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Here is your hot tea",
        "here is your hot tea.",
        "Here is  your hot tea.",
        "Here is your hot bar.",
        "Here is the tea. Here is the tea. Here is the tea. Here is the tea.",
        "There is no soy in it.",  # never at the first place
    ],
)
def test_what_the_grammar_never_says_has_no_probability(text):
    assert log_probability(SMALL, WANTED, text) == -math.inf


def test_no_word_of_a_slot_stands_anywhere_else():
    values = [value for _, listed in words.SLOTS for value in listed]
    assert len(values) == len(set(values)) == 48
    assert [len(listed) for _, listed in words.SLOTS] == [12] * 4
    said = {word.rstrip(".").casefold() for _, listed in words.SENTENCES for text in listed for word in text.split()}
    assert not said & set(values)


def test_a_sentence_of_two_kinds_is_refused():
    twice = replace(SMALL, sentences=(*SMALL.sentences, ("filler", ("Thank you so much.",))))
    with pytest.raises(ValueError, match="Two kinds share"):
        grammar.readings(twice)


def test_wrong_numbers_are_refused_by_name():
    with pytest.raises(ValueError, match="lengths of careful add up to"):
        replace(SMALL, levels=(replace(SMALL.levels[0], lengths=((1, 0.5),)),))
    with pytest.raises(ValueError, match="no sentences of kind poem"):
        replace(SMALL, places=(odds(poem=1.0),))


def test_answers_have_two_to_nine_sentences():
    generator = np.random.default_rng(1)
    wanted = {slot: listed[0] for slot, listed in words.SLOTS}
    counts = {len(grammar.split(sample(STANDARD, wanted, generator))) for _ in range(2_000)}
    assert counts == set(range(2, 10))


def test_the_fingerprint_follows_every_number_and_word():
    other = replace(SMALL, levels=(replace(SMALL.levels[0], right=0.91), SMALL.levels[1]))
    assert len({SMALL.fingerprint, other.fingerprint, STANDARD.fingerprint}) == 3
    assert replace(SMALL).fingerprint == SMALL.fingerprint
