"""The annotator's page by thumb on a phone, for each kind of question; and a sign-in that runs out in the middle."""

from typing import Any

import pytest
from django.conf import settings as configured
from playwright.sync_api import Page, Route, expect

from annotation.models import Judgment
from tests.browser.conftest import eventually, intercept
from tests.browser.test_labelling import RECORDS, ahead, answers, open_label, project_of, sent, single

__all__ = ["project_of"]  # a fixture
pytestmark = [pytest.mark.django_db(transaction=True)]

COLOURS = [{"prompt": f"Colours {n}?", "responses": [f"{name} {n}" for name in ("red", "green", "blue")]} for n in "ab"]
TURNS = [{"role": ("user", "assistant")[turn % 2], "content": "Rice, told slowly. " * 80} for turn in range(21)]
LONG = [{"prompt": TURNS, "responses": ["A long answer. " * 300, "Another long answer. " * 300]}]


def open_by_thumb(see: Any, member: Any, project: Any) -> Page:
    return open_label(see, member, project, width=390, touch=True)


def ids(page: Page) -> list[str]:
    return page.locator(".answer").evaluate_all("nodes => nodes.map(node => node.dataset.response)")


def test_a_pair_takes_one_tap(see, annotator, project_of, fits):
    page = open_by_thumb(see, annotator, project_of("pairwise"))
    first, _second = ids(page)
    page.locator("[data-choice][data-side='1']").tap()
    sent(page, 1)
    fits(page)
    assert answers() == [{"preferred": first}]


def test_a_graded_pair_takes_one_tap(see, annotator, project_of, fits):
    page = open_by_thumb(see, annotator, project_of("pairwise", settings={"graded": True, "both_bad": True}))
    _first, second = ids(page)
    fits(page)
    page.get_by_role("button", name="Answer 2: Slightly better").tap()
    sent(page, 1)
    assert answers() == [{"preferred": second, "strength": 1}]


def test_yes_or_no_takes_one_tap(see, annotator, project_of):
    page = open_by_thumb(see, annotator, project_of("binary", records=single(RECORDS)))
    page.locator("[data-choice][data-desirable=false]").tap()
    sent(page, 1)
    assert answers() == [{"desirable": False}]


def test_an_amount_is_tapped_and_typed(see, annotator, project_of, fits):
    page = open_by_thumb(see, annotator, project_of("cardinal", settings={"amount_max": "20"}))
    first, _second = ids(page)
    page.locator("[data-choice][data-side='1']").tap()
    page.locator("input[data-amount]").tap()
    page.keyboard.type("2.50")
    fits(page)
    page.locator("[data-part=send]").tap()
    sent(page, 1)
    assert answers() == [{"preferred": first, "amount": "2.50"}]


def test_answers_are_ranked_by_taps_alone(see, annotator, project_of, fits):
    page = open_by_thumb(see, annotator, project_of("ranking", records=COLOURS))
    first, second, third = ids(page)
    for number in (2, 3, 1):
        page.locator(f"[data-add='{number}']").tap()
    expect(page.locator("[data-add]:visible")).to_have_count(0)
    page.locator(".rank-chip").nth(2).locator("[data-tie]").tap()
    fits(page)
    page.locator("[data-part=send]").tap()
    sent(page, 1)
    assert answers() == [{"order": [[second], [third, first]]}]


def test_aspects_are_rated_by_taps(see, annotator, project_of, fits):
    set_to = {"aspects": ["clear", "true"]}
    page = open_by_thumb(see, annotator, project_of("rating", records=single(RECORDS), settings=set_to))
    for aspect, mark in (("clear", "5"), ("true", "4")):
        expect(page.locator(".aspect:visible")).to_have_count(1)  # the answer needs the room
        page.locator(f"[data-aspect={aspect}] .point").nth(int(mark) - 1).tap()
    page.get_by_role("button", name="clear 5").tap()
    expect(page.locator("[data-aspect=clear]")).to_be_visible()
    page.get_by_role("button", name="true 4").tap()
    page.locator("[data-aspect=true] .point").nth(2).tap()
    fits(page)
    panel = page.locator("[data-part=question]").bounding_box()
    assert panel["height"] < 844 / 3
    page.locator("[data-part=send]").tap()
    sent(page, 1)
    assert answers() == [{"ratings": {"clear": 5, "true": 3}}]


def test_a_conversation_of_five_thousand_words_is_judged_by_thumb(see, annotator, project_of, fits):
    page = open_by_thumb(see, annotator, project_of("pairwise", records=LONG))
    words = page.locator("[data-part=conversation]").evaluate("node => node.textContent.split(/\\s+/).length")
    assert words > 5_000
    fits(page)
    buttons = page.locator("[data-choice][data-side='2']").bounding_box()
    assert buttons and buttons["y"] + buttons["height"] <= 844  # at hand without scrolling
    page.evaluate("scrollTo(0, document.body.scrollHeight / 2)")
    page.locator("[data-choice][data-side='2']").tap()
    sent(page, 1)
    assert Judgment.objects.count() == 1


def test_every_button_is_large_enough_for_a_thumb(see, annotator, project_of):
    page = open_by_thumb(see, annotator, project_of("pairwise", settings={"graded": True, "both_bad": True}))
    sizes = page.locator("main button:visible").evaluate_all(
        "nodes => nodes.map((node) => [node.textContent.trim(), node.getBoundingClientRect().height])"
    )
    assert [name for name, height in sizes if height < 24] == []
    chosen = page.locator("[data-choice]").evaluate_all(
        "nodes => nodes.map(node => node.getBoundingClientRect().height)"
    )
    assert min(chosen) >= 44


@pytest.mark.expects_faults
def test_a_sign_in_that_ran_out_loses_nothing(see, annotator, project_of):
    page = open_label(see, annotator, project_of("pairwise"))
    ahead(page)
    page.context.clear_cookies(name=configured.SESSION_COOKIE_NAME)
    page.keyboard.press("1")
    expect(page.get_by_role("heading", name="Please sign in again")).to_be_visible()
    assert Judgment.objects.count() == 0
    session = annotator.browser.cookies[configured.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": configured.SESSION_COOKIE_NAME, "value": session, "url": page.url.split("/w/")[0]}]
    )
    page.get_by_role("button", name="Go on").click()
    sent(page, 1)
    assert Judgment.objects.count() == 1
    page.keyboard.press("2")
    sent(page, 2)
    assert Judgment.objects.count() == 2


@pytest.mark.expects_faults
def test_a_refusal_from_before_asks_nobody_to_sign_in_again(see, annotator, project_of):
    """The task ahead was asked for while nobody was signed in, and the refusal comes after the answer was taken."""
    page = open_label(see, annotator, project_of("pairwise"))
    ahead(page)
    held: list[Route] = []
    intercept(page, "**/next/**", lambda route: route.continue_() if held else held.append(route))
    page.context.clear_cookies(name=configured.SESSION_COOKIE_NAME)
    page.keyboard.press("1")
    expect(page.get_by_role("heading", name="Please sign in again")).to_be_visible()
    eventually(page, lambda: held)
    session = annotator.browser.cookies[configured.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": configured.SESSION_COOKIE_NAME, "value": session, "url": page.url.split("/w/")[0]}]
    )
    page.get_by_role("button", name="Go on").click()
    sent(page, 1)
    with page.expect_response("**/next/**"):
        held[0].fulfill(status=401, json={"detail": "Sign in.", "code": "not_authenticated"})
    page.keyboard.press("2")
    sent(page, 2)
    assert Judgment.objects.count() == 2
