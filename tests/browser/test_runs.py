"""Runs in a real browser: thresholds chosen by looking, a run begun, followed, read and compared."""

import pytest
from playwright.sync_api import expect

from rewardmodels.models import RewardModel
from tests import samples
from tests.rewardmodels.conftest import backbone, freeze, learned, snapshot, wish
from tests.training.conftest import folders, models, policy
from training.models import Run

__all__ = ["backbone", "folders", "freeze", "learned", "models", "policy", "snapshot", "wish"]  # of those floors
pytestmark = pytest.mark.django_db(transaction=True)
HOME = "/w/home/runs/"
PATIENCE = 60_000  # milliseconds; a fragment asks every few seconds, and the machine may be busy


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_every_page_is_accessible_and_fits(see, researcher, stranger, axe, fits, width, theme):
    world = samples.World(researcher.membership.workspace, {"admin": researcher}, stranger)
    runs = [samples.training.run(world, researcher) for _ in range(2)]
    RewardModel.objects.update(standing="candidate", trained_at="2026-01-01T00:00:00Z", sha256="a" * 64, unit="logit")
    page = see(researcher, width=width, theme=theme)
    both = "&".join(f"run={pk}" for pk in runs)
    for address in (HOME, f"{HOME}new/", f"{HOME}new/?algorithm=dpo", f"{HOME}{runs[0]}/", f"{HOME}compare/?{both}"):
        page.goto(address)
        axe(page)
        fits(page)
    expect(page.locator("#curve-1 canvas")).to_be_visible()


@pytest.mark.expects_faults  # the page loads itself anew, perhaps while its curves are on their way
def test_from_a_look_at_the_reference_to_a_run_that_is_over(see, researcher, learned, policy, finish_jobs):
    RewardModel.objects.update(standing="approved")
    page = see(researcher)
    page.goto(HOME)
    page.get_by_role("link", name="Begin a run").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Begin a run")
    page.locator("#id_name").fill("Kinder")
    page.locator("#id_policy").fill(policy)
    page.locator("#id_prompts").select_option("records")
    page.locator("#id_records").fill("hello 1\nhello 2\nhello 3")
    for name, value in (("prompts", "2"), ("samples", "2"), ("max_new_tokens", "6")):
        page.locator(f"#id_settings-{name}").fill(value)
    page.get_by_text("Advanced settings").click()
    page.locator("#id_settings-max_prompt").fill("24")
    page.get_by_label("Take it in").check()
    page.locator("[id^=id_part-][id$=-weight]").fill("1")
    page.get_by_role("button", name="Look at the reference").click()
    expect(page.locator("#look").get_by_text("Waiting for a worker")).to_be_visible(timeout=PATIENCE)
    finish_jobs()
    expect(page.get_by_role("button", name="Look again")).to_be_enabled(timeout=PATIENCE)
    page.locator("[id$=-at_most]").fill("50")
    page.locator("[id$=-at_most]").blur()
    expect(page.locator("#look li").filter(has_text="100 % of reference samples")).to_be_visible(timeout=PATIENCE)
    page.locator("#id_steps").fill("2")
    page.get_by_role("button", name="Begin it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kinder", timeout=PATIENCE)
    finish_jobs()
    expect(page.get_by_text("All 2 steps were taken.")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("heading", name="Samples")).to_be_visible()
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Download step 2").click()
    assert fetched.value.suggested_filename == "kinder-2.tar"
    assert Run.objects.get().components.get().bounds.get().quantile == 1.0
