"""Rows and records: the product's own readers take them, and they depend on the seed alone."""

import json

import numpy as np
import pytest

from annotation.feedback import kinds
from annotation.feedback.reading import Context
from annotation.feedback.rows import Row
from annotation.imports import questions, records
from rewardmodels.learning import reading
from rewardmodels.learning.world import annotators, gold, rows
from rewardmodels.learning.world.parser import parse_all
from rewardmodels.learning.world.prompts import read as request_of

PEOPLE = annotators.crowd(20)


@pytest.fixture(scope="module", params=annotators.QUESTIONS)
def asked(request):
    return request.param, rows.collect(0, request.param, 30, PEOPLE, overlap=2)


def test_each_answer_is_well_formed_to_the_product(asked):
    for row in asked[1]:
        texts = {part["id"]: part["text"] for part in row["responses"]}
        kinds.parse(row["kind"], row["answer"], Context(texts, is_bounded=False))  # refuses what is not


def test_each_row_is_one_of_the_layout_raw(asked):
    for row in asked[1]:
        assert Row.from_json(json.loads(json.dumps(row))).as_json() == row
        assert set(row["shown_order"]) == {part["id"] for part in row["responses"]}
        assert row["origin"] == "simulated"


def test_the_reader_of_evidence_takes_every_row(asked):
    evidence = reading.read(asked[1])
    assert sum(evidence.rows.values()) == len(asked[1]) == 60
    assert not evidence.unused
    assert len(evidence.clusters) == 30


def test_the_same_seed_gives_the_same_rows_and_another_others(asked):
    name, found = asked
    assert rows.collect(0, name, 5, PEOPLE, overlap=2) == found[:10]
    assert rows.collect(1, name, 5, PEOPLE, overlap=2) != found[:10]


def test_a_task_is_judged_by_different_people(asked):
    by_task: dict[str, list[str]] = {}
    for row in asked[1]:
        by_task.setdefault(row["task"], []).append(row["annotator"])
    assert all(len(set(people)) == 2 for people in by_task.values())
    with pytest.raises(ValueError, match="3 different people"):
        rows.collect(0, asked[0], 1, PEOPLE[:2], overlap=3)


def test_records_say_the_same_through_an_import(asked):
    name, found = asked
    kind = annotators.QUESTIONS[name].kind
    if name in {"ranking", "rating", "cardinal_single"}:
        assert rows.records(found) == []
        return
    both = [(row, rows.as_record(row)) for row in found]
    for row, values in [(row, values) for row, values in both if values is not None]:
        record = records.read(json.loads(json.dumps(values)))
        ids = [f"r{number}" for number in range(len(record.responses))]
        texts = dict(zip(ids, [part.text for part in record.responses], strict=True))
        answer = questions.answer(record.label, questions.labelled(record, [kind]).kind, ids)
        kinds.parse(kind, answer, Context(texts, is_bounded=False))
        assert record.label.annotator == row["annotator"]
        assert record.prompt == row["prompt"]
        original = {part["id"]: part["text"] for part in row["responses"]}
        if kind == "binary":
            assert answer == row["answer"]
        else:
            assert texts.get(answer["preferred"]) == original.get(row["answer"]["preferred"])
        if name == "cardinal":
            assert float(answer["amount"]) == float(row["answer"]["amount"])


def test_only_better_but_worth_nothing_cannot_be_said_of_two_answers():
    found = rows.collect(0, "cardinal", 60, [annotators.PROTEST_ZERO, annotators.CAREFUL])
    for row in found:
        is_protest = row["answer"]["preferred"] is not None and row["answer"]["amount"] == "0"
        assert (rows.as_record(row) is None) == is_protest
    assert 0 < len(rows.records(found)) < len(found)


def test_a_conversation_is_in_one_split_and_the_shares_are_as_stated():
    found = [rows.split_of(0, f"prompt {number}") for number in range(3_000)]
    assert found == [rows.split_of(0, f"prompt {number}") for number in range(3_000)]
    for name, share in rows.SPLITS:
        assert found.count(name) / len(found) == pytest.approx(share, abs=0.03)


def test_careful_people_are_right_more_often_than_hasty_ones():
    def accuracy(person) -> float:
        right = total = 0
        for row in rows.collect(2, "pairwise", 250, [person]):
            wanted = request_of(tuple(row["prompt"]))
            texts = [part["text"] for part in row["responses"]]
            worth = gold.gold(parse_all(texts, [wanted.wanted] * 2), np.float64(wanted.stake))
            preferred = row["answer"]["preferred"]
            if preferred is not None and worth[0] != worth[1]:
                total += 1
                right += (preferred == row["responses"][0]["id"]) == (worth[0] > worth[1])
        return right / total

    assert accuracy(annotators.CAREFUL) > 0.9 > accuracy(annotators.HASTY) > 0.6 > 0.2 > accuracy(annotators.REVERSED)


def test_a_price_list_becomes_the_middle_of_its_interval():
    listed = [{"price": "1", "buys": True}, {"price": "2", "buys": False}, {"price": "5", "buys": False}]
    assert rows.middle(listed) == "1.5"
    assert rows.middle([{"price": "1", "buys": False}]) == "0.5"
    assert rows.middle([{"price": "1", "buys": True}]) == "1"
