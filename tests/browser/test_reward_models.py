"""Reward models in a real browser: learned, read, approved and asked, at both widths and in both themes."""

import pytest
from playwright.sync_api import expect

from rewardmodels.models import RewardModel
from tests.rewardmodels.conftest import backbone, folders, freeze, learned, rows, scorer, snapshot, wish

__all__ = ["backbone", "folders", "freeze", "learned", "scorer", "snapshot", "wish"]  # fixtures of that floor
pytestmark = pytest.mark.django_db(transaction=True)
HOME = "/w/home/reward-models/"


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_every_page_is_accessible_and_fits(see, researcher, learned, axe, fits, width, theme):
    page = see(researcher, width=width, theme=theme)
    one = f"{HOME}{learned.pk}/"
    for address in (HOME, f"{HOME}new/", f"{HOME}import/", f"{HOME}ask/", f"{one}batches/", f"{one}judgments/", one):
        page.goto(address)
        axe(page)
        fits(page)
    expect(page.locator("#reliability canvas")).to_be_visible()


@pytest.mark.expects_faults  # the page loads itself anew, perhaps while its curves are on their way
def test_from_a_snapshot_to_an_approved_model_to_a_score(see, researcher, snapshot, backbone, finish_jobs, scorer):
    page = see(researcher)
    page.goto(HOME)
    page.get_by_role("link", name="Learn a reward model").first.click()
    page.locator("#id_name").fill("Courtesy")
    page.locator("#id_backbone").fill(backbone)
    page.get_by_text("Advanced settings").click()
    page.locator("#id_settings-max_length").fill("48")
    page.locator("#id_settings-weight_decay").fill("0.5")
    page.get_by_role("button", name="Learn it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Courtesy")
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    finish_jobs()
    expect(page.get_by_role("heading", name="Figures")).to_be_visible()  # the page has loaded itself anew
    page.get_by_label("Why").fill("It beats both simple rules.")
    page.get_by_role("button", name="Change the standing").click()
    expect(page.locator(".page-head").get_by_text("Approved")).to_be_visible()
    expect(page.get_by_text("It beats both simple rules.")).to_be_visible()
    page.get_by_role("link", name="Ask several models at once").click()
    page.wait_for_url("**/ask/**")  # the page before has fields of the same names
    page.get_by_label("Prompt").fill("hello")
    page.get_by_label("First answer").fill("please thank you")
    page.get_by_label("Second answer").fill("no no no")
    page.get_by_role("button", name="Score").click()
    expect(page.get_by_text("Chance that the first is preferred")).to_be_visible()
    model = RewardModel.objects.get()
    assert (model.backbone, model.standing, model.settings["max_length"]) == (backbone, "approved", 48)


def test_what_was_typed_stays_when_another_snapshot_is_chosen(see, researcher, snapshot, freeze):
    freeze([{**row, "split": "test"} for row in rows(10)])
    page = see(researcher, width=390)
    page.goto(f"{HOME}new/")
    expect(page.get_by_text("training split of this snapshot is empty")).to_be_visible()  # the newest stands first
    page.locator("#id_name").fill("Mine")
    page.locator("#id_backbone").fill("somewhere/else")
    page.locator("#id_snapshot").select_option(str(snapshot.pk))
    expect(page.get_by_text("finds 24 judgments here")).to_be_visible()
    expect(page.locator("#id_name")).to_have_value("Mine")
    expect(page.locator("#id_backbone")).to_have_value("somewhere/else")


def test_a_file_is_scored_and_its_scores_fetched(see, researcher, learned, finish_jobs, tmp_path):
    file = tmp_path / "answers.jsonl"
    file.write_text('{"prompt": "hello", "response": "please"}\n{"prompt": "hello"}\n')
    page = see(researcher)
    page.goto(f"{HOME}{learned.pk}/")
    page.get_by_role("link", name="Score many answers").click()
    page.get_by_label("A file").set_input_files(file)
    page.get_by_role("button", name="Score them").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Scores")
    finish_jobs()
    expect(page.get_by_text("1 answer was scored")).to_be_visible()
    expect(page.get_by_role("heading", name="Not scored")).to_be_visible()
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Download the scores").click()
    assert '"reward"' in fetched.value.path().read_text()
