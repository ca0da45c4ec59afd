"""A question with something at stake, in Chromium: consent, a sealed price, the answer, the opened seal."""

import hashlib
import re

import pytest
from playwright.sync_api import expect

from annotation.models import Consent, Draw, Guidelines, LedgerEntry
from tests.browser import test_labelling
from tests.browser.test_labelling import RECORDS, ahead, answers, read_guidelines, sent, single

project_of = test_labelling.project_of
pytestmark = [pytest.mark.django_db(transaction=True)]
STAKES = {
    "elicitation": "bdm", "amount_max": "10", "amount_step": "0.5", "endowment": "10",
    "consent": "You play with **play money**.",
}  # fmt: skip


def agree(page, member, project):
    page.goto(f"/w/home/projects/{project.pk}/label/")
    page.get_by_role("button", name="I agree").click()
    read_guidelines(member, page)
    expect(page.locator("[data-labelling][data-state=open]")).to_be_visible()


def test_a_sealed_price_is_answered_with_keys_alone(see, annotator, project_of, axe):
    page = see(annotator)
    agree(page, annotator, project_of("cardinal", settings=STAKES))
    page.locator(".sealed summary").press("Enter")
    expect(page.locator("[data-seal]")).to_be_visible()
    seal = page.locator("[data-seal]").inner_text()
    assert Draw.objects.filter(commitment=seal).exists()
    axe(page)
    page.locator("[data-part=question]").focus()
    page.keyboard.press("1")
    page.keyboard.type("10")
    page.keyboard.press("Enter")
    opened = page.locator("dialog[data-panel=outcome]")
    expect(opened).to_contain_text("you buy, and pay the price")
    expect(opened).to_contain_text("The seal fits")
    opened.locator("summary").click()
    axe(page)
    expect(opened.locator("pre")).to_be_visible()
    command = opened.locator("pre").inner_text()
    message = re.fullmatch(r"printf %s '([0-9a-f]{64}:[\d.]+)' \| sha256sum", command)
    assert message and hashlib.sha256(message[1].encode()).hexdigest() == seal
    page.keyboard.press("Escape")
    expect(opened).not_to_be_visible()
    expect(page.locator("[data-act=undo]")).to_be_disabled()
    price = Draw.objects.get(commitment=seal).price
    assert sorted(entry.amount for entry in LedgerEntry.objects.all()) == sorted([10, -price])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_sealed_price_is_answered_with_a_thumb(see, annotator, project_of, axe, fits, theme):
    page = see(annotator, width=390, theme=theme)
    project = project_of("cardinal", settings=STAKES)
    page.goto(f"/w/home/projects/{project.pk}/label/")
    axe(page)
    fits(page)
    page.get_by_role("button", name="I agree").click()
    read_guidelines(annotator, page)
    page.get_by_role("button", name="Answer 2").click()
    page.get_by_role("button", name=re.compile("^Better, but worth nothing")).click()
    axe(page)
    fits(page)
    page.get_by_role("button", name="Send").click()
    opened = page.locator("dialog[data-panel=outcome]")
    expect(opened).to_contain_text("The price was")
    axe(page)
    fits(page)
    opened.get_by_role("button", name="Go on").click()
    sent(page, 1)
    assert answers()[0]["amount"] == "0"


def test_who_does_not_agree_gets_no_task_and_may_think_again(see, annotator, project_of):
    page = see(annotator)
    project = project_of("cardinal", settings=STAKES)
    page.goto(f"/w/home/projects/{project.pk}/label/")
    page.get_by_role("button", name="I do not agree").click()
    expect(page.get_by_text("You refused.")).to_be_visible()
    agree(page, annotator, project)
    page.goto(f"/w/home/projects/{project.pk}/consent/")
    page.get_by_role("button", name="Withdraw my consent").click()
    expect(page.get_by_text("You withdrew your consent: there")).to_be_visible()
    assert list(Consent.objects.order_by("id").values_list("said", flat=True)) == ["refused", "accepted", "withdrawn"]


@pytest.mark.expects_faults  # the browser logs the refusal by which the page learns of it
def test_a_consent_that_lapses_while_the_page_is_open_is_asked_for_again_and_work_goes_on(see, annotator, project_of):
    page = see(annotator)
    project = project_of("binary", records=single(RECORDS), settings={"consent": "Your words are published."})
    agree(page, annotator, project)
    ahead(page)
    last = Guidelines.objects.get(project=project)
    terms = {**last.terms, "consent": "Your words and your pseudonym are published."}
    Guidelines.objects.create(project=project, version=last.version + 1, text=last.text, terms=terms)
    page.keyboard.press("1")  # what one holds under the older terms may be finished
    sent(page, 1)
    page.keyboard.press("1")
    expect(page.get_by_text("has changed since you agreed")).to_be_visible()
    expect(page.get_by_text("Your words and your pseudonym are published.")).to_be_visible()
    page.get_by_role("button", name="I agree").click()
    expect(page.locator("[data-labelling][data-state=open]")).to_be_visible()
    assert len(answers()) == 2


@pytest.mark.parametrize("width, theme", [(1280, "light"), (390, "dark")])
def test_balance_and_ledger_show_what_an_answer_changed(see, annotator, admin, project_of, axe, fits, width, theme):
    page = see(annotator, width=width, theme=theme)
    agree(page, annotator, project_of("cardinal", settings=STAKES))
    page.get_by_role("button", name="Answer 1").click()
    page.locator("#amount").fill("10")
    page.get_by_role("button", name="Send").click()
    page.locator("dialog[data-panel=outcome]").get_by_role("button", name="Go on").click()
    page.get_by_role("link", name="Balance").click()
    expect(page.get_by_text("+10 USD")).to_be_visible()
    axe(page)
    fits(page)
    page.get_by_role("link", name="the question").first.click()
    expect(page.locator("[data-part=review]")).to_contain_text("what you said stands")
    ledger = see(admin, width=width, theme=theme)
    ledger.goto("/w/home/ledger/")
    ledger.locator("tbody").get_by_role("link").first.click()
    expect(ledger.get_by_label("Annotator").last).to_have_value(re.compile("^a-"))
    axe(ledger)
    fits(ledger)
