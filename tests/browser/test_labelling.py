"""The annotator's page in Chromium: every kind by keys alone and by thumb, a dead connection, two tabs."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from annotation import projects
from annotation.imports import requests
from annotation.imports.requests import Options
from annotation.models import Assignment, Judgment, JudgmentVersion, Project, Reading
from annotation.projects import Wish
from tests.browser.conftest import eventually, intercept

pytestmark = [pytest.mark.django_db(transaction=True)]

RECORDS = [
    {
        "prompt": f"Question {number}: how long does rice cook?",
        "responses": [
            {"text": f"About **{number + 10} minutes**. Keep the lid on."},
            {"text": f"About **{number + 12} minutes**. Take the lid off.\n\n```python\nwait({number})\n```"},
        ],
    }
    for number in range(8)
]


@pytest.fixture
def project_of(researcher: Any, finish_jobs: Callable[[], Any]) -> Callable[..., Project]:
    """`project_of("pairwise", settings={…})`: an open project with tasks of that kind."""

    def make(kind: str, *, records: list[dict[str, Any]] = RECORDS, settings: dict[str, Any] | None = None) -> Project:
        wish = Wish(name="Rice", kinds=[kind], guidelines="Be **fair**.", settings=settings or {})
        project = projects.create(scope=researcher.scope, wish=wish)
        requests.of_records(scope=researcher.scope, project=project, records=records, options=Options(kind=kind))
        finish_jobs()
        return project

    return make


def single(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**record, "responses": record["responses"][:1]} for record in records]


def open_label(
    see: Callable[..., Page], member: Any, project: Project, *, page: Page | None = None, **options: Any
) -> Page:
    page = page or see(member, **options)
    page.goto(f"/w/home/projects/{project.pk}/label/")
    read_guidelines(member, page)
    expect(page.locator("[data-labelling][data-state=open]")).to_be_visible()
    return page


def read_guidelines(member: Any, page: Page) -> None:
    """They are shown to everybody once, before the first task."""
    if not Reading.objects.filter(annotator__person=member.person).exists():
        page.get_by_role("button", name="I have read this").click()
        expect(page.locator("dialog[open]")).to_have_count(0)


def sent(page: Page, count: int) -> None:
    expect(page.locator(f"[data-labelling][data-sent='{count}']:not([data-state=sending])")).to_be_attached()


def ahead(page: Page) -> None:
    """The task after the one in hand has come: what follows does not wait for the server."""
    expect(page.locator("[data-labelling][data-ahead]")).to_be_attached()


def answers() -> list[dict[str, Any]]:
    return list(JudgmentVersion.objects.order_by("created_at").values_list("answer", flat=True))


def test_a_pair_is_judged_with_one_key(see, annotator, project_of, axe, fits):
    page = open_label(see, annotator, project_of("pairwise"))
    axe(page)
    fits(page)
    first = page.locator(".answer").first.get_attribute("data-response")
    page.keyboard.press("1")
    sent(page, 1)
    page.keyboard.press("3")
    sent(page, 2)
    assert answers() == [{"preferred": first}, {"preferred": None}]


def test_a_graded_pair_says_how_much_better(see, annotator, project_of):
    page = open_label(see, annotator, project_of("pairwise", settings={"graded": True, "both_bad": True}))
    second = page.locator(".answer").nth(1).get_attribute("data-response")
    page.keyboard.press("7")
    sent(page, 1)
    page.keyboard.press("8")
    sent(page, 2)
    assert answers() == [{"preferred": second, "strength": 3}, {"preferred": None, "both_bad": True}]


def test_an_amount_is_said_with_keys_alone(see, annotator, project_of, axe):
    page = open_label(see, annotator, project_of("cardinal", settings={"amount_max": "20"}))
    second = page.locator(".answer").nth(1).get_attribute("data-response")
    page.keyboard.press("2")
    page.keyboard.type("1.50")
    axe(page)
    page.keyboard.press("Enter")
    sent(page, 1)
    assert answers() == [{"preferred": second, "amount": "1.50"}]


def test_a_price_list_is_answered_with_y_and_n(see, annotator, project_of, axe):
    page = open_label(see, annotator, project_of("cardinal", settings={"prices": ["1", "2", "5"]}))
    first = page.locator(".answer").first.get_attribute("data-response")
    page.keyboard.press("1")
    for key in ("y", "y", "n"):
        page.keyboard.press(key)
    axe(page)
    page.keyboard.press("Enter")
    sent(page, 1)
    rows = [{"price": "1", "buys": True}, {"price": "2", "buys": True}, {"price": "5", "buys": False}]
    assert answers() == [{"preferred": first, "rows": rows}]


def test_a_single_answer_is_worth_an_amount(see, annotator, project_of):
    page = open_label(see, annotator, project_of("cardinal", records=single(RECORDS)))
    page.locator("input[data-amount]").fill("0.40")
    page.keyboard.press("Enter")
    sent(page, 1)
    assert answers() == [{"amount": "0.40"}]


def test_yes_or_no_takes_one_key(see, annotator, project_of, axe):
    page = open_label(see, annotator, project_of("binary", records=single(RECORDS)))
    axe(page)
    page.keyboard.press("1")
    sent(page, 1)
    page.keyboard.press("2")
    sent(page, 2)
    assert answers() == [{"desirable": True}, {"desirable": False}]


def test_answers_are_ranked_with_digits_and_ties(see, annotator, project_of, axe):
    records = [{"prompt": "Colours?", "responses": [f"Colour {name}" for name in ("red", "green", "blue", "grey")]}]
    page = open_label(see, annotator, project_of("ranking", records=records))
    ids = page.locator(".answer").evaluate_all("nodes => nodes.map(node => node.dataset.response)")
    for key in ("3", "1", "Shift+Digit4", "2"):
        page.keyboard.press(key)
    axe(page)
    page.keyboard.press("Enter")
    sent(page, 1)
    assert answers() == [{"order": [[ids[2]], [ids[0], ids[3]], [ids[1]]]}]


def test_answers_are_ranked_by_dragging(see, annotator, project_of):
    records = [{"prompt": "Colours?", "responses": ["Colour red", "Colour green", "Colour blue"]}]
    page = open_label(see, annotator, project_of("ranking", records=records), width=390)
    ids = page.locator(".answer").evaluate_all("nodes => nodes.map(node => node.dataset.response)")
    for number in (1, 2, 3):
        page.locator(f"[data-add='{number}']").click()
    last, first = page.locator(".rank .handle").nth(2).bounding_box(), page.locator(".rank").nth(0).bounding_box()
    assert last and first
    page.mouse.move(last["x"] + 10, last["y"] + 10)
    page.mouse.down()
    page.mouse.move(first["x"] + 20, first["y"] + 3, steps=5)
    page.mouse.up()
    page.get_by_role("button", name="Send").click()
    sent(page, 1)
    assert answers() == [{"order": [[ids[2]], [ids[0]], [ids[1]]]}]


def test_aspects_are_rated_with_digits(see, annotator, project_of, axe):
    aspects = [{"name": "clear", "anchors": {"1": "muddled", "5": "plain"}}, {"name": "true"}]
    page = open_label(see, annotator, project_of("rating", records=single(RECORDS), settings={"aspects": aspects}))
    axe(page)
    for key in ("4", "2", "Enter"):
        page.keyboard.press(key)
    sent(page, 1)
    assert answers() == [{"ratings": {"clear": 4, "true": 2}}]


def test_extras_are_asked_where_the_project_asks(see, annotator, project_of, axe):
    settings = {"asks": ["reason", "flags"], "flags": ["unsafe", "off topic"]}
    page = open_label(see, annotator, project_of("pairwise", settings=settings))
    first = page.locator(".answer").first.get_attribute("data-response")
    page.keyboard.press("1")
    page.get_by_label("unsafe").check()
    page.get_by_label("Why?", exact=True).fill("It keeps the lid on.")
    axe(page)
    page.keyboard.press("Control+Enter")
    sent(page, 1)
    assert answers() == [{"preferred": first, "flags": ["unsafe"], "reason": "It keeps the lid on."}]


def test_undo_opens_the_last_answer_again(see, annotator, project_of):
    page = open_label(see, annotator, project_of("pairwise"))
    text = page.locator(".conversation").inner_text()
    page.keyboard.press("1")
    sent(page, 1)
    expect(page.locator("[data-act=undo]")).to_be_enabled()
    page.keyboard.press("z")
    expect(page.locator(".conversation")).to_have_text(text.replace("\n", " ").strip(), use_inner_text=True)
    expect(page.locator("[data-choice][aria-pressed=true]")).to_have_attribute("data-side", "1")
    page.keyboard.press("2")
    sent(page, 2)
    assert Judgment.objects.count() == 1
    assert len(answers()) == 2


@pytest.mark.expects_faults
def test_an_answer_given_without_a_connection_is_sent_exactly_once(see, annotator, project_of):
    page = open_label(see, annotator, project_of("pairwise"))
    ahead(page)
    page.context.set_offline(True)
    page.keyboard.press("1")
    expect(page.locator("[data-part=outbox]")).to_contain_text("1")
    page.keyboard.press("2")
    expect(page.locator("[data-part=outbox]")).to_contain_text("2")
    expect(page.locator("[data-part=opening]")).to_be_visible()  # no task is left, and why is said in its place
    expect(page.locator("[data-part=opening]")).to_contain_text("No connection.")
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    sent(page, 2)
    assert Judgment.objects.count() == 2


@pytest.mark.expects_faults
def test_an_answer_survives_a_reload_before_it_was_sent(see, annotator, project_of):
    page = open_label(see, annotator, project_of("pairwise"))
    intercept(page, "**/submit/**", lambda route: route.abort())
    page.evaluate("setTimeout = () => 0")  # no second try before the page is loaded anew
    page.keyboard.press("1")
    expect(page.locator("[data-part=outbox]")).to_contain_text("1")
    page.unroute("**/submit/**")
    page.reload()
    sent(page, 1)
    assert Judgment.objects.count() == 1


def test_a_draft_survives_a_reload(see, annotator, project_of):
    page = open_label(see, annotator, project_of("pairwise", settings={"asks": ["reason"]}))
    page.keyboard.press("2")
    page.get_by_label("Why?", exact=True).fill("Half a thought")
    page.reload()
    expect(page.locator("[data-choice][aria-pressed=true]")).to_have_attribute("data-side", "2")
    expect(page.get_by_label("Why?", exact=True)).to_have_value("Half a thought")


def test_two_tabs_never_count_one_task_twice(see, annotator, project_of):
    project = project_of("pairwise")
    one, other = open_label(see, annotator, project), open_label(see, annotator, project)
    one.keyboard.press("1")
    sent(one, 1)
    other.keyboard.press("1")
    expect(other.locator("[data-sent='1'], dialog[open]").first).to_be_attached()
    assert Judgment.objects.values("assignment__task").distinct().count() == Judgment.objects.count()


def test_skipping_gives_the_next_task(see, annotator, project_of):
    page = open_label(see, annotator, project_of("pairwise"))
    text = page.locator(".conversation").inner_text()
    page.keyboard.press("s")
    page.locator("dialog[open] button[type=submit]").click()
    expect(page.locator(".conversation")).not_to_have_text(text.replace("\n", " ").strip(), use_inner_text=True)


class Late:
    """The calls of an address: they are held up here until they are let go."""

    def __init__(self, page: Page, address: str | re.Pattern[str]) -> None:
        self.page = page
        self.calls: list[Route] = []
        self.is_held = True
        intercept(page, address, self._take)

    def _take(self, route: Route) -> None:
        self.calls.append(route)
        if not self.is_held:
            route.continue_()

    def let_go(self) -> None:
        """As soon as the first has come; those that come after it are not held up."""
        eventually(self.page, lambda: self.calls)
        self.is_held = False
        for call in self.calls:
            call.continue_()


def test_a_key_before_the_task_is_there_skips_nothing(see, annotator, project_of):
    page = see(annotator)
    offers = Late(page, "**/next/**")
    page.goto(f"/w/home/projects/{project_of('pairwise').pk}/label/")
    read_guidelines(annotator, page)
    eventually(page, lambda: offers.calls)
    page.keyboard.press("s")
    expect(page.locator("dialog[open]")).to_have_count(0)
    offers.let_go()
    expect(page.locator("[data-labelling][data-state=open]")).to_be_visible()
    page.keyboard.press("s")
    expect(page.locator("dialog[open]")).to_be_visible()


def test_an_impatient_hand_skips_one_task(see, annotator, project_of):
    page = open_label(see, annotator, project_of("pairwise"))
    ahead(page)
    skips, offers = Late(page, "**/skip/**"), Late(page, "**/next/**")
    page.keyboard.press("s")
    button = page.locator("dialog[open] button[type=submit]")
    button.click()
    button.click()
    skips.let_go()
    eventually(page, lambda: offers.calls)  # the task after it stands behind the panel
    button.click()
    offers.let_go()
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert len(skips.calls) == 1
    assert Assignment.objects.filter(state="skipped").count() == 1


def test_an_impatient_hand_takes_back_one_answer(see, annotator, project_of):
    page = open_label(see, annotator, project_of("pairwise"))
    for number in (1, 2):
        page.keyboard.press("1")
        sent(page, number)
    withdrawals = Late(page, "**/withdraw/**")
    page.keyboard.press("z")
    page.keyboard.press("z")
    withdrawals.let_go()
    expect(page.locator("[data-part=message]")).to_have_text("Taken back: say it anew.")
    assert len(withdrawals.calls) == 1
    assert Judgment.objects.filter(withdrawn_at=None).count() == 1
    page.keyboard.press("b")
    expect(page.locator("[data-part=review]")).to_be_visible()
    expect(page.locator("[data-part=message]")).to_have_text("")  # that was said of the other task


def test_the_keys_are_shown(see, annotator, project_of, axe):
    page = open_label(see, annotator, project_of("pairwise"))
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_contain_text("Undo")
    axe(page)


def test_model_text_runs_nothing_and_loads_nothing(see, annotator, project_of):
    bad = "<script>window.hit=1</script><img src=x onerror='window.hit=1'>[x](javascript:window.hit=1) ![i](http://e.org/i.png)"
    page = open_label(see, annotator, project_of("pairwise", records=[{"prompt": bad, "responses": [bad, bad + "!"]}]))
    assert page.evaluate("window.hit") is None
    assert page.locator(".answer img, .conversation img").count() == 0


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_a_long_conversation_is_good_at_every_width(see, annotator, project_of, axe, fits, width, theme):
    turns = [{"role": ("user", "assistant")[n % 2], "content": "Some words about rice. " * 60} for n in range(21)]
    table = "| grain | minutes |\n|---|---|\n| basmati | 12 |\n\n$e = mc^2$ שלום " + "verylongword" * 20
    records = [{"prompt": turns, "responses": [table, "Short."]}]
    page = open_label(
        see, annotator, project_of("pairwise", records=json.loads(json.dumps(records))), width=width, theme=theme
    )
    axe(page)
    fits(page)
    page.locator("[data-choice]").first.click()
    sent(page, 1)


def test_words_are_marked_by_code_points_of_the_stored_text(see, annotator, project_of):
    settings = {"asks": ["spans"], "span_labels": ["wrong"]}
    records = [{"prompt": "Say it", "responses": ["🍚 **Rice** is blue.", "No."]}]
    page = open_label(see, annotator, project_of("pairwise", settings=settings, records=records))
    page.evaluate(
        """() => {
            const nodes = [...document.querySelectorAll(".answer-plain")];
            const node = nodes.find((one) => one.textContent.includes("blue")).firstChild;
            const at = node.textContent.indexOf("blue");
            getSelection().setBaseAndExtent(node, at, node, at + 4);
        }"""
    )
    page.locator("[data-span=wrong]").click()
    page.keyboard.press("1")
    page.get_by_role("button", name="Send").click()
    sent(page, 1)
    (span,) = answers()[0]["spans"]
    assert (span["start"], span["end"], span["quote"], span["label"]) == (14, 18, "blue", "wrong")


def test_signing_out_leaves_no_draft_behind(see, annotator, project_of):
    page = open_label(see, annotator, project_of("pairwise", settings={"asks": ["reason"]}))
    page.keyboard.press("2")
    page.get_by_label("Why?", exact=True).fill("Half a thought")
    drafts = "Object.keys(localStorage).filter((key) => key.startsWith('touchstone.draft.')).length"
    assert page.evaluate(drafts) == 1
    page.locator(".foot summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert page.evaluate(drafts) == 0
