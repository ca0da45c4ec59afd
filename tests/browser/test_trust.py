"""Known answers, pauses and tests on the annotator's page."""

import pytest
from playwright.sync_api import expect

from annotation import gold
from annotation.gold import Item
from annotation.models import Adjudication, Pause
from annotation.queue import answers, offers
from tests.browser.test_labelling import open_label, project_of, read_guidelines, sent

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
    sent(page, 1)
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
    expect(page.locator("[data-part=mine]")).to_have_text("1")
    expect(page.locator("[data-act=skip]")).to_be_hidden()  # there is nothing to skip
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


@pytest.fixture
def disputed(project_of, member):
    """Two people have judged every pair the other way round, and given a reason."""
    project = project_of("pairwise", settings={"gold_rate": 0.0, "asks": ["reason"]})
    project.overlap = 2
    project.save()
    project.tasks.update(overlap=2, open_places=2)
    for number, place in (("1", 0), ("2", 1)):
        one = member("annotator", f"voter{number}@home.example")
        while isinstance(offer := offers.take(scope=one.scope, project=project.pk, holding=[]), offers.Offer):
            chosen = str(project.tasks.get(assignments=offer.assignment).places.get(position=place).response_id)
            said = answers.Submission({"preferred": chosen, "reason": f"Because of {number}."}, 4_000)
            answers.submit(scope=one.scope, assignment=offer.assignment, submission=said)
    return project


def test_a_reviewer_settles_disputes_by_keys_alone(see, reviewer, disputed, axe, fits):
    page = see(reviewer)
    page.goto(f"/w/home/projects/{disputed.pk}/review/")
    expect(page.get_by_text("The votes on 8 tasks differ.")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Settle them, one after the other").click()
    read_guidelines(reviewer, page)
    expect(page.locator("[data-labelling][data-state=open]")).to_be_visible()
    page.keyboard.press("v")
    dialog = page.locator("dialog[data-panel=votes]")
    expect(dialog).to_contain_text("Because of 1.")
    expect(dialog).to_contain_text("Because of 2.")
    axe(page)
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    page.keyboard.press("1")
    page.locator("[data-act=send]").click()
    sent(page, 1)
    page.keyboard.press("2")
    page.locator("[data-act=send]").click()
    sent(page, 2)
    page.goto(f"/w/home/projects/{disputed.pk}/review/")
    expect(page.get_by_text("after looking at the votes")).to_have_count(1)
    expect(page.get_by_text("before looking at the votes")).to_have_count(1)
    fits(page)
    assert Adjudication.objects.filter(assignment__state="submitted").count() == 2


def test_one_annotators_page_sets_aside_and_brings_back(see, researcher, disputed, axe, fits):
    voter = disputed.seats.order_by("pk").first().annotator
    page = see(researcher, width=390)
    page.goto(f"/w/home/projects/{disputed.pk}/annotators/{voter.pk}/")
    axe(page)
    fits(page)
    page.get_by_label("Reason").fill("Presses one key.")
    page.get_by_role("button", name="Set their work aside").click()
    expect(page.get_by_text("8 judgments are set aside.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("8 judgments are back.")).to_be_visible()
    axe(page)


def test_known_answers_are_listed_by_how_people_did(see, researcher, disputed, axe, fits):
    know(disputed, researcher.scope, 8)
    page = see(researcher, width=390, theme="dark")
    page.goto(f"/w/home/projects/{disputed.pk}/review/")
    page.get_by_role("link", name="Known answers").click()
    expect(page.get_by_role("region", name="Known answers and how people did on them")).to_contain_text("1 / 2")
    axe(page)
    fits(page)
