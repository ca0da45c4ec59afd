"""What an answer says, by hand, and that what cannot be read costs."""

import numpy as np
import pytest

from rewardmodels.learning.world import prompts
from rewardmodels.learning.world.grammar import STANDARD, sample_sentences
from rewardmodels.learning.world.parser import RIGHT, UNSAID, WRONG, Facts, parse, parse_all

WANTED = {"temperature": "hot", "item": "tea", "allergen": "milk", "place": "bar"}


def test_an_answer_by_hand():
    text = "Here is your cold tea. There is no milk in it. Thank you so much. I will be back in a minute. So it goes."
    assert parse(text, WANTED) == Facts(
        item=RIGHT, temperature=WRONG, allergy=RIGHT, courtesy=1, promises=1, words=25, seat=UNSAID
    )


def test_the_first_statement_counts_and_later_ones_that_differ_contradict_it():
    text = "Here is the pie. Here is the tea. Here is the pie. Here is the rice."
    assert parse(text, WANTED)[:5] == (WRONG, UNSAID, UNSAID, UNSAID, 2)


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ("", 1),
        ("   ", 1),
        ("Thank you so much", 1),  # cut off before its full stop
        ("Thank you so much. Thank you so", 1),
        ("Here is your tea hot.", 1),
        ("Here is the milk.", 1),
        ("Is the your it.", 1),
        ("Lorem ipsum. Dolor. Thank you so much.", 2),
        ("!?", 1),
    ],
)
def test_what_cannot_be_read_costs(text, unread):
    assert parse(text, WANTED).ungrammatical == unread


def test_case_and_spacing_make_no_difference():
    assert parse("here is  your HOT tea.\n\nthank you so much.", WANTED) == parse(
        "Here is your hot tea. Thank you so much.", WANTED
    )


def test_every_sentence_of_the_grammar_is_read_as_what_it_is():
    generator = np.random.default_rng(0)
    for request in prompts.draw(0, 200):
        said = sample_sentences(STANDARD, request.wanted, generator)
        facts = parse(" ".join(one.text for one in said), request.wanted)
        kinds = [one.kind for one in said]
        assert (facts.courtesy, facts.promises) == (kinds.count("courtesy"), kinds.count("promise"))
        assert facts.ungrammatical == kinds.count("garble")
        for name, slot in (("item", "item"), ("allergy", "allergen"), ("seat", "place")):
            named = [value for one in said for key, value in one.values if key == slot]
            expected = UNSAID if not named else RIGHT if named[0] == request.wanted[slot] else WRONG
            assert getattr(facts, name) == expected


def test_many_answers_stand_in_rows():
    table = parse_all(["Here is the tea.", ""], [WANTED, WANTED])
    assert table.shape == (2, 9)
    assert parse_all([], []).shape == (0, 9)
