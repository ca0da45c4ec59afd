"""From evidence and utilities to figures: near-duplicates are one conversation, slices add up, rows are remembered."""

import numpy as np
import pytest
import torch

from rewardmodels.learning import assessment, comparing, duplicates, reading

NO_CUT = torch.zeros(1, dtype=torch.float64)
ASKED = "Please tell me all that you know about the number {} and about what people in old times thought of it"


def rows(count=60):
    """Courtesy wins; every tenth conversation is asked twice with one word changed, in another split."""
    made = []
    for number in range(count):
        asked = ASKED.format(f"n{number}" * 3)
        splits = ["train" if number % 5 < 3 else "validation" if number % 5 == 3 else "test"]
        for place, split in enumerate(splits * 2 if number % 10 else [*splits, "test"]):
            texts = [f"please thank you {number}", f"no no no {number} and much more"]
            made.append(
                {
                    "kind": "pairwise",
                    "prompt": [{"role": "user", "content": asked.replace("old", "other") if place else asked}],
                    "responses": [
                        {"id": str(one), "text": text, "source": ("small", "large")[one]}
                        for one, text in enumerate(texts)
                    ],
                    "shown_order": ["0", "1"] if number % 2 else ["1", "0"],
                    "answer": {"preferred": "1" if number % 6 == 5 else "0"},
                    "annotator": f"a-{number % 3}",
                    "origin": "person",
                    "split": split,
                }
            )
    return made


@pytest.fixture(scope="module")
def evidence():
    found = reading.read(rows())
    duplicates.join(found)
    return found


@pytest.fixture(scope="module")
def assessed(evidence):
    return assessment.assess(evidence, courtesy(evidence), NO_CUT, seed=1)


def courtesy(evidence, noise=0.0):
    generator = torch.Generator().manual_seed(0)
    polite = torch.tensor([1.0 if "thank" in candidate.response else 0.0 for candidate in evidence.candidates])
    return polite + noise * torch.randn(len(polite), generator=generator)


def test_near_duplicates_are_one_conversation_in_every_kind_of_judgment(evidence):
    assert len(evidence.clusters) == 120
    assert len({pair.cluster for pair in evidence.pairs}) == 60


def test_test_judgments_of_a_conversation_near_a_learned_one_are_counted(assessed):
    assert assessed.metrics["test"]["seen"] == 6
    found = {one["name"]: one["n"] for one in assessed.metrics["test"]["slices"] if one["by"] == "prompt"}
    assert found == {"new": 24, "seen": 6}


def test_slices_of_every_grouping_that_divides_hold_all_judgments(assessed):
    test = assessed.metrics["test"]
    by = {}
    for one in test["slices"]:
        by.setdefault(one["by"], []).append(one)
    assert set(by) == {"source", "annotator", "shown", "prompt", "length", "preferred"} - {
        name for name in ("length",) if name not in by
    }
    assert [one["n"] for one in by["source"]] == [30, 30]  # each judgment is about both sources
    for name in ("annotator", "shown", "prompt", "preferred"):
        assert sum(one["n"] for one in by[name]) == test["decided"], name
    assert {one["name"]: one["accuracy"] for one in by["preferred"]} == {"shorter": 1, "longer": 0}


def test_words_are_a_baseline_with_a_paired_gain(assessed):
    words = assessed.metrics["test"]["baselines"]["words"]
    assert words["accuracy"] == assessed.metrics["test"]["accuracy"]  # these judgments hold nothing beyond words
    low, high = words["log_loss_gain"]["interval"]
    assert low <= words["log_loss_gain"]["estimate"] <= high


def test_utilities_of_a_linear_head_are_a_baseline_where_they_are_given(evidence):
    found = assessment.assess(evidence, courtesy(evidence, noise=2.0), NO_CUT, seed=1, frozen=courtesy(evidence))
    rule = found.metrics["test"]["baselines"]["frozen_linear"]
    assert rule["accuracy"] > found.metrics["test"]["accuracy"]
    assert rule["log_loss_gain"]["estimate"] < 0


def test_two_models_are_compared_by_what_was_remembered_alone(evidence, assessed):
    noisy = assessment.assess(evidence, courtesy(evidence, noise=2.0), NO_CUT, seed=1)
    both = comparing.shared(assessed.held_out["test"], noisy.held_out["test"])
    found = comparing.compare(both)
    assert found["n"] == assessed.metrics["test"]["decided"]
    assert found["clusters"] == assessed.metrics["test"]["clusters"]
    assert found["accuracy"]["one"] == pytest.approx(assessed.metrics["test"]["accuracy"])
    assert found["accuracy"]["other"] == pytest.approx(noisy.metrics["test"]["accuracy"])
    assert found["log_loss"]["one"] == pytest.approx(assessed.metrics["test"]["calibrated"]["log_loss"])


def test_rows_of_another_order_have_the_same_names(evidence, assessed):
    again = reading.read(rows()[::-1])
    duplicates.join(again)
    other = assessment.assess(again, courtesy(again), NO_CUT, seed=1).held_out["test"]
    assert np.array_equal(np.sort(other.key), np.sort(assessed.held_out["test"].key))


def test_training_rows_are_not_remembered(assessed):
    assert set(assessed.held_out) == {"validation", "test"}
