"""Saying what an answer is worth, in Chromium: typed, chosen, by a list of prices; with keys and with a thumb."""

import pytest
from playwright.sync_api import expect

from tests.browser import test_labelling
from tests.browser.test_labelling import RECORDS, answers, open_label, sent, single

project_of = test_labelling.project_of
pytestmark = [pytest.mark.django_db(transaction=True)]
PRICES = {"prices": ["0.50", "1", "2", "5"]}
RANGE = {"amount_max": "20", "amount_step": "0.25"}


def said(prices, *buys):
    return [{"price": price, "buys": each} for price, each in zip(prices, buys, strict=True)]


@pytest.mark.parametrize(
    "typed, stored",
    [("1.50", "1.50"), ("1,5", "1.5"), (".75", "0.75"), ("١٫٥", "1.5"), ("2 USD", "2"), ("0", "0"), ("12,00", "12.00")],
)
def test_an_amount_is_typed_as_people_type_it(see, annotator, project_of, typed, stored):
    page = open_label(see, annotator, project_of("cardinal", settings=RANGE))
    page.keyboard.press("1")
    page.keyboard.type(typed)
    page.keyboard.press("Enter")
    sent(page, 1)
    assert answers()[0]["amount"] == stored


@pytest.mark.parametrize(
    "typed, sentence",
    [
        ("1.30", "in steps of 0.25: 1.25 or 1.50?"),
        ("21", "lie between 0 and 20 USD"),
        ("1,500", "1.500 or 1500"),
        ("-2", "never negative"),
        ("1e3", "no amount"),
        ("NaN", "no amount"),
    ],
)
def test_what_is_wrong_with_an_amount_is_said_at_the_field(see, annotator, project_of, typed, sentence):
    page = open_label(see, annotator, project_of("cardinal", settings=RANGE))
    page.keyboard.press("2")
    page.keyboard.type(typed)
    page.keyboard.press("Enter")
    expect(page.locator("#amount-fault")).to_contain_text(sentence)
    expect(page.locator("#amount")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#amount")).to_be_focused()
    assert answers() == []


def test_better_but_worth_nothing_is_said_in_words(see, annotator, project_of, axe):
    page = open_label(see, annotator, project_of("cardinal", settings=RANGE))
    first = page.locator(".answer").first.get_attribute("data-response")
    page.keyboard.press("1")
    page.keyboard.press("Shift+Digit0")
    expect(page.locator("#amount-echo")).to_have_text("Answer 1 is better, but worth nothing to you.")
    axe(page)
    page.keyboard.press("Enter")
    sent(page, 1)
    assert answers() == [{"preferred": first, "amount": "0"}]


def test_amounts_are_chosen_with_keys(see, annotator, project_of):
    page = open_label(see, annotator, project_of("cardinal", settings={**RANGE, "shortcuts": ["0.25", "1", "4"]}))
    page.keyboard.press("2")
    page.keyboard.press("Shift+Digit2")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#amount")).to_have_value("4")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#amount")).to_have_value("0.25")
    page.keyboard.press("Enter")
    sent(page, 1)
    assert answers()[0]["amount"] == "0.25"


def test_no_difference_leaves_no_amount_behind(see, annotator, project_of):
    page = open_label(see, annotator, project_of("cardinal", settings=RANGE))
    page.keyboard.press("3")
    page.reload()
    expect(page.locator("[data-choice][aria-pressed=true]")).to_have_attribute("data-key", "3")
    page.keyboard.press("1")
    expect(page.locator("#amount")).to_have_value("")


@pytest.mark.parametrize("kind", ["amount", "prices"])
def test_a_thumb_says_what_an_answer_is_worth(see, annotator, project_of, axe, fits, kind):
    project = project_of("cardinal", settings=PRICES if kind == "prices" else RANGE)
    page = open_label(see, annotator, project, width=390)
    page.get_by_role("button", name="Answer 2").click()
    if kind == "prices":
        page.get_by_role("radiogroup", name="2 USD").get_by_label("No").check()
    else:
        page.get_by_role("button", name="5", exact=True).click()
    axe(page)
    fits(page)
    page.get_by_role("button", name="Send").click()
    sent(page, 1)
    stored = answers()[0]
    assert stored.get("amount", "5") == "5"
    assert stored.get("rows", said(PRICES["prices"], True, True, False, False)) == said(
        PRICES["prices"], True, True, False, False
    )


def test_one_key_where_it_becomes_too_much_fills_the_list(see, annotator, project_of, axe):
    page = open_label(see, annotator, project_of("cardinal", settings=PRICES))
    page.keyboard.press("1")
    for key in ("ArrowDown", "ArrowDown", "n"):
        page.keyboard.press(key)
    expect(page.locator("[data-asks=prices] [data-echo]")).to_have_text("You would pay up to 1 USD, but not 2.")
    axe(page)
    page.keyboard.press("Enter")
    sent(page, 1)
    page.keyboard.press("2")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    sent(page, 2)
    rows = [answer["rows"] for answer in answers()]
    assert rows == [said(PRICES["prices"], True, True, False, False), said(PRICES["prices"], *[True] * 4)]


def test_several_switches_are_pointed_out_and_stored_as_said(see, annotator, project_of):
    page = open_label(see, annotator, project_of("cardinal", settings=PRICES))
    page.keyboard.press("1")
    for key in ("n", "ArrowDown", "ArrowDown", "y"):
        page.keyboard.press(key)
    expect(page.locator(".is-odd")).to_contain_text("no at 0.50 USD and yes at 2")
    page.keyboard.press("Enter")
    sent(page, 1)
    assert answers()[0]["rows"] == said(PRICES["prices"], False, False, True, False)


def test_what_was_said_at_a_price_survives_a_reload(see, annotator, project_of):
    page = open_label(see, annotator, project_of("cardinal", settings=PRICES))
    page.keyboard.press("1")
    page.keyboard.press("y")
    page.reload()
    expect(page.get_by_role("radiogroup", name="0.50 USD").get_by_label("Yes")).to_be_checked()
    expect(page.get_by_role("radiogroup", name="1 USD", exact=True).get_by_label("No")).not_to_be_checked()


@pytest.mark.parametrize("terms", [RANGE, PRICES])
def test_a_single_answer_is_asked_both_ways(see, annotator, project_of, axe, terms):
    page = open_label(see, annotator, project_of("cardinal", records=single(RECORDS), settings=terms))
    axe(page)
    if "prices" in terms:
        page.keyboard.press("y")
        page.keyboard.press("n")
    else:
        page.keyboard.type("3")
    page.keyboard.press("Enter")
    sent(page, 1)
    expected = {"amount": "3"} if terms is RANGE else {"rows": said(PRICES["prices"], True, False, False, False)}
    assert answers() == [expected]
