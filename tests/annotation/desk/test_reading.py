"""Which guidelines a person has read, and which words changed since."""

import pytest

from annotation import projects
from annotation.desk import reading
from annotation.models import Reading
from annotation.projects import Wish

pytestmark = pytest.mark.django_db


def news(desk):
    return reading.news(scope=desk.scope, project=desk.project)


def rewrite(researcher, desk, text):
    projects.change(scope=researcher.scope, project=desk.project, wish=Wish(guidelines=text))


def read(desk, version):
    return desk.api.post(f"/api/v1/projects/{desk.project.pk}/readings/", {"version": version})


def test_guidelines_are_due_until_they_were_read(desk):
    assert news(desk).is_due
    assert read(desk, 1).status_code == 201
    assert not news(desk).is_due


def test_reading_twice_is_remembered_once(desk):
    assert [read(desk, 1).status_code for _time in range(2)] == [201, 201]
    assert Reading.objects.count() == 1


def test_a_version_that_is_not_there_was_not_read(desk):
    assert read(desk, 7).status_code == 404


def test_a_new_version_shows_what_changed_word_by_word(desk, researcher):
    read(desk, 1)
    rewrite(researcher, desk, "Be very fair.")
    due = news(desk)
    assert due.is_due
    assert due.read_version == 1
    assert [(piece.text, piece.kind) for piece in due.pieces] == [
        ("Be", "same"), (" very", "added"), (" fair.", "same"),
    ]  # fmt: skip


def test_versions_that_were_skipped_are_compared_with_what_was_read(desk, researcher):
    read(desk, 1)
    rewrite(researcher, desk, "Be kind.")
    rewrite(researcher, desk, "Be fair and kind.")
    assert [piece.text for piece in news(desk).pieces if piece.kind == "added"] == [" and kind"]


def test_new_terms_under_the_same_text_need_no_reading(desk, researcher):
    read(desk, 1)
    projects.change(scope=researcher.scope, project=desk.project, wish=Wish(settings={"graded": True}))
    assert not news(desk).is_due


def test_empty_guidelines_are_never_due(desk, researcher):
    rewrite(researcher, desk, "")
    assert not news(desk).is_due


def test_my_work_tells_that_guidelines_changed(desk, researcher, add_task):
    add_task("One")
    read(desk, 1)
    assert not desk.place.has_news
    rewrite(researcher, desk, "Be kind.")
    assert desk.place.has_news


def test_the_fragment_marks_what_was_added_and_removed(desk, researcher):
    read(desk, 1)
    rewrite(researcher, desk, "Be kind.")
    html = desk.member.browser.get(f"/w/home/projects/{desk.project.pk}/label/guidelines/").content.decode()
    assert "<ins>kind</ins>" in html
    assert "<del>fair</del>" in html
