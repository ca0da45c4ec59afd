"""Rows of a snapshot become judgments of every kind over one list of candidates."""

import math

import pytest
import torch

from rewardmodels.learning import reading
from rewardmodels.learning.columns import Bag
from rewardmodels.learning.judgments import ALONE, Amount, Pair, Question, Ranking, Rating, Verdict


def row(kind, answer, texts=("good", "bad"), **others):
    return {
        "kind": kind,
        "prompt": [{"role": "user", "content": "hello"}],
        "responses": [{"id": str(place), "text": text} for place, text in enumerate(texts)],
        "shown_order": [str(place) for place in range(len(texts))],
        "answer": answer,
        "annotator": "a",
        "origin": "person",
        "currency": "EUR" if kind == "cardinal" else "",
        "guidelines_version": 2,
        "split": "train",
        **others,
    }


def test_every_kind_points_at_the_same_candidates():
    evidence = reading.read(
        [
            row("pairwise", {"preferred": "0", "strength": 2}),
            row("cardinal", {"preferred": "1", "amount": "1.50"}),
            row("binary", {"desirable": True}, ["good"]),
            row("ranking", {"order": [["2"], ["0", "1"]]}, ["good", "bad", "best"]),
            row("rating", {"ratings": {"tone": 4, "overall": 5}}, ["best"]),
        ]
    )
    assert [candidate.response for candidate in evidence.candidates] == ["good", "bad", "best"]
    assert evidence.pairs == [Pair(0, 1, 1, strength=2, side=1), Pair(0, 1, -1, side=1, has_amount=True)]
    assert evidence.amounts == [Amount(0, 1, -1, 1.5, 1.5, side=1)]
    assert evidence.verdicts == [Verdict(0, True)]
    assert evidence.rankings == [Ranking((0, 1, 2), (1, 1, 0))]
    assert evidence.aspects == ["overall", "tone"]
    assert evidence.ratings == [Rating(2, 0, 5), Rating(2, 1, 4)]
    assert evidence.questions == [Question("EUR", 2)]
    assert len(evidence) == 6  # the amount and its preference are one answer, two marks are two


def test_kinds_that_were_not_asked_for_are_counted_and_leave_no_candidate():
    evidence = reading.read([row("pairwise", {"preferred": None}), row("binary", {"desirable": True}, ["x"])],
                            ["pairwise"])  # fmt: skip
    assert evidence.unused == {"binary": 1}
    assert len(evidence.candidates) == 2
    assert evidence.unused_by(["cardinal"]) == {"binary": 1, "pairwise": 1}


def listed(*bought):
    return {"preferred": "0", "rows": [{"price": str(price + 1), "buys": buys} for price, buys in enumerate(bought)]}


@pytest.mark.parametrize(
    ("answer", "interval"),
    [
        (listed(True, True, False), (2, 3)),
        (listed(False, False, False), (0, 1)),
        (listed(True, True, True), (3, math.inf)),
        (listed(True, False, True, False), (1, 4)),  # it switches: no more is claimed than both switches allow
        ({"preferred": "0", "amount": "0"}, (0, 0)),
    ],
)
def test_an_amount_is_the_interval_that_follows_from_the_answer(answer, interval):
    (amount,) = reading.read([row("cardinal", answer)]).amounts
    assert (amount.low, amount.high) == interval
    assert amount.outcome == 1
    assert amount.is_listed == ("rows" in answer)


def test_an_amount_for_one_answer_has_no_second():
    evidence = reading.read([row("cardinal", {"amount": "3"}, ["good"])])
    assert evidence.amounts == [Amount(0, ALONE, 1, 3.0, 3.0)]
    assert evidence.pairs == []
    columns = evidence.amount_columns()
    assert columns.is_alone.tolist() == [True]


def test_the_step_is_the_greatest_that_all_amounts_of_a_question_share():
    said = [row("cardinal", {"preferred": "0", "amount": amount}) for amount in ("1.50", "0", "4.00", "0.25")]
    other = [row("cardinal", {"preferred": "0", "amount": "20"}, guidelines_version=3), row("cardinal", listed(True))]
    evidence = reading.read([*said, *other])
    assert evidence.steps() == [0.25, 20.0]
    assert evidence.amount_columns().step.tolist() == [0.25] * 4 + [20.0, 0.0]
    assert evidence.amount_columns(step=0.01).step.tolist() == [0.01] * 5 + [0.0]
    assert reading.read([said[1]]).steps() == [1.0]


def test_a_bag_counts_an_answer_with_an_amount_once_and_is_numbered_through():
    evidence = reading.read(
        [
            row("pairwise", {"preferred": "0"}),
            row("cardinal", {"preferred": "1", "amount": "1"}),
            row("binary", {"desirable": False}, ["alone"]),
            row("pairwise", {"preferred": None}),
        ]
    )
    bag = evidence.bag()
    assert {kind: len(rows) for kind, rows in bag.kinds.items()} == {"pairs": 2, "amounts": 1, "verdicts": 1}
    assert bag.at(torch.tensor([3, 1])).kinds["pairs"].outcome.tolist() == [0]
    assert list(bag.at(slice(2, 4)).kinds) == ["amounts", "verdicts"]
    assert bag.at(torch.tensor([True, False, False, True])).candidates().tolist() == [0, 1, 2]
    assert len(evidence.bag(kinds=["pairs"])) == 3  # where amounts are not learned from, their preference is
    assert len(Bag({})) == 0


def test_shorter_rankings_are_padded_and_the_padding_does_not_count():
    evidence = reading.read([row("ranking", {"order": [["1"], ["0"]]}), row("ranking", {"order": [["0"], ["1"], ["2"]]},
                                                                            ["a", "b", "c"])])  # fmt: skip
    columns = evidence.ranking_columns()
    assert columns.rank.tolist() == [[1, 0, -1], [0, 1, 2]]
    assert columns.counts.sum(1).tolist() == [2, 3]
