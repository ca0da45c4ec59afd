"""Looking at a task and taking a snapshot away, in Chromium: both widths, both themes, nothing for axe to find."""

import json

import pytest
from playwright.sync_api import expect

from annotation.models import Gold, Snapshot, Takedown, Task
from tests.annotation.conftest import project  # noqa: F401
from tests.annotation.snapshots.conftest import judged  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)
WIDTHS = pytest.mark.parametrize(("width", "theme"), [(1280, "dark"), (390, "light")])


@WIDTHS
def test_a_task_is_found_and_its_answer_made_known(see, researcher, project, judged, axe, fits, width, theme):  # noqa: F811
    judged("pairwise")
    page = see(researcher, width=width, theme=theme)
    page.goto(f"/w/home/projects/{project.pk}/tasks/")
    axe(page)
    fits(page)
    page.get_by_label("Words or id").fill("question 4")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Question 4?").click()
    expect(page.get_by_text("1 judgment", exact=True)).to_be_visible()
    page.get_by_text("Say what is right").click()
    page.get_by_label("Answer 1", exact=True).check()
    axe(page)
    fits(page)
    page.get_by_role("button", name="This is right").click()
    expect(page.get_by_text("The answer of this task is known now.")).to_be_visible()
    assert Gold.objects.get().task.prompt.messages[0]["content"] == "Question 4?"


def test_a_prompt_is_taken_down_after_it_was_read_what_that_reaches(see, researcher, project, judged, axe):  # noqa: F811
    judged("pairwise")
    page = see(researcher)
    page.goto(f"/w/home/projects/{project.pk}/tasks/{Task.objects.first().pk}/")
    page.get_by_role("link", name="Take its prompt down").click()
    expect(page.get_by_text("1 task asks about it")).to_be_visible()
    axe(page)
    page.get_by_label("Why").fill("It is private.")
    page.get_by_label("I have read what this reaches").check()
    page.get_by_role("button", name="Take it down").click()
    expect(page.get_by_text("goes to nobody, and into no snapshot")).to_be_visible()
    assert Takedown.objects.count() == 1


@WIDTHS
def test_judgments_are_listed(see, researcher, project, judged, axe, fits, width, theme):  # noqa: F811
    judged("pairwise")
    page = see(researcher, width=width, theme=theme)
    page.goto(f"/w/home/projects/{project.pk}/judgments/")
    expect(page.locator("tbody tr")).to_have_count(6)
    axe(page)
    fits(page)


@WIDTHS
def test_a_snapshot_is_frozen_and_taken_away(
    see, researcher, project, judged, finish_jobs, axe, fits, width, theme  # noqa: F811
):  # fmt: skip
    judged("pairwise", "binary")
    page = see(researcher, width=width, theme=theme)
    page.goto(f"/w/home/projects/{project.pk}/snapshots/")
    expect(page.get_by_text("18 judgments would go in")).to_be_visible()
    page.get_by_label("Which is better").check()
    expect(page.get_by_text("6 judgments would go in")).to_be_visible()
    axe(page)
    fits(page)
    page.get_by_label("Name").fill("First")
    page.get_by_role("button", name="Freeze").click()
    expect(page.get_by_text("It waits for a worker.")).to_be_visible()
    finish_jobs()
    expect(page.get_by_role("heading", name="Data card")).to_be_visible()
    axe(page)
    fits(page)
    page.get_by_label("Layout").select_option("preference")
    expect(page.get_by_text("Open it with TRL")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download this file").click()
    rows = [json.loads(line) for line in download.value.path().read_text().splitlines()]
    assert {tuple(row) for row in rows} == {("prompt", "chosen", "rejected")}
    page.get_by_role("button", name="Verify the hash").click()
    expect(page.get_by_text("Computing the hash anew")).to_be_visible()
    finish_jobs()
    expect(page.get_by_text("The rows still give this hash.")).to_be_visible()
    page.get_by_role("button", name="Pack an archive").click()
    expect(page.locator("#archives tbody tr")).to_have_count(1)
    finish_jobs()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download", exact=True).click()
    assert download.value.suggested_filename.startswith(Snapshot.objects.get().sha256[:12])
