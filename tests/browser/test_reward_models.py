"""Reward models in a real browser: learned, read, approved and asked, at both widths and in both themes."""

import time

import pytest
from playwright.sync_api import expect

from rewardmodels import places
from rewardmodels.models import RewardModel
from tests.rewardmodels.conftest import backbone, folders, freeze, learned, scorer, snapshot, wish

__all__ = ["backbone", "folders", "freeze", "learned", "scorer", "snapshot", "wish"]  # fixtures of that floor
pytestmark = pytest.mark.django_db(transaction=True)
HOME = "/w/home/reward-models/"


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_every_page_is_accessible_and_fits(see, researcher, learned, axe, fits, width, theme):
    page = see(researcher, width=width, theme=theme)
    for address in (HOME, f"{HOME}new/", f"{HOME}{learned.pk}/"):
        page.goto(address)
        axe(page)
        fits(page)
    expect(page.locator("#reliability canvas")).to_be_visible()


def test_a_model_is_asked_for_in_the_form(see, researcher, snapshot, backbone):
    page = see(researcher)
    page.goto(HOME)
    page.get_by_role("link", name="Learn a reward model").first.click()
    page.get_by_label("Name").fill("Courtesy")
    page.get_by_label("Backbone").fill(backbone)
    page.get_by_role("button", name="Learn it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Courtesy")
    page.get_by_role("link", name="Follow its job").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Learn a reward model")
    assert RewardModel.objects.get().backbone == backbone


def test_a_model_is_approved_with_a_reason(see, researcher, learned):
    page = see(researcher)
    page.goto(f"{HOME}{learned.pk}/")
    page.get_by_label("Why").fill("It beats both simple rules.")
    page.get_by_role("button", name="Change the standing").click()
    expect(page.get_by_text("It beats both simple rules.")).to_be_visible()
    expect(page.locator(".page-head").get_by_text("Approved")).to_be_visible()


def warm(scorer, model):
    """Have the model in memory: a page that is told to wait is a 503, which the browser counts as a fault."""
    asked = {"ask": "score", "model": str(model.pk), "folder": str(places.folder_of(model.pk)), "sha256": model.sha256}
    while scorer.answer({**asked, "items": [{"prompt": "a", "response": "b"}]})["state"] == "loading":
        time.sleep(0.05)


def test_two_answers_are_compared(see, researcher, learned, scorer):
    warm(scorer, learned)
    page = see(researcher)
    page.goto(f"{HOME}{learned.pk}/")
    page.get_by_label("Prompt").fill("hello")
    page.get_by_label("First answer").fill("please thank you")
    page.get_by_label("Second answer").fill("no no no")
    page.get_by_role("button", name="Score").click()
    expect(page.get_by_text("Chance that the first is preferred")).to_be_visible()
