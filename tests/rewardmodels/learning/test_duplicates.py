"""Near-duplicates: found, and not made up; the signature's agreement is the likeness."""

import numpy as np
import pytest

from rewardmodels.learning import duplicates

LONG = "Could you please explain to me how the tides of the sea follow the moon around the earth every day?"


def test_one_word_changed_is_a_near_duplicate_and_another_question_is_not():
    texts = [LONG, "What is the capital of France?", LONG.replace("sea", "ocean"), "What is the capital of Spain?"]
    assert duplicates.clusters(texts) == [0, 1, 0, 2]


def test_case_punctuation_and_spacing_make_no_difference():
    assert duplicates.clusters(["Hello,   there!! How are you", "hello there how are YOU?"]) == [0, 0]


def test_texts_without_spaces_or_letters_have_clusters_too():
    assert duplicates.clusters(
        ["我们站在地球上仰望夜空", "我们站在地球上仰望夜空。", "欧盟峰会为难民政策争论", "", "!?"]
    ) == [0, 0, 1, 2, 2]


def test_a_chain_of_small_changes_is_one_cluster():
    chain = [LONG, LONG.replace("sea", "ocean"), LONG.replace("sea", "ocean").replace("please", "kindly")]
    assert duplicates.clusters(chain) == [0, 0, 0]


def test_a_template_makes_no_near_duplicates():
    named = "Anna Boris Carla Dmitri Elena Farid Greta Hassan Ingrid Jonas Katrin Leonid Marta Nikolai Olga"
    asked = [
        f"Please write a friendly letter of recommendation for our former colleague {name}."
        for name in named.split(" ")
    ]
    assert duplicates.clusters(asked) == list(range(15))
    assert duplicates.clusters([*asked, f"{asked[3].upper()}!"])[15] == 3


def test_what_many_ask_in_the_same_words_is_one_cluster_still():
    assert duplicates.clusters([LONG] * 30 + ["What is the capital of France?"]) == [0] * 30 + [1]


def test_no_text_and_one_text():
    assert duplicates.clusters([]) == []
    assert duplicates.clusters(["alone"]) == [0]


def test_the_likeness_is_the_jaccard_index_by_hand():
    one, other = duplicates.shingles("abcdefgh"), duplicates.shingles("abcdefgx")  # four runs each, three shared
    assert duplicates.likeness(one, other) == 3 / 5


def test_signatures_agree_as_often_as_the_sets_are_alike():
    generator = np.random.default_rng(0)
    agreed, alike = [], []
    for _ in range(60):
        shared, own, others = (generator.integers(0, 2**63, n, dtype=np.uint64) for n in (60, 20, 20))
        one, other = np.r_[shared, own], np.r_[shared, others]
        agreed.append((duplicates.signature(one) == duplicates.signature(other)).mean())
        alike.append(duplicates.likeness(np.unique(one), np.unique(other)))
    assert np.mean(agreed) == pytest.approx(np.mean(alike), abs=0.03)  # 3,840 comparisons: standard error .008


def test_every_pair_above_the_threshold_is_found_among_many_texts():
    generator = np.random.default_rng(1)
    words = [f"word{number}" for number in range(400)]
    texts = [" ".join(generator.choice(words, 30)) for _ in range(150)]
    changed = [" ".join([*text.split()[:7], "other", *text.split()[8:]]) for text in texts]
    found = duplicates.clusters(texts + changed)
    assert found[:150] == list(range(150))
    assert found[150:] == found[:150]
