"""What becomes of an answer."""

import uuid

import pytest
from django.http import Http404

from accounts.models import Group
from annotation import judgments
from annotation.models import Assignment, Judgment, JudgmentVersion, Project, Task
from annotation.queue import answers, leases
from annotation.queue.answers import Submission
from annotation.queue.offers import Nothing, Offer
from api.refusals import Conflict, Invalid


def submit(worker, offer, answer, **more):
    submission = Submission(answer, 100, **more)
    return answers.submit(scope=worker.scope, assignment=offer.assignment, submission=submission)


def test_the_same_answer_twice_is_one_judgment(add_task, worker):
    add_task("a")
    ann = worker("ann")
    offer = ann.next()
    first, again = ann.say(offer), ann.say(offer)
    assert (first.is_new, again.is_new) == (True, False)
    assert first.id == again.id
    assert JudgmentVersion.objects.count() == 1
    assert ann.seat.judged == 1


def test_another_answer_is_a_conflict(add_task, worker):
    add_task("a")
    ann = worker("ann")
    offer = ann.next()
    ann.say(offer)
    with pytest.raises(Conflict, match="something else"):
        ann.say(offer, preferred=offer.responses[0]["id"])


def test_an_answer_that_makes_no_sense_writes_nothing(add_task, worker):
    add_task("a")
    ann = worker("ann")
    offer = ann.next()
    with pytest.raises(Invalid):
        ann.say(offer, preferred=str(uuid.uuid4()))
    assert not Judgment.objects.exists()
    assert Assignment.objects.get().state == "open"


def test_nobody_answers_for_somebody_else(add_task, worker, stranger, project):
    add_task("a")
    ann, bob = worker("ann"), worker("bob")
    offer = ann.next()
    for other in (bob.scope, stranger.scope):
        with pytest.raises(Http404):
            answers.submit(scope=other, assignment=offer.assignment, submission=Submission({"preferred": None}))


def test_the_next_task_comes_with_the_answer(add_task, worker):
    add_task("a"), add_task("b")
    ann = worker("ann")
    _said, upcoming = submit(ann, ann.next(), {"preferred": None}, wants_next=True)
    assert isinstance(upcoming, Offer)
    assert upcoming.mine == 1
    _said, upcoming = submit(ann, upcoming, {"preferred": None}, wants_next=True)
    assert upcoming == Nothing("done")


def test_a_late_answer_counts_while_nobody_has_taken_the_task(add_task, worker, run_out):
    add_task("a")
    ann = worker("ann")
    offer = ann.next()
    run_out(offer)
    leases.sweep_all()
    assert ann.say(offer).is_new
    assert Task.objects.get().open_places == 0
    assert not Judgment.objects.get().is_late


def test_a_late_answer_to_a_taken_task_is_kept_outside(add_task, worker, run_out):
    add_task("a")
    ann, bob = worker("ann"), worker("bob")
    offer = ann.next()
    run_out(offer)
    assert bob.do()
    for _time in range(2):
        with pytest.raises(Conflict, match="kept"):
            ann.say(offer)
    late = Judgment.objects.get(assignment=offer.assignment)
    assert late.is_late
    assert JudgmentVersion.objects.filter(judgment=late).count() == 1
    assert Task.objects.get().open_places == 0


def test_amounts_are_kept_as_said_and_as_an_interval(add_task, worker, project):
    project.kinds = ["cardinal"]
    project.save()
    add_task("a", kind="cardinal")
    ann = worker("ann")
    offer = ann.next()
    assert offer.terms.currency == "USD"
    rows = [{"price": "1", "buys": True}, {"price": "2.50", "buys": False}]
    ann.say(offer, preferred=offer.responses[0]["id"], rows=rows)
    version = JudgmentVersion.objects.get()
    assert version.answer["rows"] == rows
    assert (version.amount_low, version.amount_high, version.currency) == (1, 2.5, "USD")


def test_a_change_adds_a_version_and_keeps_the_first(add_task, worker):
    add_task("a")
    ann = worker("ann")
    offer = ann.next()
    said = ann.say(offer)
    better = {"preferred": offer.responses[0]["id"]}
    for version in (2, 2):  # the same change again is none
        changed = judgments.change(scope=ann.scope, judgment=said.id, submission=Submission(better))
        assert changed.version == version
    assert [row.answer for row in judgments.versions(Judgment.objects.get())] == [{"preferred": None}, better]


def test_a_withdrawn_judgment_is_the_same_persons_to_answer_again(add_task, worker):
    add_task("a")
    ann, bob = worker("ann"), worker("bob")
    offer = ann.next()
    said = ann.say(offer)
    judgments.withdraw(scope=ann.scope, judgment=said.id)
    assert bob.next().reason == "waiting"
    assert ann.next().assignment == offer.assignment
    again = ann.say(offer, preferred=offer.responses[1]["id"])
    assert (again.id, again.version) == (said.id, 2)
    judgment = Judgment.objects.get()
    assert judgment.withdrawn_at is None
    assert ann.seat.judged == 1


def test_undo_makes_room_by_giving_the_newest_lease_back(add_task, worker):
    for name in "abc":
        add_task(name)
    ann = worker("ann")
    said = ann.say(ann.next())
    second = ann.next()
    third = ann.next(second.assignment)
    judgments.withdraw(scope=ann.scope, judgment=said.id)
    states = dict(Assignment.objects.values_list("pk", "state"))
    assert states == {said.assignment: "open", second.assignment: "open", third.assignment: "released"}
    assert Task.objects.filter(open_places=1).count() == 1


def test_undo_ends_with_its_window(add_task, worker, project):
    project.settings = {"undo_seconds": 0}
    project.save()
    add_task("a")
    ann = worker("ann")
    said = ann.say(ann.next())
    with pytest.raises(Conflict, match="too late"):
        judgments.withdraw(scope=ann.scope, judgment=said.id)


def test_nobody_changes_or_withdraws_what_another_said(add_task, worker, admin):
    add_task("a")
    ann, bob = worker("ann"), worker("bob")
    said = ann.say(ann.next())
    for other in (bob.scope, admin.scope):
        with pytest.raises(Http404):
            judgments.change(scope=other, judgment=said.id, submission=Submission({"preferred": None}))
        with pytest.raises(Http404):
            judgments.withdraw(scope=other, judgment=said.id)


def test_a_closed_project_keeps_its_judgments_as_they_are(add_task, worker):
    add_task("a")
    ann = worker("ann")
    said = ann.say(ann.next())
    Project.objects.update(status="closed")
    with pytest.raises(Conflict, match="closed"):
        judgments.withdraw(scope=ann.scope, judgment=said.id)


def test_a_lease_is_extended_while_it_is_open(add_task, worker, run_out):
    add_task("a")
    ann = worker("ann")
    offer = ann.next()
    run_out(offer)
    assert leases.extend(scope=ann.scope, assignment=offer.assignment) >= offer.lease_expires_at
    ann.say(offer)
    with pytest.raises(Conflict, match="answered"):
        leases.extend(scope=ann.scope, assignment=offer.assignment)


def test_who_left_the_group_may_finish_but_gets_nothing_more(add_task, worker, project):
    for name in "abc":
        add_task(name)
    ann = worker("ann")
    first = ann.next()
    project.groups.add(Group.objects.create(workspace=project.workspace, name="Experts"))
    for _time in ("first", "again"):
        said, upcoming = submit(ann, first, {"preferred": None}, wants_next=True)
        assert said.id is not None
        assert isinstance(upcoming, Nothing)
    assert not Assignment.objects.filter(state="open").exists()
