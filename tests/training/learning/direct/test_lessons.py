"""From judgments to rows: what each loss learns from, and what is left out and counted."""

import math

import pytest
import torch

from rewardmodels.learning import reading
from rewardmodels.learning.evidence import Unlearnable
from tests.training.learning.direct.worlds import pair, ranking, row, rows_for, small, verdict
from training.learning.direct import amounts, lessons, objectives
from training.learning.direct.lessons import Source, Verdicts


def rows_of(kind, judgments, scores=None, **values):
    own, evidence = small(kind, **values), reading.read(judgments)
    usual = None
    if kind == "cardinal_dpo" or values.get("gap") == "amount":
        usual = amounts.usual(evidence.amount_columns("train"))
    return lessons.of(own, Source(evidence, scores or {}, usual), "train"), evidence


def texts(evidence, places):
    return [evidence.candidates[place].response for place in places.tolist()]


def compared(number, preferred, *, strength=None, kind="pairwise", amount=None, annotator="ann"):
    said = {"preferred": None if preferred is None else f"{number}-{preferred}"}
    said |= {"strength": strength} if strength else {}
    said |= {"amount": amount} if amount is not None else {}
    return row(number, kind, ("one", "two"), said, annotator)


def test_pairs_are_the_decided_ones_whichever_came_first():
    found, evidence = rows_of("dpo", [compared(0, 0), compared(1, 1), compared(2, None)])
    assert texts(evidence, found.chosen) == ["one", "two"]
    assert texts(evidence, found.rejected) == ["two", "one"]
    assert lessons.left_out(small("dpo"), evidence) == {"ties": 1}


def test_an_order_of_two_answers_is_a_pair_and_the_preference_of_an_amount_too():
    order = row(3, "ranking", ("one", "two"), {"order": [["3-1"], ["3-0"]]})
    found, evidence = rows_of("dpo", [order, compared(4, 0, kind="cardinal", amount="2")])
    assert texts(evidence, found.chosen) == ["one", "two"]


def test_the_gap_of_odpo_is_the_strength_that_was_said():
    found, _ = rows_of("odpo", [compared(0, 0, strength=3), compared(1, 1), compared(2, 1, strength=1)])
    assert found.size.tolist() == [3.0, 1.0]


def test_the_gap_of_a_reward_model_leaves_out_those_that_it_puts_the_other_way():
    scores = {"model:1": torch.tensor([2.0, 0.5, 1.0, 3.0])}
    found, _ = rows_of("odpo", [compared(0, 0), compared(1, 0)], scores, gap="reward", reward="model:1")
    assert found.size.tolist() == [1.5]


def test_other_objectives_are_weighted_differences_of_their_rewards():
    scores = {"a": torch.tensor([2.0, 0.5]), "b": torch.tensor([1.0, 5.0])}
    found, _ = rows_of("modpo", [compared(0, 0)], scores, others=("a=0.2", "b=0.3"))
    assert float(found.others) == pytest.approx(0.2 * 1.5 + 0.3 * -4.0)


AMOUNTS = [
    compared(0, 0, kind="cardinal", amount="2"),
    compared(1, 1, kind="cardinal", amount="8"),
    compared(2, 0, kind="cardinal", amount="0"),
    compared(3, None, kind="cardinal", amount="0"),
    compared(4, 0, kind="cardinal", amount="4"),
]


def test_amounts_are_measured_by_the_usual_one_and_zeros_keep_their_sign():
    found, evidence = rows_of("cardinal_dpo", AMOUNTS)
    assert texts(evidence, found.chosen)[:2] == ["one", "two"]
    assert found.size.tolist() == [0.5, 2.0, 0.0, 0.0, 1.0]
    assert found.is_sign_only.tolist() == [False, False, True, False, False]


def test_a_zero_may_be_taken_at_its_word():
    found, _ = rows_of("cardinal_dpo", AMOUNTS, zeros="amount")
    assert not found.is_sign_only.any()


@pytest.mark.parametrize("form", ["weighted", "offset"])
def test_a_tie_teaches_no_weight_and_no_offset(form):
    found, _ = rows_of("cardinal_dpo", AMOUNTS, form=form)
    assert found.size.tolist() == [0.5, 2.0, 0.0, 1.0]


def test_sign_alone_is_plain_dpo_in_every_form():
    for form in ("regression", "weighted", "offset", "soft_label"):
        own = small("cardinal_dpo", form=form)
        found, _ = rows_of("cardinal_dpo", AMOUNTS, form=form)
        policy = torch.randn(10, generator=torch.Generator().manual_seed(0))
        said = objectives.Said(policy, torch.zeros(10), torch.ones(10))
        each = objectives.of(own, said, found, objectives.Whole())
        plain = objectives.of(small("dpo"), said, found, objectives.Whole())
        assert torch.equal(each[found.is_sign_only], plain[found.is_sign_only])
        assert not torch.allclose(each[~found.is_sign_only], plain[~found.is_sign_only])


def listed(number, *rows):
    told = {"preferred": f"{number}-0", "rows": [{"price": price, "buys": buys} for price, buys in rows]}
    return row(number, "cardinal", ("one", "two"), told)


def test_a_price_list_is_the_middle_and_an_open_one_its_last_price():
    lists = [
        listed(0, ("1", True), ("2", True), ("5", False)),
        listed(1, ("1", True), ("2", True)),
        listed(2, ("1", False), ("2", True)),  # above a refusal: something, but nobody knows how much
    ]
    said = reading.read(lists).amount_columns("train")
    middle = amounts.middle(said)
    assert middle.tolist()[:2] == [3.5, 2.0]
    assert math.isnan(middle[2])
    found, _ = rows_of("cardinal_dpo", lists, zeros="amount")
    assert found.is_sign_only.tolist() == [False, False, True]


def test_an_annotators_usual_amount_is_drawn_to_that_of_all():
    many = [compared(n, 0, kind="cardinal", amount="1", annotator="b") for n in range(20)]
    few = [compared(n, 0, kind="cardinal", amount="16", annotator="a") for n in range(20, 25)]
    evidence = reading.read([one for one in (*many, *few) if one["split"] == "train"])
    usual = amounts.usual(evidence.amount_columns("train"))
    assert usual.pooled == 1.0
    place, own = evidence.annotators.index("a"), 5 - 0
    assert usual.annotators[place] == pytest.approx(math.exp(own * math.log(16) / (own + 20)))
    assert float(usual.scale(torch.tensor([99]), "annotator")) == 1.0  # who gave none has the pool's
    assert usual.scale(torch.tensor([place]), "pooled").tolist() == [1.0]


def test_scales_leave_zero_and_signs_where_they_are_and_undo_another_currency_unit():
    dear = [compared(n, n % 2, kind="cardinal", amount=f"{10 * (n % 5)}") for n in range(9)]
    cheap = [compared(n, n % 2, kind="cardinal", amount=f"{n % 5}") for n in range(9)]
    one, other = rows_of("cardinal_dpo", dear)[0], rows_of("cardinal_dpo", cheap)[0]
    assert torch.allclose(one.size, other.size)
    assert one.chosen.tolist() == other.chosen.tolist()


def test_worth_in_a_ranking_is_the_share_of_the_others_below_with_ties_half():
    three = row(0, "ranking", ("a", "b", "c"), {"order": [["0-2"], ["0-0"], ["0-1"]]})
    tied = row(1, "ranking", ("a", "b", "c"), {"order": [["1-0", "1-1"], ["1-2"]]})
    nothing = row(2, "ranking", ("a", "b", "c"), {"order": [["2-0", "2-1", "2-2"]]})
    found, _ = rows_of("lipo", [three, tied, nothing, compared(3, 1)])
    assert found.worth.tolist() == [[0.5, 0.0, 1.0], [0.75, 0.75, 0.0], [0.0, 1.0, 0.0]]
    assert found.counts.tolist() == [[True] * 3, [True] * 3, [True, True, False]]


def test_pairs_count_as_verdicts_where_that_is_wished():
    judgments = [verdict(0), verdict(1), compared(2, 1)]
    found, evidence = rows_of("kto", judgments)
    assert found.is_desirable.tolist() == [True, False, True, False]
    assert texts(evidence, found.answer)[2:] == ["two", "one"]
    assert len(rows_of("kto", judgments, pairs=False)[0]) == 2


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, (3.0, 1.0)),
        ({"desirable_weight": 1.5}, (1.5, 0.5)),
        ({"undesirable_weight": 2.0}, (6.0, 2.0)),
        ({"desirable_weight": 1.1, "undesirable_weight": 0.7}, (1.1, 0.7)),
    ],
)
def test_both_kinds_of_verdict_weigh_the_same_in_all_unless_said_otherwise(values, expected):
    train = Verdicts(*(torch.arange(8),), torch.tensor([True] * 2 + [False] * 6), torch.arange(8), torch.arange(8))
    assert objectives.weights(small("kto", **values), train) == pytest.approx(expected)


def test_what_people_liked_best_is_what_supervision_learns():
    best = row(2, "ranking", ("a", "b", "c"), {"order": [["2-1"], ["2-0"], ["2-2"]]})
    found, evidence = rows_of("sft", [compared(0, 1), verdict(1), verdict(3), best])
    assert texts(evidence, found.answer)[0] == "two"
    assert texts(evidence, found.answer)[-1] == "b"
    assert len(found.answer) == 3


def test_nothing_to_learn_from_is_said_with_what_would_be():
    found, _ = rows_of("lipo", [verdict(0)])
    with pytest.raises(Unlearnable, match="ranking or pairwise"):
        lessons.check(small("lipo"), found)
    alone, _ = rows_of("dpo", [pair(1), pair(1)])
    with pytest.raises(Unlearnable, match="share one prompt"):
        lessons.check(small("dpo"), alone)
    with pytest.raises(Unlearnable, match="No amount above 0"):
        rows_of("cardinal_dpo", [compared(0, 0, kind="cardinal", amount="0")])


def test_rankings_of_the_world_are_of_three():
    assert rows_of("lipo", [ranking(1), ranking(4)])[0].worth.tolist() == [[1.0, 0.5, 0.0], [0.75, 0.75, 0.0]]
    assert len(rows_for("lipo")) == 40
