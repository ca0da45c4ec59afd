"""Texts that were marked as harmful: the next task says so as a whole, and lists do not show them."""

import pytest
from django.utils.timezone import now

from annotation.desk import covers, wishes
from annotation.models import Assignment, Prompt, Response

pytestmark = pytest.mark.django_db

MARKED = [{"harmful": True}, {"harmful": "yes"}, {"harmful": 1}, {"content_warning": "blood"}, {"harmful": ["x"]}]
UNMARKED = [{}, {"harmful": False}, {"harmful": "false"}, {"harmful": 0}, {"harmful": None}, {"content_warning": ""}]


@pytest.fixture
def next_of(desk, add_task):
    """`next_of({"harmful": True})`: the next task, its prompt or its answers with this metadata."""

    def ask(metadata=None, *, answers=None):
        task = add_task("How?")
        Prompt.objects.filter(pk=task.prompt_id).update(metadata=metadata or {})
        first = Response.objects.filter(prompt=task.prompt).order_by("text").first()
        Response.objects.filter(pk=first.pk).update(metadata=answers or {})
        return desk.api.post(f"/api/v1/projects/{desk.project.pk}/next/", {}).json()

    return ask


@pytest.mark.parametrize("metadata", MARKED)
def test_a_marked_prompt_is_told(next_of, metadata):
    assert "content_warning" in next_of(metadata)
    assert covers.is_marked(metadata)


@pytest.mark.parametrize("metadata", UNMARKED)
def test_what_is_not_marked_is_not_covered(next_of, metadata):
    assert "content_warning" not in next_of(metadata)
    assert not covers.is_marked(metadata)


def test_the_words_of_the_warning_are_told(next_of):
    assert next_of({"content_warning": "Speaks of blood"})["content_warning"] == "Speaks of blood"


def test_a_marked_answer_covers_the_task_without_telling_which(next_of):
    body = next_of(answers={"content_warning": "Speaks of blood"})
    assert body["content_warning"] == ""
    assert [set(part) for part in body["responses"]] == [{"id", "text"}] * 2


def test_the_history_does_not_show_what_is_covered(desk, next_of):
    offer = next_of({"harmful": True})
    desk.api.post(f"/api/v1/assignments/{offer['assignment']}/submit/", {"answer": {"preferred": None}})
    page = desk.member.browser.get("/w/home/work/history/").content.decode()
    assert "How?" not in page
    assert "Covered" in page


def test_who_wishes_everything_covered_has_a_covered_history(desk, add_task):
    add_task("How?")
    desk.judge()
    assert "How?" in desk.member.browser.get("/w/home/work/history/").content.decode()
    wishes.cover(scope=desk.scope, everything=True)
    assert "How?" not in desk.member.browser.get("/w/home/work/history/").content.decode()


def test_the_history_does_not_show_what_was_taken_down(desk, add_task):
    add_task("How?")
    desk.judge()
    Prompt.objects.update(taken_down_at=now())
    page = desk.member.browser.get("/w/home/work/history/").content.decode()
    assert "How?" not in page
    assert "?judgment=" not in page


def test_the_wish_is_kept_by_a_form(desk):
    desk.member.browser.post("/w/home/work/cover/", {"cover": "on"})
    assert wishes.of(desk.scope).covers_everything
    desk.member.browser.post("/w/home/work/cover/", {})
    assert not wishes.of(desk.scope).covers_everything


def test_a_wish_is_told_to_the_page_and_to_nobody_else(desk, desk_of):
    wishes.cover(scope=desk.scope, everything=True)
    address = f"/w/home/projects/{desk.project.pk}/label/"
    assert '"coversAll": true' in desk.member.browser.get(address).content.decode()
    assert '"coversAll": false' in desk_of("bob").member.browser.get(address).content.decode()


def test_a_project_may_cover_every_text(desk):
    desk.project.settings = {"covers": "all"}
    desk.project.save()
    page = desk.member.browser.get(f"/w/home/projects/{desk.project.pk}/label/").content.decode()
    assert '"coversAll": true' in page


@pytest.mark.parametrize("status, why", [("paused", "paused"), ("closed", "closed")])
def test_a_project_that_gives_nothing_out_says_why(desk, status, why):
    desk.project.status = status
    desk.project.save()
    answer = desk.api.post(f"/api/v1/projects/{desk.project.pk}/next/", {})
    assert (answer.status_code, answer["X-Why"]) == (204, why)


def test_who_has_made_all_they_may_is_told_so(desk, add_task):
    desk.project.settings = {"most_per_person": 1}
    desk.project.save()
    add_task("One")
    add_task("Two")
    desk.judge()
    assert desk.api.post(f"/api/v1/projects/{desk.project.pk}/next/", {})["X-Why"] == "most"


def test_skipping_as_harmful_leaves_no_trace_in_my_figures(desk, add_task):
    add_task("One")
    add_task("Two")
    desk.judge()
    before = desk.place
    desk.skip("harmful")
    assert Assignment.objects.filter(state="skipped").count() == 1
    assert (desk.place.judged, desk.place.pace_ms, desk.place.milliseconds) == (
        before.judged, before.pace_ms, before.milliseconds,
    )  # fmt: skip
