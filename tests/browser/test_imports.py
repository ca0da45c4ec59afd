"""A researcher brings a file in: chosen, measured, looked at, brought in, and its bad line named."""

import json

import pytest
from playwright.sync_api import expect

from annotation.models import Task
from tests.annotation.conftest import project  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = [{"prompt": f"Question **{n}**?", "responses": [f"Good {n}.", f"Bad {n}."]} for n in range(6)]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS) + '{"prompt": "no answers"}\n')
    return path


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_a_file_is_looked_at_and_brought_in(see, researcher, project, file, finish_jobs, axe, fits, width, theme):  # noqa: F811
    page = see(researcher, width=width, theme=theme)
    page.goto(f"/w/home/projects/{project.pk}/imports/")
    page.get_by_label("A file").set_input_files(file)
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_text("6 records that can be used, 1 line that cannot")).to_be_visible()
    axe(page)
    fits(page)
    page.get_by_label("Judgments: the labels").check()
    expect(page.get_by_text("0 records that can be used, 7 lines that cannot")).to_be_visible()
    page.get_by_label("Tasks: people judge them").check()
    expect(page.get_by_text("6 records that can be used, 1 line that cannot")).to_be_visible()
    page.get_by_label("Keep the good lines").check()
    page.get_by_role("button", name="Bring it in").click()
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    finish_jobs()
    expect(page.get_by_text("1 line was refused")).to_be_visible()
    axe(page)
    fits(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download all of them").click()
    assert "7,responses," in download.value.path().read_text()
    assert Task.objects.count() == 6


def test_an_example_is_tried_with_two_clicks(see, researcher, project, finish_jobs, axe):  # noqa: F811
    page = see(researcher)
    page.goto(f"/w/home/projects/{project.pk}/imports/")
    page.get_by_text("Chosen and rejected (TRL)").click()
    page.locator("details[open]").get_by_role("button", name="Put it into the field above").click()
    axe(page)
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_text("2 of them carry labels")).to_be_visible()


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(see, researcher, project, file, settings):  # noqa: F811
    settings.MAX_UPLOAD_BYTES = 100
    page = see(researcher)
    page.goto(f"/w/home/projects/{project.pk}/imports/")
    page.get_by_label("A file").set_input_files(file)
    expect(page.get_by_role("alert")).to_contain_text("This file is larger than")
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_role("alert")).to_contain_text("This file is larger than")
    assert page.url.endswith("/imports/")


@pytest.mark.expects_faults
def test_a_file_of_another_kind_is_refused_where_it_was_chosen(see, researcher, project, tmp_path):  # noqa: F811
    wrong = tmp_path / "pairs.xlsx"
    wrong.write_bytes(b"x")
    page = see(researcher)
    page.goto(f"/w/home/projects/{project.pk}/imports/")
    page.get_by_label("A file").set_input_files(wrong)
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_role("alert")).to_contain_text("Expected a file named")


def test_pasting_needs_no_script(see, researcher, project):  # noqa: F811
    page = see(researcher, scripts=False)
    page.goto(f"/w/home/projects/{project.pk}/imports/")
    page.get_by_label("Or paste records").fill("\n".join(map(json.dumps, ROWS)))
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_text("6 records that can be used, 0 lines that cannot")).to_be_visible()
