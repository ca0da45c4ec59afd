"""A composition in a real browser: its weights with intervals, and what moved two scores apart."""

import pytest
from playwright.sync_api import expect

from tests.rewardmodels.asking import score
from tests.rewardmodels.conftest import backbone, folders, freeze, scorer, snapshot, wish
from tests.rewardmodels.test_compositions import composing, few_draws, learn

__all__ = ["backbone", "composing", "few_draws", "folders", "freeze", "learn", "scorer", "snapshot", "wish"]
pytestmark = pytest.mark.django_db(transaction=True)
HOME = "/w/home/reward-models/"


def test_its_page_and_form_are_accessible_fit_and_say_what_moved_a_score(
    see, researcher, learn, composing, scorer, axe, fits
):
    model, job = learn(composing(ratings=False))
    assert job.state == "succeeded", job.error
    score(researcher.api, model.pk, [{"prompt": "a", "response": "b"}])  # now it is in memory
    for width, theme in ((1280, "dark"), (390, "light")):
        page = see(researcher, width=width, theme=theme)
        page.goto(f"{HOME}new/?kind=compositional")
        axe(page)
        fits(page)
        page.goto(f"{HOME}{model.pk}/")
        weights = page.get_by_role("figure", name="Weights of the features")
        expect(weights.get_by_text("vocabulary (writing)")).to_be_visible()
        assert weights.locator("circle").first.bounding_box()["width"] > 0
        page.get_by_label("Prompt").fill("hello")
        page.get_by_label("First answer").fill("please thank you")
        page.get_by_label("Second answer").fill("no no no")
        page.get_by_role("button", name="Score").click()
        moved = page.get_by_role("figure", name="What sets the first apart from the second")
        expect(moved.get_by_text("vocabulary (writing)")).to_be_visible()
        page.mouse.move(0, 0)  # a hovered button is judged by its own colours
        axe(page)
        fits(page)
