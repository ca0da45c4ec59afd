"""The annotator's desk in Chromium: my work, looking back, questions, guidelines that changed, covered texts."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotation import projects
from annotation.desk import questions, wishes
from annotation.desk.questions import Reply
from annotation.models import Assignment, Judgment, JudgmentVersion, Project, Question, Reading
from annotation.projects import Wish
from tests.browser.conftest import eventually
from tests.browser.test_labelling import (
    Late,
    ahead,
    answers,
    open_label,
    project_of,
    read_guidelines,
    sent,
    single,
)

__all__ = ["project_of"]  # a fixture
pytestmark = [pytest.mark.django_db(transaction=True)]

PAIRS = [{"prompt": f"Question {n}?", "responses": [f"Yes, {n}.", f"No, {n}."]} for n in range(5)]
HARMFUL = [{**PAIRS[0], "metadata": {"content_warning": "Speaks of violence"}}, *PAIRS[1:]]


def conversation(page: Page) -> Any:
    return page.locator("[data-part=conversation]")


def test_my_work_leads_to_a_task_and_counts_what_was_done(see, annotator, project_of, axe, fits):
    project_of("pairwise", records=PAIRS)
    page = see(annotator)
    page.goto("/w/home/")
    page.get_by_role("link", name="My work").click()
    expect(page.get_by_text("Left for you")).to_be_visible()
    page.get_by_role("link", name="Label").click()
    read_guidelines(annotator, page)
    expect(page.locator("[data-labelling][data-state=open]")).to_be_visible()
    page.keyboard.press("1")
    sent(page, 1)
    page.get_by_role("link", name="My work").first.click()
    expect(page.locator(".place-figures dd").nth(0)).to_have_text("4")
    expect(page.locator(".place-figures dd").nth(1)).to_have_text("1")
    axe(page)
    fits(page)


@pytest.mark.parametrize("path", ["", "history/", "questions/"])
def test_my_room_is_good_on_a_phone_in_the_dark(see, annotator, researcher, project_of, axe, fits, path):
    project = project_of("pairwise", records=PAIRS)
    page = open_label(see, annotator, project, width=390, theme="dark")
    page.locator("[data-choice]").first.click()
    sent(page, 1)
    ask_about(annotator, "What is a tie?")
    answer_all(researcher, "Both alike.")
    page.goto(f"/w/home/work/{path}")
    axe(page)
    fits(page)


def test_a_judgment_is_opened_from_the_history_and_corrected_by_keyboard(see, annotator, project_of, axe):
    page = open_label(see, annotator, project_of("pairwise", records=PAIRS))
    first = page.locator(".answer").first.get_attribute("data-response")
    page.keyboard.press("1")
    sent(page, 1)
    page.goto("/w/home/work/history/")
    page.get_by_role("link", name="Open: Answer 1").click()
    expect(page.locator("[data-choice][aria-pressed=true]")).to_have_attribute("data-side", "1")
    axe(page)
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    expect(page.locator("[data-part=message]")).to_contain_text("Changed")
    assert answers() == [{"preferred": first}, {"preferred": None}]
    assert Judgment.objects.get().version == 2


def test_correcting_and_taking_back_leave_a_true_count_of_ones_own(see, annotator, project_of):
    page = open_label(see, annotator, project_of("pairwise", records=PAIRS))
    mine = page.locator("[data-part=mine]")
    for number in (1, 2):
        page.keyboard.press("1")
        sent(page, number)
    expect(mine).to_have_text("2")
    page.keyboard.press("b")
    expect(page.locator("[data-choice][aria-pressed=true]")).to_have_attribute("data-side", "1")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator("[data-part=message]")).to_contain_text("Changed")
    expect(mine).to_have_text("2")
    page.keyboard.press("z")
    expect(mine).to_have_text("1")
    expect(page.locator("[data-choice][aria-pressed=true]")).to_have_attribute("data-side", "2")
    page.keyboard.press("1")
    sent(page, 3)
    expect(mine).to_have_text("2")


def test_going_back_steps_through_the_last_ones_and_returns_to_the_task(see, annotator, project_of):
    page = open_label(see, annotator, project_of("pairwise", records=PAIRS))
    texts = []
    for number in (1, 2):
        texts.append(conversation(page).inner_text())
        page.keyboard.press("1")
        sent(page, number)
    waiting = conversation(page).inner_text()
    page.keyboard.press("b")
    expect(conversation(page)).to_have_text(texts[1], use_inner_text=True)
    page.keyboard.press("b")
    expect(conversation(page)).to_have_text(texts[0], use_inner_text=True)
    expect(page.locator("[data-act=back]")).to_be_disabled()
    page.keyboard.press("f")
    expect(conversation(page)).to_have_text(texts[1], use_inner_text=True)
    page.keyboard.press("Escape")
    expect(conversation(page)).to_have_text(waiting, use_inner_text=True)
    page.keyboard.press("2")
    sent(page, 3)
    assert Judgment.objects.count() == 3


def test_keys_that_come_faster_than_judgments_step_back_one_by_one(see, annotator, project_of):
    page = open_label(see, annotator, project_of("pairwise", records=PAIRS))
    texts = []
    for number in (1, 2):
        texts.append(conversation(page).inner_text())
        page.keyboard.press("1")
        sent(page, number)
    looks = Late(page, "**/judgments/*/task/**")
    page.keyboard.press("b")
    page.keyboard.press("b")
    looks.let_go()
    expect(conversation(page)).to_have_text(texts[0], use_inner_text=True)


def test_an_impatient_hand_saves_a_change_once(see, annotator, project_of):
    page = open_label(see, annotator, project_of("pairwise", records=PAIRS))
    page.keyboard.press("1")
    sent(page, 1)
    page.keyboard.press("b")
    expect(page.locator("[data-part=review]")).to_be_visible()
    changes = Late(page, "**/judgments/*/")
    page.keyboard.press("2")
    expect(page.locator("[data-part=send]")).to_be_enabled()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    changes.let_go()
    expect(page.locator("[data-part=message]")).to_contain_text("Changed")
    assert len(changes.calls) == 1
    assert JudgmentVersion.objects.count() == 2


def test_what_was_saved_is_still_said_when_the_next_task_has_come(see, annotator, project_of):
    page = open_label(see, annotator, project_of("pairwise", records=PAIRS))
    page.keyboard.press("1")
    sent(page, 1)
    page.goto(f"/w/home/projects/{Project.objects.get().pk}/label/?judgment={Judgment.objects.get().pk}")
    expect(page.locator("[data-part=review]")).to_be_visible()
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    ahead(page)
    expect(page.locator("[data-part=message]")).to_contain_text("Changed")
    page.keyboard.press("1")
    sent(page, 1)
    expect(page.locator("[data-part=message]")).to_have_text("")


def test_a_task_that_two_calls_brought_is_shown_once(see, annotator, project_of):
    """The answer is faster than the call for the task ahead, and brings the same one."""
    page = see(annotator)
    project = project_of("pairwise", records=PAIRS)
    held: list[Any] = []

    def hold(route: Any) -> None:
        if route.request.post_data_json.get("holding") and not held:
            held.append(route)
        else:
            route.continue_()

    page.route("**/next/**", hold)
    page.goto(f"/w/home/projects/{project.pk}/label/")
    read_guidelines(annotator, page)
    expect(page.locator("[data-labelling][data-state=open]")).to_be_visible()
    seen = []
    for number in (1, 2):
        seen.append(conversation(page).inner_text())
        page.keyboard.press("1")
        sent(page, number)
        if number == 1:
            eventually(page, lambda: held)
            held[0].continue_()
    seen.append(conversation(page).inner_text())
    assert len(set(seen)) == 3
    assert Judgment.objects.count() == 2


def test_looking_back_keeps_what_was_begun(see, annotator, project_of):
    page = open_label(see, annotator, project_of("pairwise", records=PAIRS, settings={"asks": ["reason"]}))
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    sent(page, 1)
    page.keyboard.press("2")
    page.get_by_label("Why?", exact=True).fill("Half a thought")
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    expect(page.get_by_label("Why?", exact=True)).to_have_value("")
    page.keyboard.press("Escape")
    expect(page.get_by_label("Why?", exact=True)).to_have_value("Half a thought")
    expect(page.locator("[data-choice][aria-pressed=true]")).to_have_attribute("data-side", "2")


def test_a_judgment_of_a_closed_project_is_shown_and_stays(see, annotator, project_of):
    page = open_label(see, annotator, project_of("pairwise", records=PAIRS))
    page.keyboard.press("1")
    sent(page, 1)
    Project.objects.update(status="closed")
    page.goto(f"/w/home/projects/{Project.objects.get().pk}/label/?judgment={Judgment.objects.get().pk}")
    expect(page.locator("[data-fixed]")).to_contain_text("closed")
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)  # in which it would have been sent
    expect(page.locator("[data-choice][aria-pressed=true]")).to_have_attribute("data-side", "1")
    assert JudgmentVersion.objects.count() == 1


SINGLE = single(PAIRS)
KINDS: list[tuple[str, list[dict[str, Any]], dict[str, Any], list[str], list[str], Any]] = [
    ("binary", SINGLE, {}, ["1"], ["2"], {"desirable": False}),
    ("rating", SINGLE, {"aspects": ["clear"]}, ["4", "Enter"], ["2"], {"ratings": {"clear": 2}}),
    ("cardinal", SINGLE, {}, ["Tab:amount:1.50", "Enter"], ["Tab:amount:2.00"], {"amount": "2.00"}),
]


@pytest.mark.parametrize("kind, records, set_to, says, corrects, stored", KINDS, ids=[row[0] for row in KINDS])
def test_every_kind_opens_with_what_was_said(see, annotator, project_of, kind, records, set_to, says, corrects, stored):
    page = open_label(see, annotator, project_of(kind, records=records, settings=set_to))
    press(page, says)
    sent(page, 1)
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    expect(page.locator("[data-part=review]")).to_be_visible()
    press(page, corrects)
    page.get_by_role("button", name="Save the change").click()
    expect(page.locator("[data-part=message]")).to_contain_text("Changed")
    assert answers()[-1] == stored


def press(page: Page, keys: list[str]) -> None:
    for key in keys:
        if key.startswith("Tab:amount:"):
            page.locator("input[data-amount]").fill(key.rpartition(":")[2])
        else:
            page.keyboard.press(key)


def test_a_ranking_opens_in_the_order_that_was_said(see, annotator, project_of):
    records = [{"prompt": f"Colours {n}?", "responses": [f"red {n}", f"green {n}", f"blue {n}"]} for n in range(3)]
    page = open_label(see, annotator, project_of("ranking", records=records))
    for key in ("3", "1", "2", "Enter"):
        page.keyboard.press(key)
    sent(page, 1)
    page.keyboard.press("b")
    expect(page.locator(".rank-name")).to_have_text(["Answer 3", "Answer 1", "Answer 2"])
    page.keyboard.press("Backspace")
    page.keyboard.press("Shift+Digit2")
    page.keyboard.press("Enter")
    expect(page.locator("[data-part=message]")).to_contain_text("Changed")
    assert [len(group) for group in answers()[-1]["order"]] == [1, 2]


def ask_about(member: Any, text: str) -> None:
    assignment = Assignment.objects.filter(annotator__person=member.person).latest("created_at")
    questions.ask(scope=member.scope, assignment=assignment.pk, text=text)


def answer_all(researcher: Any, text: str, **reach: Any) -> None:
    for question in Question.objects.filter(answered_at=None):
        questions.answer(scope=researcher.scope, question=question, reply=Reply(text, **reach))


def test_a_question_is_asked_answered_and_read(see, annotator, researcher, project_of, axe, fits):
    project = project_of("pairwise", records=PAIRS)
    page = open_label(see, annotator, project)
    page.keyboard.press("q")
    page.get_by_label("What do you want to know about this task?").fill("What is a tie?")
    axe(page)
    page.get_by_role("button", name="Ask, and go on").click()
    expect(page.locator("[data-part=message]")).to_contain_text("Asked")

    desk = see(researcher)
    desk.goto(f"/w/home/projects/{project.pk}/")
    desk.get_by_role("link", name="Questions (1)").click()
    axe(desk)
    fits(desk)
    desk.get_by_role("link", name="What is a tie?").click()
    desk.get_by_label("Answer", exact=True).fill("Both **alike**.")
    desk.get_by_label("Everybody in the project, as a clarification").check()
    axe(desk)
    fits(desk)
    desk.get_by_role("button", name="Answer", exact=True).click()
    expect(desk.get_by_text("No question waits")).to_be_visible()

    page.reload()
    expect(page.locator("[data-act=questions]")).to_contain_text("(1)")
    page.keyboard.press("q")
    expect(page.locator("dialog[open] .answered")).to_have_text("Both alike.")
    page.keyboard.press("Escape")
    expect(page.locator("[data-act=questions]")).not_to_contain_text("(1)")
    page.keyboard.press("g")
    expect(page.locator("dialog[open] .clarifications")).to_contain_text("What is a tie?")
    assert Question.objects.get().seen_at is not None


def test_a_task_is_put_aside_with_its_question_and_taken_up_again(see, annotator, project_of):
    page = open_label(see, annotator, project_of("pairwise", records=PAIRS))
    asked_about = conversation(page).inner_text()
    page.keyboard.press("q")
    page.get_by_label("What do you want to know about this task?").fill("What is a tie?")
    page.get_by_role("button", name="Ask, and put the task aside").click()
    expect(conversation(page)).not_to_have_text(asked_about, use_inner_text=True)
    page.goto("/w/home/work/questions/")
    page.get_by_role("link", name="Back to the task").click()
    expect(conversation(page)).to_have_text(asked_about, use_inner_text=True)
    page.keyboard.press("1")
    sent(page, 1)
    assert Judgment.objects.get().assignment_id == Question.objects.get().assignment_id


def test_new_guidelines_stand_in_the_way_until_they_were_read(see, annotator, researcher, project_of, axe):
    project = project_of("pairwise", records=PAIRS)
    page = open_label(see, annotator, project)
    page.keyboard.press("1")
    sent(page, 1)
    ahead(page)
    projects.change(scope=researcher.scope, project=project, wish=Wish(guidelines="Be **very** fair."))
    for number in (2, 3):  # the two in hand were dealt under the old ones
        page.keyboard.press("1")
        sent(page, number)
    expect(page.locator("dialog[open] ins").first).to_contain_text("very")
    axe(page)
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_be_visible()
    page.get_by_role("button", name="I have read this").click()
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert sorted(Reading.objects.values_list("guidelines__version", flat=True)) == [1, 2]
    page.reload()
    expect(page.locator("[data-labelling][data-state=open]")).to_be_visible()
    expect(page.locator("dialog[open]")).to_have_count(0)


@pytest.mark.parametrize("width, theme", [(1280, "light"), (390, "dark")])
def test_a_marked_text_is_covered_for_eyes_and_readers_until_uncovered(
    see, annotator, project_of, axe, fits, width, theme
):
    page = open_label(see, annotator, project_of("pairwise", records=HARMFUL), width=width, theme=theme)
    expect(page.get_by_text("Speaks of violence")).to_be_visible()
    expect(page.locator("[data-part=conversation]")).to_have_attribute("aria-hidden", "true")
    assert page.locator("[data-part=answers]").evaluate("node => node.inert")
    assert "Question 0" not in page.locator("main").aria_snapshot()
    assert "blur" in page.locator(".conversation > *").first.evaluate("node => getComputedStyle(node).filter")
    axe(page)
    fits(page)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)  # in which it would have been sent
    assert Judgment.objects.count() == 0


def test_a_key_uncovers_and_then_the_task_is_judged(see, annotator, project_of):
    page = open_label(see, annotator, project_of("pairwise", records=HARMFUL))
    page.keyboard.press("u")
    expect(page.locator("[data-part=cover]")).to_be_hidden()
    assert "Question 0" in page.locator("main").aria_snapshot()
    page.keyboard.press("1")
    sent(page, 1)
    expect(page.locator("[data-part=cover]")).to_be_hidden()  # the next one is not marked


def test_a_key_skips_what_is_covered_as_harmful(see, annotator, project_of):
    page = open_label(see, annotator, project_of("pairwise", records=HARMFUL))
    page.keyboard.press("x")
    expect(page.locator("[data-part=cover]")).to_be_hidden()
    assert Assignment.objects.get(state="skipped").reason == "harmful"


def test_who_wishes_it_has_every_text_covered(see, annotator, project_of):
    wishes.cover(scope=annotator.scope, everything=True)
    page = open_label(see, annotator, project_of("pairwise", records=PAIRS))
    expect(page.locator("[data-part=cover]")).to_be_visible()
    page.keyboard.press("u")
    page.keyboard.press("1")
    sent(page, 1)
    expect(page.locator("[data-part=cover]")).to_be_visible()


def test_the_help_has_the_words_of_the_project(see, annotator, project_of, axe):
    page = open_label(see, annotator, project_of("pairwise", records=PAIRS, settings={"support": "Call **Ada**."}))
    page.keyboard.press("h")
    expect(page.locator("dialog[open]")).to_contain_text("Call Ada.")
    axe(page)


def test_a_paused_project_says_so_on_the_label_page(see, annotator, project_of):
    project = project_of("pairwise", records=PAIRS)
    Project.objects.update(status="paused")
    page = see(annotator)
    page.goto(f"/w/home/projects/{project.pk}/label/")
    page.get_by_role("button", name="I have read this").click()
    expect(page.get_by_text("The researchers have paused this project.")).to_be_visible()


def test_looking_back_while_the_answer_is_on_its_way_gives_no_task_twice(see, annotator, project_of):
    page = open_label(see, annotator, project_of("pairwise", records=PAIRS, settings={"leases_per_person": 1}))
    page.keyboard.press("1")
    sent(page, 1)
    submissions = Late(page, "**/submit/**")
    page.keyboard.press("1")
    page.keyboard.press("b")
    submissions.let_go()
    expect(page.locator("[data-part=review]")).to_be_visible()
    sent(page, 2)  # and it brought the next task
    page.keyboard.press("Escape")
    expect(page.locator("[data-part=review]")).to_be_hidden()
    seen = []
    for number in (3, 4, 5):
        seen.append(conversation(page).inner_text())
        page.keyboard.press("2")
        sent(page, number)
    expect(page.locator("[data-labelling]")).to_have_attribute("data-state", "done")
    assert len(set(seen)) == 3
    assert Judgment.objects.count() == 5


def test_a_task_is_kept_while_one_looks_back(see, annotator, project_of):
    page = see(annotator)
    page.clock.install()
    page = open_label(see, annotator, project_of("pairwise", records=PAIRS, settings={"lease_seconds": 600}), page=page)
    page.keyboard.press("1")
    sent(page, 1)
    page.keyboard.press("b")
    expect(page.locator("[data-part=review]")).to_be_visible()
    with page.expect_request("**/extend/"):
        page.clock.run_for(310_000)
