"""The data set that the project brings: nothing twice, and no quality to be read from the surface."""

import json
from collections import Counter
from itertools import combinations

import pytest

from annotation.imports import records
from rewardmodels.learning import duplicates
from training.rounds.demo import requests
from training.rounds.demo.requests import Answer, Request

EVERY = requests.all_of_them()
ANSWERS = [answer for request in EVERY for answer in request.answers]


def best_first(request: Request) -> list[int]:
    """The places of the answers, the most valuable first."""
    return sorted(range(4), key=lambda place: -request.answers[place].worth)


def test_there_are_at_least_120_requests_with_four_answers_in_ten_domains():
    assert len(EVERY) >= 120
    assert {len(request.answers) for request in EVERY} == {4}
    assert len(Counter(request.domain for request in EVERY)) == 10
    assert min(Counter(request.domain for request in EVERY).values()) >= 12


def test_ids_prompts_and_answers_are_there_once():
    for values in (
        [request.key for request in EVERY],
        [request.prompt for request in EVERY],
        [f"{request.prompt}\n{answer.text}" for request in EVERY for answer in request.answers],
    ):
        assert [value for value, count in Counter(values).items() if count > 1] == []


def test_no_prompt_is_nearly_another_one():
    assert len(set(duplicates.clusters([request.prompt for request in EVERY]))) == len(EVERY)


def test_no_answer_of_some_length_is_nearly_another_one_of_another_request():
    long = [(request.key, answer.text) for request in EVERY for answer in request.answers if len(answer.text) > 40]
    keys: dict[int, set[str]] = {}
    for cluster, (key, _text) in zip(duplicates.clusters([text for _key, text in long]), long, strict=True):
        keys.setdefault(cluster, set()).add(key)
    assert [found for found in keys.values() if len(found) > 1] == []


def test_answers_to_one_request_differ_in_worth():
    assert [r.key for r in EVERY if len({answer.worth for answer in r.answers}) < 4] == []


def test_what_is_noted_of_an_answer_makes_sense():
    assert [answer for answer in ANSWERS if not makes_sense(answer)] == []


def makes_sense(answer: Answer) -> bool:
    is_on_scale = 0 <= answer.correct <= 5 and 1 <= answer.helpful <= 5 and 1 <= answer.tone <= 5
    is_right_without_flaw = answer.flaw != "none" or answer.correct >= 4
    is_worth_little_when_wrong = answer.worth < 1 or answer.correct >= 2
    return is_on_scale and is_right_without_flaw and is_worth_little_when_wrong and answer.text == answer.text.strip()


def test_the_longer_answer_is_worth_more_in_half_of_the_pairs():
    pairs = [pair for request in EVERY for pair in combinations(request.answers, 2)]
    pairs = [(one, other) for one, other in pairs if len(one.text) != len(other.text)]
    longer_wins = sum((one.worth > other.worth) == (len(one.text) > len(other.text)) for one, other in pairs)
    assert longer_wins / len(pairs) == pytest.approx(0.5, abs=0.02)


def test_the_best_and_the_worst_answer_stand_at_every_place():
    for rank in (0, -1):
        counts = Counter(best_first(request)[rank] for request in EVERY)
        assert all(counts[place] / len(EVERY) == pytest.approx(0.25, abs=0.07) for place in range(4)), counts


def test_brook_wins_most_pairs_against_atlas_and_atlas_is_worth_more():
    wins, gain = 0, 0.0
    for request in EVERY:
        worth = {answer.source: answer.worth for answer in request.answers}
        assert set(worth) == {"atlas", "brook", "cedar", "dune"}
        wins += worth["brook"] > worth["atlas"]
        gain += worth["brook"] - worth["atlas"]
    assert wins > 0.55 * len(EVERY)
    assert gain < 0


def test_an_import_reads_the_files_as_they_are():
    lines = [line for path in sorted(requests.FOLDER.glob("*.jsonl")) for line in path.read_text().splitlines()]
    read = [records.read(json.loads(line)) for line in lines]
    assert [record.external_id for record in read] == [request.key for request in EVERY]
