"""The page that says which model is better, in a browser: empty, at the press of a button, and with figures."""

import os
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from accounts.models import Annotator
from annotation import projects
from annotation.sources import computing
from tests.annotation.quality.made import Made

pytestmark = pytest.mark.django_db(transaction=True)
BOTH = pytest.mark.parametrize("width, theme", [(1280, "light"), (390, "dark")])
NAMES = ("careful-7b", "fluent-7b", "old-3b")


@pytest.fixture
def project(researcher, monkeypatch):
    monkeypatch.setattr("jobs.rings.ring", lambda job: True)
    wish = projects.Wish(name="Helpfulness", guidelines="Be fair.", kinds=["pairwise", "cardinal"])
    return projects.create(scope=researcher.scope, wish=wish)


@pytest.fixture
def address(project):
    return f"/w/{project.workspace.slug}/projects/{project.pk}/models/"


@pytest.fixture
def judged(project):
    """Fluent answers are a little better often; careful ones are much better seldom."""
    made, random = Made(project, people=6), np.random.default_rng(0)
    for number in range(36):
        task, responses = made.task("cardinal", number, 2)
        names = [NAMES[0], NAMES[2]] if number % 3 == 0 else [NAMES[0], NAMES[1]]
        for response, name in zip(responses, names, strict=True):
            response.source = name
            response.save()
        gap = 2 if number % 3 == 0 else 14 if number % 4 == 1 else -1
        for person in random.choice(6, 2, replace=False):
            value = gap + random.normal(0, 0.5)
            preferred = str(responses[0 if value > 0 else 1].pk)
            shown = [int(place) for place in random.permutation(2)]
            made.say(task, int(person), {"preferred": preferred, "amount": f"{abs(value):.2f}"}, shown)
    return Annotator.objects.filter(workspace=project.workspace)


def test_it_is_made_at_the_press_of_a_button_and_shown_when_it_is_there(
    see, researcher, judged, address, finish_jobs, axe
):
    page = see(researcher)
    page.goto(address)
    expect(page.get_by_text("Nothing compared yet")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Compare the models").click()
    expect(page.locator("#models-progress")).to_be_visible()
    finish_jobs()
    expect(page.get_by_role("heading", name="By order: who wins")).to_be_visible()
    expect(page.get_by_role("button", name="Compare again")).to_be_visible()


@BOTH
def test_order_and_money_stand_side_by_side_and_lead_to_what_decides(
    see, researcher, project, judged, address, finish_jobs, axe, fits, width, theme
):
    computing.start(scope=researcher.scope, project=project, snapshot=None)
    finish_jobs()
    page = see(researcher, width=width, theme=theme)
    page.goto(address)
    expect(page.get_by_role("heading", name="In money: by how much")).to_be_visible()
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"models-{width}-{theme}.png", full_page=True)
    axe(page)
    fits(page)
    expect(page.get_by_text("“careful-7b” is worth").first).to_be_visible()
    page.get_by_role("link", name="What decides").last.click()
    expect(page.locator("#deciding article").first).to_be_visible()
    page.locator("#deciding article a").first.click()
    page.wait_for_url("**/tasks/**")
