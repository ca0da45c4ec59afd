"""Each kind of answer: what is taken, what is refused and at which field."""

import json
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.feedback import cardinal, kinds, ranking
from annotation.feedback.reading import Context
from annotation.settings import Terms
from api.refusals import Refusal

PAIR = Context({"a": "The café is open.", "b": "No."})
ONE = Context({"a": "The café is open."})
FOUR = Context({"a": "1", "b": "2", "c": "3", "d": "4"})
SIZES = {"pairwise": PAIR, "cardinal": PAIR, "binary": ONE, "ranking": FOUR, "rating": ONE}


def fields(kind, answer, context=None):
    """The fields at which an answer is refused."""
    with pytest.raises(Refusal) as refusal:
        kinds.parse(kind, answer, context or SIZES[kind])
    return [field for field, _message in refusal.value.errors]


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("pairwise", {"preferred": "a"}),
        ("pairwise", {"preferred": None}),
        ("pairwise", {"preferred": "b", "strength": 3, "both_bad": True, "reason": "Shorter."}),
        ("pairwise", {"preferred": "a", "aspects": {"tone": "b", "truth": None}}),
        ("cardinal", {"preferred": "a", "amount": "1.50"}),
        ("cardinal", {"preferred": "a", "amount": "0"}),
        ("cardinal", {"preferred": None, "amount": "0.00"}),
        ("cardinal", {"preferred": "b", "rows": [{"price": "1", "buys": True}, {"price": "2", "buys": False}]}),
        ("binary", {"desirable": False, "flags": ["harmful"]}),
        ("ranking", {"order": [["b"], ["a", "d"], ["c"]]}),
        ("rating", {"ratings": {"helpful": 5, "honest": 1}}),
    ],
)
def test_a_good_answer_is_taken(kind, answer):
    kinds.parse(kind, answer, SIZES[kind])


@pytest.mark.parametrize(
    ("kind", "answer", "field"),
    [
        ("pairwise", {}, "answer.preferred"),
        ("pairwise", {"preferred": "z"}, "answer.preferred"),
        ("pairwise", {"preferred": ["a"]}, "answer.preferred"),
        ("pairwise", {"preferred": "a", "strength": 4}, "answer.strength"),
        ("pairwise", {"preferred": "a", "strength": True}, "answer.strength"),
        ("pairwise", {"preferred": None, "strength": 1}, "answer.strength"),
        ("pairwise", {"preferred": "a", "both_bad": "no"}, "answer.both_bad"),
        ("pairwise", {"preferred": "a", "winner": "a"}, "answer.winner"),
        ("pairwise", {"preferred": "a", "aspects": {"tone": "z"}}, "answer.aspects.tone"),
        ("pairwise", [], "answer"),
        ("pairwise", None, "answer"),
        ("pairwise", {"preferred": "a", "reason": "\x00"}, "answer.reason"),
        ("cardinal", {"preferred": "a"}, "answer.amount"),
        ("cardinal", {"preferred": "a", "amount": 1.5}, "answer.amount"),
        ("cardinal", {"preferred": "a", "amount": "NaN"}, "answer.amount"),
        ("cardinal", {"preferred": "a", "amount": "1e400"}, "answer.amount"),
        ("cardinal", {"preferred": "a", "amount": "-1"}, "answer.amount"),
        ("cardinal", {"preferred": "a", "amount": "10000.01"}, "answer.amount"),
        ("cardinal", {"preferred": "a", "amount": "1.005"}, "answer.amount"),
        ("cardinal", {"preferred": "a", "amount": "١"}, "answer.amount"),
        ("cardinal", {"preferred": None, "amount": "2"}, "answer.amount"),
        ("cardinal", {"preferred": "a", "amount": "2", "rows": []}, "answer.amount"),
        ("cardinal", {"preferred": "a", "rows": []}, "answer.rows"),
        (
            "cardinal",
            {"preferred": "a", "rows": [{"price": "2", "buys": True}, {"price": "1", "buys": True}]},
            "answer.rows",
        ),
        ("cardinal", {"preferred": "a", "rows": [{"price": "2", "buys": 1}]}, "answer.rows.0.buys"),
        ("cardinal", {"preferred": None, "rows": [{"price": "2", "buys": True}]}, "answer.amount"),
        ("binary", {}, "answer.desirable"),
        ("binary", {"desirable": None}, "answer.desirable"),
        ("binary", {"desirable": 1}, "answer.desirable"),
        ("ranking", {"order": [["a"], ["b"]]}, "answer.order"),
        ("ranking", {"order": [["a"], ["b"], ["c"], ["c"]]}, "answer.order"),
        ("ranking", {"order": [["a"], [], ["b", "c", "d"]]}, "answer.order"),
        ("ranking", {"order": ["a", "b", "c", "d"]}, "answer.order"),
        ("rating", {"ratings": {"helpful": 6}}, "answer.ratings.helpful"),
        ("rating", {"ratings": {"helpful": 4.0}}, "answer.ratings.helpful"),
        ("rating", {"ratings": {}}, "answer.ratings"),
    ],
)
def test_a_bad_answer_is_refused_at_its_field(kind, answer, field):
    assert fields(kind, answer) == [field]


def test_every_fault_is_named_at_once():
    assert fields("pairwise", {"preferred": "z", "strength": 9, "nonsense": 1}) == [
        "answer.preferred",
        "answer.strength",
        "answer.nonsense",
    ]


def test_ratings_are_those_of_the_project():
    terms = Context({"a": ""}, Terms(aspects=("helpful", "honest")))
    kinds.parse("rating", {"ratings": {"helpful": 1, "honest": 2}}, terms)
    assert fields("rating", {"ratings": {"helpful": 1, "kind": 2}}, terms) == [
        "answer.ratings.honest",
        "answer.ratings.kind",
    ]


def test_extras_that_a_project_does_not_ask_for_are_refused():
    context = Context({"a": "", "b": ""}, Terms(extras=("reason",)))
    kinds.parse("pairwise", {"preferred": "a", "reason": "x"}, context)
    assert fields("pairwise", {"preferred": "a", "critique": "x"}, context) == ["answer.critique"]


def test_amounts_keep_to_range_and_step_of_the_project():
    context = Context(
        {"a": "", "b": ""}, Terms(amount_min=Decimal(1), amount_max=Decimal(5), amount_step=Decimal("0.5"))
    )
    for amount in ("1", "1.5", "5.0", "0"):
        kinds.parse("cardinal", {"preferred": "a", "amount": amount}, context)
    for amount in ("0.5", "5.5", "1.2"):
        assert fields("cardinal", {"preferred": "a", "amount": amount}, context) == ["answer.amount"]


def test_the_prices_of_a_list_are_those_of_the_project():
    context = Context({"a": "", "b": ""}, Terms(prices=(Decimal(1), Decimal(2))))
    rows = [{"price": "1.0", "buys": True}, {"price": "2", "buys": False}]
    kinds.parse("cardinal", {"preferred": "a", "rows": rows}, context)
    assert fields("cardinal", {"preferred": "a", "rows": rows[:1]}, context) == ["answer.rows"]


@pytest.mark.parametrize(
    ("buys", "low", "high", "is_consistent"),
    [
        ([True, True, False], 2, 4, True),
        ([False, False, False], 0, 1, True),
        ([True, True, True], 4, None, True),
        ([True, False, True], 1, None, False),
        ([False, True, False], 0, 4, False),
    ],
)
def test_an_interval_follows_from_a_price_list(buys, low, high, is_consistent):
    rows = tuple(zip((Decimal(1), Decimal(2), Decimal(4)), buys, strict=True))
    assert cardinal.interval_of(rows) == cardinal.Interval(Decimal(low), high and Decimal(high), is_consistent)


def test_a_span_counts_code_points_and_quotes_the_text():
    span = {"response": "a", "start": 4, "end": 8, "quote": "café", "label": "place"}
    kinds.parse("pairwise", {"preferred": "a", "spans": [span]}, PAIR)
    assert fields("pairwise", {"preferred": "a", "spans": [{**span, "end": 9}]}) == ["answer.spans.0.quote"]
    assert fields("pairwise", {"preferred": "a", "spans": [{**span, "end": 4}]}) == ["answer.spans.0.end"]
    assert fields("pairwise", {"preferred": "a", "spans": [{**span, "end": 99}]}) == ["answer.spans.0.end"]
    assert fields("pairwise", {"preferred": "a", "spans": [{**span, "response": "z"}]}) == ["answer.spans.0.response"]


def test_one_response_is_worth_an_amount_and_prefers_nothing():
    parsed = kinds.parse("cardinal", {"amount": "3.25"}, ONE)
    assert parsed.columns["amount_low"] == parsed.columns["amount_high"] == Decimal("3.25")
    assert fields("cardinal", {"preferred": "a", "amount": "1"}, ONE) == ["answer.preferred"]


@pytest.mark.parametrize(
    ("kind", "answer", "gold", "tolerance", "is_right"),
    [
        ("pairwise", {"preferred": "a", "strength": 1}, {"preferred": "a"}, None, True),
        ("pairwise", {"preferred": None}, {"preferred": "a"}, None, False),
        ("cardinal", {"preferred": "a", "amount": "2"}, {"preferred": "a", "amount": "3"}, 1, True),
        ("cardinal", {"preferred": "a", "amount": "2"}, {"preferred": "a", "amount": "3"}, 0.5, False),
        ("cardinal", {"preferred": "b", "amount": "3"}, {"preferred": "a", "amount": "3"}, 9, False),
        ("binary", {"desirable": True}, {"desirable": True}, None, True),
        ("ranking", {"order": [["b"], ["a"], ["c"], ["d"]]}, {"order": [["a"], ["b"], ["c"], ["d"]]}, None, False),
        ("ranking", {"order": [["b"], ["a"], ["c"], ["d"]]}, {"order": [["a"], ["b"], ["c"], ["d"]]}, 1 / 6, True),
        ("ranking", {"order": [["a", "b", "c", "d"]]}, {"order": [["a", "b"], ["c", "d"]]}, None, False),
        ("rating", {"ratings": {"x": 4, "y": 1}}, {"ratings": {"x": 5}}, 1, True),
        ("rating", {"ratings": {"y": 5}}, {"ratings": {"x": 5}}, 1, False),
    ],
)
def test_gold_is_met_as_each_kind_defines_it(kind, answer, gold, tolerance, is_right):
    context = SIZES[kind]
    known, said = kinds.parse(kind, gold, context), kinds.parse(kind, answer, context)
    assert kinds.KINDS[kind].is_correct(said, known, tolerance) is is_right


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["a", "b", "c", "d"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from(
    [
        "preferred",
        "strength",
        "both_bad",
        "amount",
        "rows",
        "desirable",
        "order",
        "ratings",
        "aspects",
        "spans",
        "flags",
    ]
)


@given(kind=st.sampled_from(sorted(kinds.KINDS)), answer=json_values | st.dictionaries(names, json_values, max_size=4))
def test_any_json_is_either_taken_or_refused_with_a_field(kind, answer):
    try:
        kinds.parse(kind, answer, SIZES[kind])
    except Refusal as refusal:
        assert refusal.errors
        assert all(field.startswith("answer") and message for field, message in refusal.errors)


@given(st.permutations("abcd"), st.sets(st.integers(1, 3)))
def test_any_ranking_with_ties_covers_all_and_renames_back(order, cuts):
    bounds = [0, *sorted(cuts), 4]
    groups = [list(order[start:end]) for start, end in pairwise(bounds)]
    parsed = kinds.parse("ranking", {"order": groups}, FOUR)
    assert [set(group) for group in groups] == list(parsed.order)
    names = {letter: place for place, letter in enumerate("abcd")}
    back = {place: letter for letter, place in names.items()}
    renamed = ranking.rename(ranking.rename({"order": groups}, names), back)
    assert kinds.parse("ranking", renamed, FOUR) == parsed


@given(st.decimals(0, 10_000, places=2))
def test_any_amount_on_the_step_is_taken_and_kept_to_the_cent(amount):
    parsed = kinds.parse("cardinal", {"preferred": "a", "amount": f"{amount:f}"}, PAIR)
    assert parsed.columns["amount_low"] == amount
    assert json.dumps(f"{amount:f}")


@given(st.lists(st.tuples(st.integers(1, 9_000), st.booleans()), min_size=1, max_size=20, unique_by=lambda row: row[0]))
def test_an_interval_holds_no_price_that_a_consistent_list_excludes(rows):
    ordered = tuple((Decimal(price), buys) for price, buys in sorted(rows))
    interval = cardinal.interval_of(ordered)
    bought = [price for price, buys in ordered if buys]
    refused = [price for price, buys in ordered if not buys]
    if interval.is_consistent:
        assert interval.low == max(bought, default=0)
        assert interval.high == min(refused, default=None)
    else:
        assert interval.low < min(refused)
        assert interval.high is None or interval.high > max(bought)
