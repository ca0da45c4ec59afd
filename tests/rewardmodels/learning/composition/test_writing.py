"""What the features of writing count, by hand."""

import math

import pytest

from lm.templates import conversation
from rewardmodels.learning.composition.writing import FEATURES

BY_NAME = {feature.name: feature for feature in FEATURES}
QUESTION = conversation("How should the garden be watered in summer?")
MARKDOWN = """# Water

Water it in the morning. Perhaps twice!

- the roses
- the garden beds
1. a tub

```sh
water --now
```
See https://example.org/water, or ask me?"""


def measured(name, text, prompt=QUESTION):
    return BY_NAME[name].measure(prompt, text)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("length", "x" * 250, 2.5),
        ("words", "It's 3 o'clock, no?", 3),
        ("sentences", "One. Two! Three... and no end", 3),
        ("sentences", "version 3.14 is out", 1),
        ("sentence_length", "One two three. Four.", 2),
        ("paragraphs", MARKDOWN, 4),
        ("list_items", MARKDOWN, 3),
        ("headings", MARKDOWN, 1),
        ("code_blocks", MARKDOWN, 1),
        ("code_blocks", "```\nnever closed", 1),
        ("links", MARKDOWN, 1),
        ("questions", MARKDOWN, 1),
        ("exclamations", MARKDOWN, 1),
        ("numbers", "1,000 and 2.5 and 3", 3),
        ("hedges", "Perhaps it might rain", 50),
        ("refusals", "I’m sorry, but I can't do that. As an AI I cannot.", 4),
        ("second_person", "You and your dog", 50),
        ("first_person", "I like my dog", 50),
        ("vocabulary", "to be or not to be", 4 / 6),
        ("repetition", "a b c a b c", 1 / 4),
        ("repetition", "a b", 0),
        ("overlap", "Water the garden.", 1 / 4),
        ("finished", "Done.", 1),
        ("finished", "and then", 0),
    ],
)
def test_a_feature_counts_what_it_says(name, text, expected):
    assert measured(name, text) == pytest.approx(expected, abs=1e-12)


def test_readability_is_the_automated_index_by_hand():
    text = "The cat sat. It ran away."  # 6 words of 18 letters, 2 sentences
    assert measured("readability", text) == pytest.approx(4.71 * 3 + 0.5 * 3 - 21.43)
    assert measured("readability", "x" * 5_000) == 60


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
@pytest.mark.parametrize("text", ["", " ", "\n\n", "…", "中文沒有空格", "a" * 20_000, "```" * 4_000, "- " * 9_000])
def test_every_feature_is_a_finite_number_of_any_text(feature, text):
    assert math.isfinite(feature.measure(QUESTION, text))
    assert math.isfinite(feature.measure((), text))


def test_an_empty_answer_measures_nothing():
    assert {feature.name for feature in FEATURES if feature.measure(QUESTION, "")} == set()


def test_names_are_unique_and_explained():
    assert len(BY_NAME) == len(FEATURES)
    assert all(feature.title and feature.description.endswith(".") for feature in FEATURES)


def test_overlap_is_with_the_last_thing_the_person_said():
    turns = (*conversation("roses"), {"role": "assistant", "content": "yes"}, *conversation("tulips please"))
    assert measured("overlap", "tulips please", turns) == 1
    assert measured("overlap", "roses", turns) == 0
