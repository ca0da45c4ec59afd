"""Settling disputes: the most disputed first, never one's own, the votes only when asked for."""

import pytest

from accounts import annotators
from annotation import judgments
from annotation.adjudication import cases
from annotation.models import Adjudication, Assignment, Judgment, Seat, Task
from annotation.queue import answers, leases, offers, returning
from annotation.queue.answers import Submission
from annotation.queue.offers import Nothing, Offer
from annotation.snapshots import filters
from annotation.trust import aside
from api.refusals import Conflict
from tests.annotation.crowds import together

pytestmark = pytest.mark.django_db


@pytest.fixture
def disputed(add_task, prefer):
    """Two tasks: one on which everybody differs, one on which one of three does."""
    mild, sharp = add_task("mild", overlap=3), add_task("sharp", overlap=3)
    prefer(mild, "a", 0), prefer(mild, "b", 0), prefer(mild, "c", 1)
    prefer(sharp, "a", 0), prefer(sharp, "b", 1), prefer(sharp, "c", None)
    Task.objects.update(open_places=0)
    return mild, sharp


def settle(member, offer, **more):
    said = {"preferred": offer.responses[0]["id"]}
    submission = Submission(said, 500, **more)
    return answers.submit(scope=member.scope, assignment=offer.assignment, submission=submission)


def test_the_most_disputed_comes_first_without_its_votes(disputed, reviewer, take):
    offer = take(reviewer)
    assert (offer.prompt[0]["content"], offer.purpose) == ("sharp", "adjudication")
    settle(reviewer, offer)
    assert take(reviewer).prompt[0]["content"] == "mild"


def test_the_answer_stands_beside_the_votes(disputed, reviewer, take, project):
    _said, upcoming = settle(reviewer, take(reviewer), wants_next=True)
    assert upcoming.prompt[0]["content"] == "mild"
    assert Judgment.objects.filter(assignment__task=disputed[1]).count() == 4
    assert filters.select(project, {}).count() == 6
    assert filters.select(project, {"purpose": ["adjudication"]}).count() == 1
    assert Adjudication.objects.get(assignment__state="submitted").disagreement == pytest.approx(1)
    assert not Assignment.objects.filter(purpose="adjudication", holds_place=True).exists()


def test_looking_at_the_votes_before_answering_is_recorded(disputed, reviewer, take, project):
    offer = take(reviewer)
    assert Adjudication.objects.get().saw_votes_at is None
    votes = cases.look(scope=reviewer.scope, assignment=offer.assignment)
    assert len(votes) == 3
    assert {vote.words for vote in votes} == {"Answer 1: better", "Answer 2: better", "Equally good"}
    settle(reviewer, offer)
    second = take(reviewer)
    settle(reviewer, second)
    cases.look(scope=reviewer.scope, assignment=second.assignment)
    saw = {case.text: case.saw_votes for case in cases.settled(project)}
    assert saw == {"sharp": True, "mild": False}


def test_votes_are_numbered_as_the_reviewer_sees_the_answers(disputed, reviewer, take):
    offer = take(reviewer)
    place = {one["id"]: f"Answer {n}: better" for n, one in enumerate(offer.responses, start=1)}
    for vote in cases.look(scope=reviewer.scope, assignment=offer.assignment):
        assert vote.words == place.get(vote.answer["preferred"], "Equally good")


def test_nobody_settles_what_they_have_voted_on(disputed, reviewer, take, prefer, workspace):
    own = annotators.of_person(workspace, reviewer.person)
    prefer(disputed[1], "self", 1, by=own)
    assert take(reviewer).prompt[0]["content"] == "mild"


def test_a_vote_that_was_set_aside_is_still_ones_own(disputed, reviewer, take, prefer, workspace):
    own = annotators.of_person(workspace, reviewer.person)
    vote = prefer(disputed[1], "self", 1, by=own)
    Judgment.objects.filter(pk=vote.pk).update(set_aside_at=vote.created_at)
    assert take(reviewer).prompt[0]["content"] == "mild"


def test_two_reviewers_never_have_the_same_case(disputed, reviewer, member, take):
    other = member("reviewer", "other@home.example")
    assert {take(one).prompt[0]["content"] for one in (reviewer, other)} == {"sharp", "mild"}
    assert isinstance(take(member("reviewer", "third@home.example")), Nothing)


def test_the_open_case_comes_again_until_it_is_held(disputed, reviewer, take):
    first = take(reviewer)
    assert take(reviewer).assignment == first.assignment
    second = take(reviewer, first.assignment)
    assert second.assignment != first.assignment
    assert take(reviewer, first.assignment, second.assignment).reason == "waiting"


def test_a_case_and_the_reviewers_own_labelling_do_not_mix(disputed, reviewer, take, add_task, project):
    case = take(reviewer)
    add_task("work")
    label = offers.take(scope=reviewer.scope, project=project.pk, holding=[])
    assert (label.purpose, label.prompt[0]["content"]) == ("label", "work")
    assert take(reviewer).assignment == case.assignment
    _said, upcoming = settle(reviewer, label, wants_next=True)
    assert upcoming.reason == "done"


def test_what_is_skipped_goes_to_another_reviewer(disputed, reviewer, member, take):
    first = take(reviewer)
    leases.skip(scope=reviewer.scope, assignment=first.assignment, reason="I know them.")
    assert take(reviewer).prompt[0]["content"] == "mild"
    assert take(member("reviewer", "other@home.example")).prompt[0]["content"] == "sharp"


def test_what_was_given_back_may_come_again(disputed, reviewer, take):
    first = take(reviewer)
    leases.release(scope=reviewer.scope, assignment=first.assignment)
    assert take(reviewer).assignment == first.assignment


def test_a_case_that_ran_out_goes_on_and_its_answer_is_refused(disputed, reviewer, member, take, run_out):
    first = take(reviewer)
    run_out(first)
    leases.sweep_all()
    other = member("reviewer", "other@home.example")
    assert take(other).prompt[0]["content"] == "sharp"
    with pytest.raises(Conflict, match="take it again"):
        settle(reviewer, first)


def test_an_answer_is_taken_back_and_given_anew(disputed, reviewer, take):
    offer = take(reviewer)
    said, _next = settle(reviewer, offer)
    judgments.withdraw(scope=reviewer.scope, judgment=said.id)
    assert take(reviewer).assignment == offer.assignment
    settle(reviewer, offer)
    assert Judgment.objects.get(assignment=offer.assignment).version == 2


def test_votes_of_others_are_not_for_annotators(disputed, reviewer, annotator, stranger, take):
    offer = take(reviewer)
    address = f"/api/v1/assignments/{offer.assignment}/votes/"
    assert annotator.api.post(address).status_code == 403
    assert stranger.api.post(address).status_code == 404
    assert len(reviewer.api.post(address).json()["votes"]) == 3


def test_over_the_api_a_reviewer_settles(disputed, reviewer, annotator, project):
    root = f"/api/v1/projects/{project.pk}"
    assert annotator.api.get(f"{root}/disputes/").status_code == 403
    listed = reviewer.api.get(f"{root}/disputes/").json()
    assert (listed["count"], [row["task"] for row in listed["results"]]) == (2, [str(t.pk) for t in disputed[::-1]])
    offer = reviewer.api.post(f"{root}/adjudications/next/", {}).json()
    assert offer["purpose"] == "adjudication"
    body = {"answer": {"preferred": None}, "next": True}
    answer = reviewer.api.post(f"/api/v1/assignments/{offer['assignment']}/submit/", body)
    assert (answer.status_code, answer.json()["next"]["purpose"]) == (201, "adjudication")
    (row,) = reviewer.api.get(f"{root}/judgments/?purpose=adjudication").json()["results"]
    assert row["answer"] == {"preferred": None}


def test_the_page_names_disputes_without_their_votes_and_settled_ones_with_them(disputed, reviewer, take, project):
    page = reviewer.browser.get(f"/w/home/projects/{project.pk}/review/").content.decode()
    assert "sharp" in page
    assert "Equally good" not in page
    settle(reviewer, take(reviewer))
    page = reviewer.browser.get(f"/w/home/projects/{project.pk}/review/").content.decode()
    assert "Equally good" in page
    assert "before looking at the votes" in page


@pytest.mark.django_db(transaction=True)
def test_of_many_reviewers_at_once_each_case_has_one(disputed, member, take):
    people = [member("reviewer", f"r{number}@home.example") for number in range(5)]
    found = []
    together(*[lambda one=one: found.append(take(one)) for one in people])
    taken = [one.prompt[0]["content"] for one in found if isinstance(one, Offer)]
    assert sorted(taken) == ["mild", "sharp"]


def test_a_snapshot_may_take_the_settled_answer_instead_of_the_votes(
    disputed, reviewer, take, project, add_task, prefer
):
    agreed = add_task("agreed")
    prefer(agreed, "a", 0), prefer(agreed, "b", 0)
    said, _next = settle(reviewer, take(reviewer))
    wanted = filters.check({"settled": "instead"})
    chosen = filters.select(project, wanted).values_list("judgment__assignment__task", "judgment__assignment__purpose")
    mild, sharp = disputed
    expected = [(agreed.pk, "label")] * 2 + [(mild.pk, "label")] * 3 + [(sharp.pk, "adjudication")]
    assert sorted(chosen) == sorted(expected)
    judgments.withdraw(scope=reviewer.scope, judgment=said.id)
    assert filters.select(project, wanted).count() == 8


def test_who_is_no_reviewer_any_more_settles_nothing(disputed, reviewer, take):
    offer = take(reviewer)
    reviewer.membership.role = "annotator"
    reviewer.membership.save()
    with pytest.raises(Conflict, match="reviewer"):
        settle(reviewer, offer, wants_next=True)
    assert Assignment.objects.filter(purpose="adjudication", state="submitted").count() == 0


def test_a_dispute_that_another_reviewer_took_meanwhile_is_not_taken_up_again(disputed, reviewer, member, take):
    offer = take(reviewer)
    leases.release(scope=reviewer.scope, assignment=offer.assignment)
    other = take(member("reviewer", "second@home.example"))
    assert other.prompt == offer.prompt
    with pytest.raises(Conflict, match="Others have this task"):
        returning.reopen(scope=reviewer.scope, assignment=offer.assignment)
    assert Assignment.objects.get(pk=offer.assignment).state == "released"


def set_aside(project, by, reviewer):
    found = Assignment.objects.filter(purpose="adjudication", annotator__person=reviewer.scope.person).first()
    return aside.do(scope=by.scope, project=project, annotator=found.annotator, reason="Not what the guidelines say.")


def test_a_settling_answer_that_is_set_aside_gives_the_dispute_to_another_reviewer(
    disputed, reviewer, researcher, take, project
):
    offer = take(reviewer)
    settle(reviewer, offer)
    set_aside(project, researcher, reviewer)
    assert cases.settled(project) == []
    assert take(reviewer).prompt[0]["content"] == "mild"  # nobody is asked twice
    with pytest.raises(Conflict, match="set aside"):
        returning.reopen(scope=reviewer.scope, assignment=offer.assignment)
    other = take(researcher)
    assert other.prompt[0]["content"] == "sharp"
    settle(researcher, other)
    assert [case.text for case in cases.settled(project)] == ["sharp"]


def test_brought_back_it_settles_again_unless_somebody_else_has_done_so(disputed, reviewer, researcher, take, project):
    settle(reviewer, take(reviewer))
    settle(reviewer, take(reviewer))
    deed = set_aside(project, researcher, reviewer)
    settle(researcher, take(researcher))  # the sharp one
    assert aside.undo(scope=researcher.scope, deed=deed) == aside.Undone(1, 1)
    assert {case.text for case in cases.settled(project)} == {"sharp", "mild"}
    assert Assignment.objects.filter(purpose="adjudication", state="submitted").count() == 2
    assert isinstance(take(researcher), Nothing)


def test_who_has_met_every_dispute_is_not_sent_to_settle_them(
    add_task, prefer, reviewer, researcher, project, workspace
):
    task = add_task("one", overlap=2)
    prefer(task, "a", 0)
    prefer(task, "b", 1, by=annotators.of_person(workspace, reviewer.person))
    address = f"/w/home/projects/{project.pk}/review/"
    Seat.objects.create(project=project, annotator=annotators.of_person(workspace, reviewer.person))
    met, free = (member.browser.get(address).content.decode() for member in (reviewer, researcher))
    assert "None is open to you" in met and "Settle them" not in met
    assert "1 is open to you" in free and "Settle them" in free
