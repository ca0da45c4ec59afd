"""How far votes differ, by hand-computed numbers, for each kind."""

import pytest

from annotation.adjudication import disputes
from annotation.models import Judgment, Prompt

pytestmark = pytest.mark.django_db


def found(project):
    return {dispute.task: pytest.approx(dispute.disagreement, abs=1e-9) for dispute in disputes.of(project.pk)}


def test_of_sides_it_is_the_share_of_pairs_of_votes_that_differ(project, add_task, prefer):
    two, three, alike, alone = add_task("two"), add_task("three"), add_task("alike"), add_task("alone")
    prefer(two, "a", 0), prefer(two, "b", 1)
    prefer(three, "a", 0), prefer(three, "b", 0), prefer(three, "c", None)
    prefer(alike, "a", 1), prefer(alike, "b", 1)
    prefer(alone, "a", 0)
    assert found(project) == {two.pk: 1, three.pk: 2 / 3}
    assert [one.task for one in disputes.of(project.pk)] == [two.pk, three.pk]


def test_of_one_answer_the_verdicts_count(project, add_task, vote):
    task = add_task("a", kind="binary", answers=1)
    for name, desirable in [("a", True), ("b", True), ("c", False), ("d", False)]:
        vote(task, name, {"desirable": desirable}, desirable=desirable)
    assert found(project) == {task.pk: 4 / 6}


def test_of_amounts_it_is_their_variance_against_that_of_all(project, add_task, vote):
    """Values 4, 6 and −10, 10: of all the variance is 56.75; of the first task 2, of the second 200, cut at 1."""
    near, far = add_task("near", kind="cardinal"), add_task("far", kind="cardinal")
    for task, name, place, amount in [
        (near, "a", 0, "4"),
        (near, "b", 0, "6"),
        (far, "a", 1, "10"),
        (far, "b", 0, "10"),
    ]:
        chosen = task.places.get(position=place).response_id
        answer = {"preferred": str(chosen), "amount": amount}
        vote(task, name, answer, preferred_id=chosen, amount_low=amount, amount_high=amount)
    assert found(project) == {near.pk: 2 / 56.75, far.pk: 1}


def test_of_orders_every_pair_of_responses_is_a_vote(project, add_task, vote):
    task = add_task("a", kind="ranking", answers=3)
    one, two, three = [str(place.response_id) for place in task.places.order_by("position")]
    vote(task, "a", {"order": [[one], [two], [three]]})
    vote(task, "b", {"order": [[two], [one], [three]]})
    assert found(project) == {task.pk: 1 / 3}


def test_of_marks_it_is_the_variance_against_the_largest(project, add_task, vote):
    """Clear: 1 and 5, the largest variance there is; kind: 3 and 3."""
    task = add_task("a", kind="rating", answers=1)
    vote(task, "a", {"ratings": {"clear": 1, "kind": 3}}), vote(task, "b", {"ratings": {"clear": 5, "kind": 3}})
    assert found(project) == {task.pk: 0.5}


@pytest.mark.parametrize(
    "change", [{"withdrawn_at": "2026-01-01T00:00Z"}, {"is_late": True}, {"set_aside_at": "2026-01-01T00:00Z"}]
)
def test_what_counts_nowhere_is_no_vote(project, add_task, prefer, change):
    task = add_task("a")
    prefer(task, "a", 0)
    Judgment.objects.filter(pk=prefer(task, "b", 1).pk).update(**change)
    assert found(project) == {}


def test_a_prompt_that_was_taken_down_is_not_disputed(project, add_task, prefer):
    task = add_task("a")
    prefer(task, "a", 0), prefer(task, "b", 1)
    Prompt.objects.update(taken_down_at="2026-01-01T00:00Z")
    assert found(project) == {}
