"""Studies in a real browser: one is chosen, its estimate read, begun, and its curves looked at."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import intercept

pytestmark = pytest.mark.django_db(transaction=True)
HOME = "/w/home/studies/"
PATIENCE = 60_000  # milliseconds; a fragment asks every few seconds, and the machine may be busy


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.DATA_DIR = tmp_path


@pytest.mark.expects_faults  # the page loads itself anew
def test_from_the_choice_of_a_study_to_its_curves(see, researcher, finish_jobs, axe, fits):
    page = see(researcher, width=390, theme="dark")
    page.goto(HOME)
    page.get_by_role("link", name="Begin a study").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Begin a study", timeout=PATIENCE)
    page.get_by_label("Study", exact=True).select_option("ensembles")
    expect(page.locator("#id_settings-members")).to_have_value("5", timeout=PATIENCE)
    page.get_by_label("How much of it").select_option("smoke")
    expect(page.locator("#id_settings-members")).to_have_value("3", timeout=PATIENCE)
    expect(page.locator("#forecast")).to_contain_text("Estimated:")
    before = page.locator("#forecast").inner_text()
    page.locator("#id_settings-seeds").fill("1")
    page.locator("#id_settings-seeds").blur()
    expect(page.locator("#forecast")).not_to_have_text(before, timeout=PATIENCE)
    page.get_by_role("button", name="Begin it").click()
    expect(page.get_by_text("Waiting for a worker")).to_be_visible(timeout=PATIENCE)
    finish_jobs()
    expect(page.get_by_role("heading", name="How it came out")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("figure.plot svg.plot-area").first).to_be_visible()
    page.locator("figure.plot summary").first.click()
    expect(page.get_by_role("columnheader", name="95 % interval").first).to_be_visible()
    axe(page)
    fits(page)


def test_what_was_chosen_before_the_scripts_came_counts(see, researcher):
    page, late = see(researcher), []
    page.goto(HOME)
    intercept(page, "**/htmx.min*.js", late.append)
    page.goto(HOME + "new/", wait_until="commit")
    expect(page.get_by_role("heading", level=1)).to_have_text("Begin a study")
    page.evaluate("document.getElementById('id_kind').focus()")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Study", exact=True)).to_have_value("ensembles")
    assert page.locator("#id_settings-members").count() == 0
    late[0].continue_()
    expect(page.locator("#id_settings-members")).to_have_value("5")
