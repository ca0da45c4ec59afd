"""What an amount is worth: what follows from an answer, and what is refused with which sentence."""

import json
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation import money
from annotation.feedback import cardinal, kinds
from annotation.feedback.reading import Context
from annotation.settings import SettingsError, Terms
from api.refusals import Invalid

TEXTS, PLAIN = {"a": "", "b": ""}, Terms()
LADDERS = st.lists(st.decimals("0.01", 1_000, places=2), min_size=1, max_size=20, unique=True).map(sorted)
LIST = Terms(elicitation="list", prices=tuple(map(Decimal, "125")))


def refused(answer, terms=PLAIN, texts=TEXTS):
    with pytest.raises(Invalid) as caught:
        kinds.parse("cardinal", answer, Context(texts, terms))
    return caught.value.errors


def rows(prices, buys):
    return [{"price": f"{price:f}", "buys": each} for price, each in zip(prices, buys, strict=True)]


@given(LADDERS, st.decimals(0, 1_100, places=2))
def test_the_interval_of_an_honest_list_holds_the_true_worth(prices, worth):
    interval = cardinal.interval_of(tuple((price, price <= worth) for price in prices))
    assert interval.is_consistent
    assert interval.low <= worth
    assert interval.high is None or worth < interval.high
    assert not any(interval.low < price < (interval.high or Decimal("Infinity")) for price in prices)  # and no wider


@given(LADDERS, st.data())
def test_an_interval_spans_every_switch_and_says_so(prices, data):
    buys = data.draw(st.lists(st.booleans(), min_size=len(prices), max_size=len(prices)))
    interval = cardinal.interval_of(tuple(zip(prices, buys, strict=True)))
    switches = sum(here != there for here, there in pairwise(buys))
    assert interval.is_consistent == (switches == 0 or (switches == 1 and buys[0]))
    for price, bought in zip(prices, buys, strict=True):
        if interval.is_consistent:
            assert price <= interval.low if bought else price >= (interval.high or 0)
        else:  # no answer between two switches narrows it
            assert interval.low < prices[buys.index(False)]
            assert interval.high is None or interval.high > max(p for p, each in zip(prices, buys, strict=True) if each)


@given(LADDERS, st.data())
def test_what_was_said_at_each_price_is_kept_as_it_was_said(prices, data):
    buys = data.draw(st.lists(st.booleans(), min_size=len(prices), max_size=len(prices)))
    said = {"preferred": "b", "rows": rows(prices, buys)}
    before = json.dumps(said)
    parsed = kinds.parse("cardinal", said, Context(TEXTS))
    assert json.dumps(said) == before
    assert [(f"{price:f}", each) for price, each in parsed.rows] == [
        (row["price"], row["buys"]) for row in said["rows"]
    ]
    assert cardinal.stored_interval(said) == parsed.interval


@given(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
    | st.from_regex(r"[0-9.,]{1,9}", fullmatch=True)
)
def test_any_text_is_an_amount_or_is_refused_with_a_sentence(text):
    try:
        parsed = kinds.parse("cardinal", {"amount": text}, Context({"a": ""}))
    except Invalid as refusal:
        assert all(
            message[0].isupper() and message.rstrip('"').endswith((".", "1.50")) for _at, message in refusal.errors
        )
    else:
        assert Decimal(text) == parsed.interval.low
        assert set(text) <= set("0123456789.")


@pytest.mark.parametrize(
    "amount, sentence",
    [
        ("1,50", "with a point and without commas"),
        ("1,500.00", "with a point and without commas"),
        ("٣٫٥٠", "with the digits 0 to 9"),
        ("１２", "with the digits 0 to 9"),
        ("²", "with the digits 0 to 9"),
        ("-1", "never negative"),
        ("1e400", "no amount"),
        ("1E2", "no amount"),
        ("NaN", "no amount"),
        ("Infinity", "no amount"),
        ("0x10", "no amount"),
        ("1_000", "no amount"),
        (" 1", "no amount"),
        ("", "no amount"),
        (".5", "no amount"),
        ("5.", "no amount"),
        ("9" * 4_000, "no amount"),
        (1.5, "as text"),
        (True, "as text"),
        (None, "as text"),
        (["1"], "as text"),
    ],
)
def test_what_is_no_amount_is_refused_with_what_to_write(amount, sentence):
    ((field, message),) = refused({"preferred": "a", "amount": amount})
    assert field == "answer.amount"
    assert sentence in message


@pytest.mark.parametrize("price, sentence", [("1,50", "a point"), ("NaN", "no amount"), (2, "as text")])
def test_a_price_that_is_no_amount_is_refused_at_its_row(price, sentence):
    errors = dict(refused({"preferred": "a", "rows": [{"price": price, "buys": True}]}))
    assert sentence in errors["answer.rows.0.price"]


def test_a_project_that_asks_by_list_takes_no_bare_amount_and_the_other_way_round():
    assert refused({"preferred": "a", "amount": "1"}, LIST)[0][0] == "answer.rows"
    direct = Terms(elicitation="direct")
    assert refused({"preferred": "a", "rows": rows([Decimal(1)], [True])}, direct)[0][0] == "answer.amount"
    for terms in (LIST, direct):
        assert kinds.parse("cardinal", {"preferred": None, "amount": "0"}, Context(TEXTS, terms)).interval.high == 0


def test_imported_amounts_need_not_be_said_as_this_project_asks():
    answer = kinds.parse("cardinal", {"preferred": "a", "amount": "7"}, Context(TEXTS, LIST, is_bounded=False))
    assert answer.interval.low == 7


def test_a_list_without_prices_is_no_way_of_asking():
    with pytest.raises(SettingsError, match="at least one price"):
        Terms(elicitation="list")


@pytest.mark.parametrize(
    "terms, expected",
    [
        (Terms(amount_max=Decimal(20)), ["0.20", "0.50", "1", "2", "5", "10", "20"]),
        (Terms(amount_max=Decimal(20), amount_step=Decimal(4)), ["20"]),
        (Terms(shortcuts=(Decimal("0.05"), Decimal("3.125")), amount_step=Decimal("0.005")), ["0.05", "3.125"]),
        (Terms(offers_shortcuts=False), []),
        (LIST, []),
    ],
)
def test_round_amounts_of_the_range_are_offered_unless_the_project_has_its_own(terms, expected):
    assert money.asked(terms)["shortcuts"] == expected


def test_an_amount_that_nobody_may_say_is_not_offered():
    with pytest.raises(SettingsError, match="no amount that this project takes"):
        Terms(amount_max=Decimal(5), shortcuts=(Decimal(6),))
