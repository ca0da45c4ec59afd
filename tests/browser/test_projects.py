"""Projects in a real browser: from the first question to a dashboard, at both widths and in both themes."""

import pytest
from playwright.sync_api import expect

from annotation.models import Project
from annotation.watching import labels, pace, people, skips
from tests.annotation.conftest import add_task, project
from tests.annotation.queue.conftest import worker

__all__ = ["add_task", "project", "worker"]  # fixtures of collecting
pytestmark = pytest.mark.django_db(transaction=True)
HOME = "/w/home/projects/"


@pytest.fixture(autouse=True)
def _counted_anew():
    for kept in (labels.kept, pace.kept, skips.kept, people.kept):
        kept.known.clear()


def test_a_newcomer_makes_a_project_brings_answers_in_and_sees_how_it_goes(see, researcher):
    page = see(researcher)
    page.goto(HOME)
    page.get_by_role("link", name="New project").first.click()
    page.get_by_role("link", name="What is it worth?").click()
    page.get_by_label("Name", exact=True).fill("Worth of answers")
    page.get_by_label("Guidelines").fill("Say what it is **worth to you**.")
    expect(page.get_by_role("region", name="As annotators see it").locator("strong")).to_have_text("worth to you")
    page.get_by_label("Currency").fill("EUR")
    page.get_by_role("button", name="Make it a draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Worth of answers")
    expect(page.get_by_text("There is nothing to judge yet")).to_be_visible()
    page.get_by_role("link", name="Bring in a file").click()
    expect(page.get_by_role("heading", name="Bring in prompts and answers")).to_be_visible()
    page.get_by_role("link", name="Overview").click()
    page.get_by_role("button", name="Open it").click()
    expect(page.locator(".page-head").get_by_text("Open", exact=True)).to_be_visible()
    made = Project.objects.get()
    assert (made.status, made.kinds, made.settings["currency"]) == ("open", ["cardinal"], "EUR")


def test_settings_that_do_not_apply_are_folded_away(see, researcher):
    page = see(researcher)
    page.goto(f"{HOME}new/?start=better")
    money = page.locator("details", has=page.get_by_text("Money", exact=True))
    expect(money).to_be_hidden()
    page.get_by_role("checkbox", name="What it is worth").check()
    expect(money).to_be_visible()
    page.get_by_role("checkbox", name="What it is worth").uncheck()
    expect(money).to_be_hidden()


def test_a_fault_is_shown_where_it_is(see, researcher):
    page = see(researcher)
    page.goto(f"{HOME}new/?start=better")
    page.get_by_label("Name", exact=True).fill("One")
    page.get_by_text("The queue", exact=True).click()
    page.get_by_label("Tasks held by one person").fill("99")
    see.fault.known = "422"  # that is how it is refused
    page.get_by_role("button", name="Make it a draft").click()
    expect(page.get_by_text("less than or equal to 10")).to_be_visible()


def test_the_overview_follows_what_comes_in_and_rests_while_hidden(see, researcher, project, add_task, worker):
    add_task("a")
    add_task("b")
    page = see(researcher)
    page.clock.install()
    page.goto(f"{HOME}{project.pk}/")
    expect(page.get_by_text("0 of 2")).to_be_visible()
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    worker("ann").do()
    labels.kept.known.clear()
    page.clock.run_for(16_000)
    expect(page.get_by_text("0 of 2")).to_be_visible()
    page.evaluate("Object.defineProperty(document, 'hidden', { value: false, configurable: true })")
    page.clock.run_for(16_000)
    expect(page.get_by_text("1 of 2")).to_be_visible()


def test_guidelines_are_rewritten_beside_their_preview(see, researcher, project):
    page = see(researcher)
    page.goto(f"{HOME}{project.pk}/guidelines/")
    page.get_by_role("link", name="Write a new version").click()
    page.get_by_label("Guidelines").fill("Be kind.")
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.locator(".changes ins")).to_have_text("kind")
    expect(page.locator(".changes del")).to_have_text("fair")


def test_what_was_deleted_is_brought_back(see, researcher, project):
    page = see(researcher)
    page.goto(f"{HOME}{project.pk}/settings/")
    page.get_by_role("link", name="Delete", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Delete “Helpfulness”?")
    page.get_by_role("main").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Projects")
    page.goto("/w/home/deleted/")
    page.get_by_role("button", name="Bring back").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Helpfulness")


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_every_page_is_accessible_and_fits(see, admin, project, add_task, worker, axe, fits, width, theme):
    for name in "abcd":
        add_task(name, overlap=2)
    ann = worker("ann")
    ann.do()
    ann.skip(ann.next(), "unclear: a-very-long-word-without-any-break-in-it-that-somebody-wrote-as-the-reason")
    page = see(admin, width=width, theme=theme)
    own = f"{HOME}{project.pk}/"
    pages = [
        HOME,
        "/w/home/deleted/",
        f"/w/home/deleted/project/{project.pk}/",
        f"{HOME}new/",
        f"{HOME}new/?start=rate",
    ]
    for address in [
        *pages,
        own,
        *(own + part for part in ("guidelines/", "guidelines/edit/", "settings/", "clone/", "overlap/")),
    ]:
        page.goto(address)
        axe(page)
        fits(page)


def test_every_tab_of_a_project_can_be_read_without_scrolling(see, admin, project):
    page = see(admin)
    page.goto(f"{HOME}{project.pk}/tasks/")
    tabs = page.locator(".tabs")
    expect(tabs.get_by_role("link", name="Settings")).to_be_visible()
    assert tabs.evaluate("tabs => tabs.scrollWidth <= tabs.clientWidth")
    page.get_by_role("link", name="Order of the tasks").click()
    expect(page.get_by_role("heading", name="Order of the tasks")).to_be_visible()
    expect(tabs.get_by_role("link", name="Tasks")).to_have_attribute("aria-current", "page")
