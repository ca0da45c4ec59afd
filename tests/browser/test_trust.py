"""Known answers, pauses and tests on the annotator's page."""

import pytest
from playwright.sync_api import expect

from annotation import gold
from annotation.gold import Item
from annotation.models import Pause
from tests.browser.test_labelling import open_label, project_of, sent

pytestmark = [pytest.mark.django_db(transaction=True)]
__all__ = ["project_of"]


def know(project, scope, count, **more):
    """The known answer of the project's first tasks: what the side says that was imported first."""
    tasks = project.tasks.order_by("position")[:count]
    items = [Item(one.pk, {"preferred": str(one.places.get(position=0).response_id)}, **more) for one in tasks]
    gold.put(scope=scope, project=project, items=items)


def press(page, *, is_right):
    """Judge the pair; the right answer says 10, 11, 12… minutes with the lid on."""
    first = page.locator(".answer").first
    is_first = "lid on" in first.inner_text()
    page.keyboard.press("1" if is_first == is_right else "2")


def test_the_known_answer_is_shown_after_ones_own(see, annotator, researcher, project_of, axe):
    project = project_of("pairwise", settings={"gold_feedback": "shown", "gold_rate": 1.0})
    know(project, researcher.scope, 8, explanation="Steam does the cooking.")
    page = open_label(see, annotator, project)
    press(page, is_right=False)
    dialog = page.locator("dialog[data-panel=outcome]")
    expect(dialog).to_contain_text("That is not the known answer.")
    expect(dialog).to_contain_text("Steam does the cooking.")
    expect(dialog).to_contain_text("Known answer: Answer")
    axe(page)
    page.keyboard.press("Enter")
    expect(dialog).not_to_be_visible()
    press(page, is_right=True)
    expect(dialog).to_contain_text("That was right.")


@pytest.mark.expects_faults  # the refusal of the next task is a 409, which the browser writes into its console
def test_a_paused_person_sees_why_and_contests(see, annotator, researcher, project_of, axe, fits):
    project = project_of("pairwise", settings={"pause_below": 0.6, "leases_per_person": 1})
    know(project, researcher.scope, 8)
    page = open_label(see, annotator, project)
    press(page, is_right=True)
    sent(page, 1)
    seat = project.seats.get()
    project.seats.update(is_paused=True)
    Pause.objects.create(project=project, annotator=seat.annotator, right=1, seen=12, upper=0.35, threshold=0.6)
    page.reload()
    panel = page.locator("[data-part=barred]")
    expect(panel).to_contain_text("1 of your 12 answers to tasks with a known answer were right")
    expect(panel).to_contain_text("60 %")
    axe(page)
    fits(page)
    panel.get_by_role("textbox").fill("The known answers are about another stove.")
    panel.get_by_role("button", name="Contest").click()
    expect(panel).to_contain_text("What you wrote is with the reviewers.")
    assert Pause.objects.get().contest == "The known answers are about another stove."


@pytest.mark.expects_faults
def test_a_test_comes_before_the_work(see, annotator, researcher, project_of, axe):
    project = project_of("pairwise", settings={"test_tasks": 3, "test_pass_mark": 0.6, "test_attempts": 2})
    know(project, researcher.scope, 3, in_test=True)
    page = open_label(see, annotator, project)
    expect(page.locator("[data-part=test]")).to_contain_text("question 1 of 3")
    axe(page)
    for number, is_right in enumerate([True, False, False], start=1):
        press(page, is_right=is_right)
        sent(page, number)
    expect(page.locator("dialog[data-panel=outcome]")).to_contain_text("You have not passed the test.")
    expect(page.locator("dialog[data-panel=outcome]")).to_contain_text("1 of 3 were right")
    page.keyboard.press("Enter")
    expect(page.locator("[data-part=barred]")).to_contain_text("One attempt is left.")
    expect(page.locator("[data-part=barred]")).to_contain_text("You may try again after")
