"""My work: what is left for me, how fast I am, how long I worked, and why there is nothing to do."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from accounts.models import Group
from annotation.desk import work
from annotation.models import Assignment, JudgmentVersion, Project

pytestmark = pytest.mark.django_db


def test_what_is_left_falls_with_what_i_do(desk, add_task):
    for number in range(4):
        add_task(f"Task {number}")
    assert desk.place.left == 4
    desk.judge()
    assert (desk.place.left, desk.place.judged) == (3, 1)


def test_a_task_in_my_hands_is_still_left_for_me(desk, add_task):
    add_task("One")
    desk.take()
    assert desk.place.left == 1


def test_what_others_did_is_not_left_for_me(desk, desk_of, add_task):
    add_task("One")
    add_task("Two")
    desk_of("bob").judge()
    assert desk.place.left == 1


def test_a_task_that_comes_back_behind_me_is_left_for_me_again(desk, desk_of, add_task):
    add_task("One")
    add_task("Two")
    bob = desk_of("bob")
    bob.take()
    desk.judge()  # the second: the first is in bob's hands
    assert desk.place.left == 0
    bob.skip()
    assert desk.place.left == 1


def test_what_i_skipped_is_not_left_for_me(desk, add_task):
    add_task("One")
    desk.skip()
    assert desk.place.left == 0


def test_beyond_a_thousand_nobody_counts(desk, add_task, monkeypatch):
    monkeypatch.setattr(work, "MOST_LEFT", 2)
    for number in range(5):
        add_task(f"Task {number}")
    assert desk.place.is_more
    desk.judge()
    assert desk.place.is_more
    assert desk.place.left_words == "more than 2"


def test_the_bound_of_the_project_is_a_bound_on_what_is_left(desk, project, add_task):
    project.settings = {"most_per_person": 2}
    project.save()
    for number in range(5):
        add_task(f"Task {number}")
    assert desk.place.left == 2
    desk.judge()
    desk.judge()
    assert "all 2 judgments" in desk.place.why_not


def test_my_pace_is_the_median_and_my_time_the_sum(desk, add_task):
    for number, duration in enumerate([2_000, 4_000, 60_000]):
        add_task(f"Task {number}")
        desk.say(desk.take(), duration_ms=duration)
    add_task("Left")
    assert desk.place.pace_ms == 4_000
    assert desk.place.milliseconds == 66_000
    assert desk.place.remaining_ms == 4_000


def test_days_are_the_last_seven_with_today_first(desk, add_task):
    add_task("One")
    desk.judge()
    mine = work.of(desk.scope)
    assert [day.date for day in mine.days] == [now().date() - timedelta(days=back) for back in range(7)]
    assert (mine.today.judgments, mine.today.milliseconds) == (1, 4_000)
    assert sum(day.judgments for day in mine.days[1:]) == 0


@pytest.mark.parametrize("status, words", [("paused", "Paused"), ("closed", "Closed")])
def test_a_project_that_rests_says_why(desk, project, add_task, status, words):
    add_task("One")
    desk.judge()
    Project.objects.update(status=status)
    assert words in desk.place.why_not


def test_a_closed_project_that_i_never_worked_in_is_not_shown(desk, project):
    Project.objects.update(status="closed")
    assert work.of(desk.scope).places == []


def test_a_project_of_another_group_is_not_mine(researcher, project, add_task):
    add_task("One")
    project.groups.add(Group.objects.create(workspace=project.workspace, name="Doctors"))
    assert work.of(researcher.scope).places == []


def test_the_page_shows_it_and_leads_on(desk, add_task):
    add_task("One")
    add_task("Two")
    desk.judge()
    page = desk.member.browser.get("/w/home/work/").content.decode()
    assert f"/w/home/projects/{desk.project.pk}/label/" in page
    assert "4.0 s" in page


def test_the_history_shows_my_judgments_and_nobody_elses(desk, desk_of, add_task):
    add_task("Mine?")
    desk.judge()
    add_task("Theirs?")
    desk_of("bob").judge()
    page = desk.member.browser.get("/w/home/work/history/").content.decode()
    assert "Mine?" in page
    assert "Theirs?" not in page
    assert "Equally good" in page


def test_the_history_tells_the_side_as_it_was_shown(desk, add_task):
    add_task("One")
    offer = desk.take()
    desk.say(offer, preferred=offer.responses[1]["id"])
    assert "Answer 2" in desk.member.browser.get("/w/home/work/history/").content.decode()


def test_the_history_is_filtered_by_project(desk, add_task):
    add_task("Mine?")
    desk.judge()
    none = "00000000-0000-4000-8000-000000000000"
    assert "Mine?" in desk.member.browser.get(f"/w/home/work/history/?project={desk.project.pk}").content.decode()
    assert "Mine?" not in desk.member.browser.get(f"/w/home/work/history/?project={none}").content.decode()
    assert "Mine?" in desk.member.browser.get("/w/home/work/history/?project=nonsense").content.decode()


def test_the_history_never_tells_that_a_task_was_a_check(desk, add_task):
    add_task("One")
    desk.judge()
    before = desk.member.browser.get("/w/home/work/history/").content
    Assignment.objects.update(purpose="gold", holds_place=False)
    after = desk.member.browser.get("/w/home/work/history/").content
    assert strip(before) == strip(after)


def strip(page):
    """Without what differs between any two requests."""
    text = page.decode()
    return text[text.index("<tbody>") : text.index("</tbody>")]


def test_time_spent_on_corrections_counts(desk, add_task):
    add_task("One")
    said = desk.judge()
    body = {"answer": {"preferred": None, "both_bad": True}, "duration_ms": 1_500}
    assert desk.api.patch(f"/api/v1/judgments/{said.id}/", body).status_code == 200
    assert JudgmentVersion.objects.count() == 2
    assert desk.place.milliseconds == 5_500
    assert work.of(desk.scope).today.judgments == 1
