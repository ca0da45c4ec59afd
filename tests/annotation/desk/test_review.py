"""A judgment opened again by its author, corrected within the time for it; a task taken up again."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from annotation.models import Assignment, Judgment, Project, Prompt, Task
from annotation.queue.offers import Nothing

pytestmark = pytest.mark.django_db


def opened(desk, said):
    return desk.api.get(f"/api/v1/judgments/{said.id}/task/")


def change(desk, said):
    return desk.api.patch(f"/api/v1/judgments/{said.id}/", {"answer": {"preferred": None, "both_bad": True}})


def test_it_opens_as_it_was_shown_with_what_was_said(desk, add_task):
    add_task("One")
    offer = desk.take()
    said = desk.say(offer, preferred=offer.responses[1]["id"])
    body = opened(desk, said).json()
    assert [part["id"] for part in body["responses"]] == [part["id"] for part in offer.responses]
    assert body["answer"] == {"preferred": offer.responses[1]["id"]}
    assert body["fixed"] == ""


def test_it_tells_the_one_before_and_the_one_after(desk, add_task):
    for number in range(3):
        add_task(f"Task {number}")
    first, second, third = (desk.judge() for _number in range(3))
    for number, said in enumerate((first, second, third)):
        Judgment.objects.filter(pk=said.id).update(created_at=now() + timedelta(seconds=number))
    body = opened(desk, second).json()
    assert (body["older"], body["newer"]) == (str(first.id), str(third.id))
    assert opened(desk, first).json()["older"] is None


def test_it_never_tells_that_it_was_a_check(desk, add_task):
    add_task("One")
    said = desk.judge()
    before = opened(desk, said).json()
    Assignment.objects.update(purpose="gold", holds_place=False)
    assert opened(desk, said).json() == before


def test_a_judgment_of_somebody_else_does_not_open(desk, desk_of, add_task):
    add_task("One")
    assert opened(desk_of("bob"), desk.judge()).status_code == 404


def test_what_was_taken_down_does_not_open(desk, add_task):
    add_task("One")
    said = desk.judge()
    Prompt.objects.update(taken_down_at=now())
    assert opened(desk, said).status_code == 409


def test_a_correction_is_refused_when_its_time_is_over(desk, project, add_task):
    project.settings = {"edit_seconds": 60}
    project.save()
    add_task("One")
    said = desk.judge()
    assert change(desk, said).status_code == 200
    Judgment.objects.update(created_at=now() - timedelta(seconds=61))
    answer = desk.api.patch(f"/api/v1/judgments/{said.id}/", {"answer": {"preferred": None}})
    assert answer.status_code == 409
    assert "over" in opened(desk, said).json()["fixed"]


def test_no_bound_lets_old_judgments_be_corrected(desk, project, add_task):
    project.settings = {"edit_seconds": 0}
    project.save()
    add_task("One")
    said = desk.judge()
    Judgment.objects.update(created_at=now() - timedelta(days=400))
    assert change(desk, said).status_code == 200


def test_a_closed_project_keeps_its_judgments(desk, add_task):
    add_task("One")
    said = desk.judge()
    Project.objects.update(status="closed")
    assert change(desk, said).status_code == 409
    assert "closed" in opened(desk, said).json()["fixed"]


def reopen(desk, assignment):
    return desk.api.post(f"/api/v1/assignments/{assignment.pk}/reopen/")


def test_a_task_that_was_skipped_is_taken_up_again(desk, add_task):
    task = add_task("One")
    skipped = desk.skip()
    answer = reopen(desk, skipped)
    assert answer.status_code == 200
    assert answer.json()["assignment"] == str(skipped.pk)
    task.refresh_from_db()
    assert task.open_places == 0
    assert (
        desk.api.post(f"/api/v1/assignments/{skipped.pk}/submit/", {"answer": {"preferred": None}}).status_code == 201
    )


def test_a_task_that_others_have_is_not_taken_up_again(desk, desk_of, add_task):
    add_task("One")
    skipped = desk.skip()
    desk_of("bob").take()
    assert reopen(desk, skipped).status_code == 409
    assert Task.objects.get().open_places == 0


def test_taking_up_never_holds_more_than_one_may(desk, add_task):
    for number in range(4):
        add_task(f"Task {number}")
    skipped = desk.skip()
    first = desk.take()
    desk.take(first.assignment)
    assert reopen(desk, skipped).status_code == 200
    assert Assignment.objects.filter(state="open").count() == 2
    assert sum(Task.objects.values_list("open_places", flat=True)) == 2


def test_what_is_open_is_merely_shown(desk, add_task):
    add_task("One")
    offer = desk.take()
    assert reopen(desk, Assignment.objects.get()).json()["assignment"] == str(offer.assignment)
    assert Task.objects.get().open_places == 0


def test_what_was_answered_is_not_taken_up_again(desk, add_task):
    add_task("One")
    desk.judge()
    assert reopen(desk, Assignment.objects.get()).status_code == 409
    assert isinstance(desk.take(), Nothing)


def test_a_task_of_somebody_else_is_not_taken_up(desk, desk_of, add_task):
    add_task("One")
    assert reopen(desk_of("bob"), desk.skip()).status_code == 404
