"""Trying a project's page: the same keys, the same checks, the row shown, nothing written."""

import pytest
from playwright.sync_api import expect

from annotation.models import Assignment, Judgment
from tests.annotation.conftest import add_task, project  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_a_pair_is_tried_by_keyboard(see, reviewer, project, axe, fits, width, theme):  # noqa: F811
    page = see(reviewer, width=width, theme=theme)
    page.goto(f"/w/home/projects/{project.pk}/try/")
    expect(page.get_by_text("How do I boil an egg")).to_be_visible()
    expect(page.get_by_text("Nothing that you do here is written")).to_be_visible()
    axe(page)
    fits(page)
    page.keyboard.press("1")
    expect(page.get_by_role("dialog")).to_contain_text('"kind": "pairwise"')
    axe(page, "dialog[open]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("z")
    expect(page.locator("[data-part=message]")).to_contain_text("Taken back")
    assert not Assignment.objects.exists()
    assert not Judgment.objects.exists()


def test_an_amount_is_shown_with_what_is_kept_beside_it(see, reviewer, project, add_task):  # noqa: F811
    project.kinds = ["cardinal"]
    project.save()
    add_task("How long is a day?", kind="cardinal")
    page = see(reviewer)
    page.goto(f"/w/home/projects/{project.pk}/try/")
    expect(page.get_by_text("How long is a day?", exact=True)).to_be_visible()
    page.keyboard.press("1")
    page.locator("input[data-amount]").fill("2.50")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text('"amount": "2.50"')
    expect(page.get_by_role("dialog")).to_contain_text("amount_low")
