"""Parts of a split: complete, with intervals that are never empty, and small ones that say so."""

import numpy as np
import pytest

from rewardmodels.learning import groupings, reading, slices, topics
from rewardmodels.learning.intervals import Resampler
from rewardmodels.learning.slices import Judged


def judged(hit):
    hit = np.asarray(hit, dtype=float)
    return Judged(hit, 1 - hit, np.zeros(len(hit)))


def test_a_slice_has_its_own_figures_by_hand():
    names = [["a"], ["a", "b"], ["b"], ["a"]]
    resampler = Resampler([np.arange(4)], np.random.default_rng(0))
    found = slices.describe(list(slices.by_name("source", names)), judged([1, 0, 0.5, 1]), np.arange(4), resampler)
    assert [(one["name"], one["n"], one["accuracy"]) for one in found] == [("a", 3, 2 / 3), ("b", 2, 0.25)]
    assert [one["log_loss"] for one in found] == [pytest.approx(1 / 3), 0.75]
    assert all(one["is_small"] for one in found)


def test_a_faultless_small_slice_still_has_a_wide_interval():
    resampler = Resampler([np.arange(60)], np.random.default_rng(0))
    names = [["few"]] * 4 + [["many"]] * 56
    few = slices.describe(list(slices.by_name("topic", names)), judged(np.ones(60)), np.arange(60), resampler)[1]
    low, high = few["accuracy_interval"]
    assert few["is_small"]
    assert high == pytest.approx(1)
    assert low < 0.6


def test_judgments_of_one_prompt_make_a_slice_small_however_many_they_are():
    resampler = Resampler([np.repeat(np.arange(20), 50)], np.random.default_rng(0))
    names = [["a"] if number % 2 else ["b"] for number in range(1_000)]
    found = slices.describe(
        list(slices.by_name("kind", names)), judged(np.ones(1_000)), np.repeat(np.arange(20), 50), resampler
    )
    assert [(one["n"], one["prompts"], one["is_small"]) for one in found] == [(500, 20, True)] * 2


def test_one_name_divides_nothing_and_many_names_end_in_others():
    assert list(slices.by_name("kind", [["a"], ["a"]])) == []
    names = [[f"n{number % 20:02}"] for number in range(100)]
    found = list(slices.by_name("annotator", names))
    assert len(found) == slices.MOST_NAMES + 1
    assert found[-1].name == "others"
    assert sum(one.rows.sum() for one in found) == 100


def test_names_with_an_order_of_their_own_stand_in_it_and_others_behind():
    names = [["large"]] * 5 + [["small"]] * 2 + [["middle"]] * 3 + [["odd"]] * 4
    found = slices.by_name("length", names, ["small", "middle", "large", "unheard of"])
    assert [one.name for one in found] == ["small", "middle", "large", "odd"]


def test_lengths_go_from_short_to_long():
    rows = [
        {
            "kind": "pairwise",
            "prompt": [{"role": "user", "content": f"hello {number}"}],
            "responses": [{"id": name, "text": name * size} for name in "ab"],
            "answer": {"preferred": "a"},
            "annotator": "one",
            "split": "test",
        }
        for number, size in enumerate(range(1, 31))
    ]
    found = [one for one in groupings.grouper(reading.read(rows)).of("test") if one.by == "length"]
    assert [one.name for one in found] == ["≤ 11", "11 – 20", "> 20"]


def test_groups_of_annotators_are_those_of_their_rows():
    rows = [
        {
            "kind": "pairwise",
            "prompt": [{"role": "user", "content": f"hello {number}"}],
            "responses": [{"id": "a", "text": "Yes."}, {"id": "b", "text": "No."}],
            "answer": {"preferred": "a"},
            "annotator": name,
            "groups": groups,
            "split": "test",
        }
        for number, (name, groups) in enumerate([("one", ["nurses", "paid"]), ("two", ["paid"]), ("three", [])] * 2)
    ]
    found = [one for one in groupings.grouper(reading.read(rows)).of("test") if one.by == "group"]
    assert [(one.name, one.rows.tolist()) for one in found] == [
        ("paid", [True, True, False] * 2),
        ("nurses", [True, False, False] * 2),
    ]


def test_topics_are_texts_with_words_in_common():
    generator = np.random.default_rng(0)
    said = (
        "bread flour oven dough yeast butter sugar knead bake loaf crust rise cream salt recipe",
        "python loop error function string class import list debug code compile test script array bug",
    )
    kitchen, office = (words.split(" ") for words in said)
    asked = [" ".join(generator.choice(words, 6)) for words in (kitchen, office) for _ in range(120)]
    found = topics.of(asked)
    assert len(set(found)) == 2
    assert len(set(found[:120])) == len(set(found[120:])) == 1
    assert set(found[0].split(", ")) < set(kitchen)
    assert topics.of(asked) == found
    assert topics.of(asked[:120]) == []
    assert topics.of(["?"] * 300) == []
