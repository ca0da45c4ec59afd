"""The page on the quality of the data, in a browser: empty, while it is computed, and with figures."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from annotation import projects
from annotation.models import Judgment, QualityReport
from annotation.quality import computing
from tests.annotation.quality.made import Made

pytestmark = pytest.mark.django_db(transaction=True)
BOTH = pytest.mark.parametrize("width, theme", [(1280, "light"), (390, "dark")])


@pytest.fixture
def project(researcher, monkeypatch):
    monkeypatch.setattr("jobs.rings.ring", lambda job: True)
    wish = projects.Wish(
        name="Helpfulness", guidelines="Be fair.", kinds=["pairwise", "cardinal", "binary", "ranking", "rating"]
    )
    return projects.create(scope=researcher.scope, wish=wish)


@pytest.fixture
def address(project):
    return f"/w/{project.workspace.slug}/projects/{project.pk}/quality/"


@pytest.fixture
def computed(researcher, project, finish_jobs):
    """Two reports, nine days apart: of pairs alone, and of every kind."""
    made = Made(project, people=9)
    made.verdicts(30)
    computing.start(scope=researcher.scope, project=project)
    finish_jobs()
    QualityReport.objects.update(as_of=QualityReport.objects.get().as_of - timedelta(days=9))
    made.classes(20)
    made.amounts(12)
    made.orders(8)
    made.marks(12)
    computing.start(scope=researcher.scope, project=project)
    finish_jobs()
    return made


def test_it_is_computed_at_the_press_of_a_button_and_shown_when_it_is_there(
    see, researcher, project, address, finish_jobs, axe
):
    Made(project, people=4).verdicts(6)
    page = see(researcher)
    page.goto(address)
    expect(page.get_by_text("No figures yet")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Compute now").click()
    expect(page.locator("#quality-progress")).to_be_visible()
    expect(page.get_by_role("button", name="Compute now")).to_have_count(0)
    axe(page)
    finish_jobs()
    expect(page.get_by_role("heading", name="Do people agree?")).to_be_visible()
    expect(page.get_by_role("button", name="Compute now")).to_be_visible()


@BOTH
def test_the_figures_are_drawn_and_stand_in_tables_behind(see, reviewer, computed, address, axe, fits, width, theme):
    page = see(reviewer, width=width, theme=theme)
    page.goto(address)
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"quality-{width}-{theme}.png", full_page=True)
    axe(page)
    fits(page)
    agreement = QualityReport.objects.latest("as_of").figures["agreement"]["pairwise"]["value"]
    expect(page.locator(".span-text").first).to_contain_text(f"{agreement:.2f}".replace("-", "−"))
    expect(page.locator("#over-time .plot-mark")).to_have_count(6)
    expect(page.locator("#reliability-1 .plot-mark")).to_have_count(9)
    page.locator("#reliability-1 summary").click()
    expect(page.locator("#reliability-1 tbody tr")).to_have_count(9)
    expect(page.get_by_role("button", name="Compute now")).to_have_count(0)


def test_disputed_tasks_and_annotators_lead_on(see, researcher, computed, address):
    page = see(researcher)
    page.goto(address)
    page.get_by_role("link", name="Labels").click()
    expect(page.locator("#annotators tbody tr")).to_have_count(9)
    page.locator("#annotators tbody a").first.click()
    page.wait_for_url("**/annotators/**")
    page.go_back()
    page.locator("section:has(#disputed) tbody a").first.click()
    page.wait_for_url("**/tasks/**")


def test_a_project_whose_judgments_are_all_withdrawn_says_so(see, researcher, project, address, finish_jobs, axe):
    from django.utils.timezone import now

    Made(project, people=3).verdicts(2)
    Judgment.objects.update(withdrawn_at=now())
    computing.start(scope=researcher.scope, project=project)
    finish_jobs()
    page = see(researcher)
    page.goto(address)
    expect(page.get_by_text("Nothing to measure yet")).to_be_visible()
    axe(page)
