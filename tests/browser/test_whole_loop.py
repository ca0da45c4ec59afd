"""The whole loop through the pages: a researcher and two annotators, from the first prompts to the second round."""

import re

import pytest
from playwright.sync_api import expect

from annotation.models import Judgment, Response
from rewardmodels.models import RewardModel
from tests.browser.test_labelling import sent
from tests.conftest import make_member
from tests.rewardmodels.conftest import backbone
from tests.training.conftest import folders, models, policy
from training.models import Campaign, Run

__all__ = ["backbone", "folders", "models", "policy"]  # of those floors
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PROMPTS = "\n".join(f"hello {number}" for number in range(30))
SMALL = {
    "asked": "20", "compared": "6", "overlap": "2", "reward_length": "48", "steps": "2", "step_prompts": "2",
    "samples": "2", "max_new_tokens": "6", "max_prompt": "24",
}  # fmt: skip


@pytest.fixture
def people(workspace, annotator):
    """Two who label."""
    return [annotator, make_member(workspace, "annotator", "second@home.example")]


def begin_campaign(page, policy, backbone):
    """From the workspace's first page to a campaign whose first step waits."""
    page.goto("/w/home/")
    page.get_by_role("link", name="Campaigns").click()
    page.get_by_role("link", name="Begin a campaign").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Begin a campaign")
    page.get_by_label("Name", exact=True).fill("Kinder")
    page.get_by_label("Policy", exact=True).fill(policy)
    page.get_by_label("Prompts", exact=True).select_option("records")
    page.get_by_label("Prompts, one a line").fill(PROMPTS)
    page.get_by_label("Backbone").fill(backbone)
    for name, value in SMALL.items():
        page.locator(f"#id_{name}").fill(value)
    page.get_by_role("button", name="Begin it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kinder")


def step(page, button, title, finish_jobs=None):
    """The one button of the page that can be pressed, its job done, and the page has seen that."""
    page.get_by_role("button", name=button, exact=True).click()
    card = page.locator(".round-step", has=page.get_by_role("heading", name=title, exact=True)).first
    if finish_jobs is not None:
        expect(card).to_have_attribute("data-state", "running")
        assert [job.error for job in finish_jobs() if job.state != "succeeded"] == []
    expect(card).to_have_attribute("data-state", "done")
    return card


def label_everything(page, project):
    """All that is there for this person, the longer answer preferred; how many it was."""
    page.goto("/w/home/")
    page.get_by_role("link", name="My work").first.click()
    place = page.locator(".place", has=page.get_by_role("heading", name=project))
    place.get_by_role("link", name="Label").click()
    page.get_by_role("button", name="I have read this").click()
    expect(page.locator("dialog[open]")).to_have_count(0)
    count, over = 0, page.get_by_role("heading", name="Nothing is left for you here.")
    task = page.locator("[data-labelling][data-state=open]")
    while True:
        expect(task.or_(over).first).to_be_visible()
        if over.is_visible():
            return count
        answers = page.locator(".answer")
        expect(answers).to_have_count(2)
        lengths = [len(answers.nth(each).inner_text()) for each in range(2)]
        key = "1" if lengths[0] >= lengths[1] else "2"
        page.keyboard.press(key)
        expect(page.get_by_role("button", name=f"Answer {key} ")).to_have_attribute("aria-pressed", "true")
        page.keyboard.press("Enter")
        count += 1
        sent(page, count)


def test_from_the_first_prompts_to_the_next_round(see, researcher, people, policy, backbone, finish_jobs):
    page = see(researcher)
    desks = [see(person) for person in people]
    begin_campaign(page, policy, backbone)
    step(page, "Sample answers", "The policy answers", finish_jobs)
    asked = step(page, "Ask people", "People compare", finish_jobs)
    expect(asked.get_by_text(re.compile(r"0 of \d+ labels are there."))).to_be_visible()
    here = page.url
    counts = [label_everything(desk, "Kinder: answers") for desk in desks]
    assert counts[0] == counts[1] > 10
    page.goto(here)
    expect(page.get_by_text(f"{sum(counts)} of {sum(counts)} labels are there.")).to_be_visible()
    step(page, "Freeze the judgments", "Judgments are frozen", finish_jobs)
    learned = step(page, "Learn the reward model", "A reward is learned", finish_jobs)
    learned.get_by_role("link", name="What it made").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kinder, round 1")
    page.goto(here)
    page.get_by_label("Why", exact=True).first.fill("It tells the longer answer.")
    step(page, "Approve", "A person approves it")
    pushed = step(page, "Begin the run", "The policy is pushed", finish_jobs)
    pushed.get_by_role("link", name="What it made").click()
    expect(page.get_by_text("All 2 steps were taken.")).to_be_visible()
    page.goto(here)
    step(page, "Sample both", "New and old answer", finish_jobs)
    step(page, "Ask people", "People compare new with old", finish_jobs)
    compared = [label_everything(desk, "Kinder: new against old") for desk in desks]
    assert compared[0] == compared[1] > 1
    page.goto(here)
    expect(page.get_by_text("The new policy was preferred")).to_be_visible()
    page.get_by_label("The new one").check()
    page.get_by_label("Why", exact=True).first.fill("People like it better.")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_role("heading", name="Round 2")).to_be_visible()
    expect(page.get_by_role("button", name="Sample answers")).to_be_visible()
    run = Run.objects.get()
    assert Campaign.objects.get().rounds.get(number=2).policy == f"run:{run.pk}@{run.best_step}"
    assert run.kl == {"role": "at_most", "target": 5.0}
    assert RewardModel.objects.get().standing == "approved"
    assert Judgment.objects.count() == sum(counts) + sum(compared)
    assert Judgment.objects.values("assignment__annotator").distinct().count() == 2
    step(page, "Sample answers", "The policy answers", finish_jobs)
    step(page, "Ask people", "People compare", finish_jobs)
    assert Response.objects.filter(source__contains="round 2").exists()
