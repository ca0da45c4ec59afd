"""Pausing: only beyond doubt, said in words, contested, lifted, and nothing lost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from accounts import access
from annotation.models import Assignment, Judgment, Pause, Task
from annotation.queue.offers import Nothing, Offer
from annotation.trust import pauses
from api.refusals import Conflict, Invalid
from audit.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def paused(worker, known, set_to):
    """`ann`, paused after ten wrong answers, with one more task in her hands."""
    set_to(pause_below=0.6)
    known(14)
    ann = worker("ann")
    ann.do(*[False] * 9)
    last = ann.next()
    ann.held = ann.next(last.assignment)
    ann.say(last, is_right=False)
    return ann


def standing():
    return Pause.objects.exclude(decision="lifted").get()


@given(st.integers(0, 300), st.integers(0, 300), st.floats(0.01, 1))
@settings(deadline=None, max_examples=200)
def test_nobody_is_paused_while_an_interval_reaches_the_threshold(right, wrong, threshold):
    """Against scipy: Wilson's interval and the exact bound of Clopper and Pearson, each at 95 %."""
    seen = right + wrong
    upper = pauses.upper_below(right, seen, threshold)
    if seen < 10:
        assert upper is None
        return
    wilson = stats.binomtest(right, seen).proportion_ci(0.95, method="wilson").high
    exact = stats.beta.ppf(0.95, right + 1, wrong) if wrong else 1.0
    if abs(max(wilson, exact) - threshold) > 1e-6:
        assert (upper is not None) == (max(wilson, exact) < threshold)
    if upper is not None:
        assert upper == pytest.approx(max(wilson, exact), abs=1e-6)


@pytest.mark.parametrize(("wrong", "is_paused"), [(9, False), (10, True)])
def test_it_takes_ten_known_answers(worker, known, set_to, wrong, is_paused):
    set_to(pause_below=0.6)
    known(12)
    ann = worker("ann")
    ann.do(*[False] * wrong)
    assert ann.seat.is_paused is is_paused


def test_who_may_be_above_the_threshold_goes_on(worker, known, set_to):
    set_to(pause_below=0.6)
    known(16)
    ann = worker("ann")
    ann.do(*[True, False] * 7)  # half of 14: by Wilson up to 73 %
    assert not ann.seat.is_paused


def test_where_the_threshold_is_nothing_nobody_is_paused(worker, known, set_to):
    set_to(pause_below=0.0)
    known(12)
    ann = worker("ann")
    ann.do(*[False] * 12)
    assert not Pause.objects.exists()


def test_next_says_why_there_is_no_work(paused):
    with pytest.raises(Conflict, match=r"0 of your 10 answers to tasks with a known answer were right.*60 %"):
        paused.next()


def test_what_was_in_hand_goes_back_to_the_others_and_nothing_done_is_lost(paused, worker):
    assert Judgment.objects.filter(withdrawn_at=None, set_aside_at=None).count() == 10
    assert Assignment.objects.get(pk=paused.held.assignment).state == "released"
    task = Assignment.objects.get(pk=paused.held.assignment).task
    assert (task.open_places, task.overlap) == (20, 20)
    with pytest.raises(Conflict, match="paused"):
        paused.say(paused.held)
    assert isinstance(worker("bob").next(), Offer)


def test_a_submission_that_asks_for_the_next_is_kept_and_told(worker, known, set_to):
    set_to(pause_below=0.6)
    known(12)
    ann = worker("ann")
    ann.do(*[False] * 9)
    said, upcoming = ann.submit(ann.next(), is_right=False, wants_next=True)
    assert (said.is_new, upcoming) == (True, Nothing("paused"))
    assert Judgment.objects.count() == 10


def test_an_answer_sent_again_by_a_paused_person_is_the_first_one(worker, known, set_to):
    set_to(pause_below=0.6)
    known(12)
    ann = worker("ann")
    ann.do(*[False] * 9)
    offer = ann.next()
    first = ann.say(offer, is_right=False)
    again, upcoming = ann.submit(offer, is_right=False, wants_next=True)
    assert (again.id, again.is_new, upcoming) == (first.id, False, Nothing("paused"))


def test_a_pause_is_of_one_project_and_one_person(paused, worker, known):
    bob = worker("bob")
    bob.do(True)
    assert not bob.seat.is_paused


def test_it_is_in_the_trail_without_an_actor(paused):
    entry = Entry.objects.get(action="annotator.paused")
    assert entry.actor is None
    assert entry.details == {"project": str(paused.project.pk), "right": 0, "seen": 10, "threshold": 0.6}


def test_a_contest_is_made_once(paused):
    text = "The known answers mix up minutes and hours."
    assert pauses.contest(scope=paused.scope, project=paused.project, text=text).contest == text
    pauses.contest(scope=paused.scope, project=paused.project, text=f" {text} ")
    with pytest.raises(Conflict, match="already"):
        pauses.contest(scope=paused.scope, project=paused.project, text="Another reason.")
    with pytest.raises(Conflict, match="A reviewer will look"):
        paused.next()


@pytest.mark.parametrize("text", ["", "   ", "x" * 5_001])
def test_a_contest_needs_words(paused, text):
    with pytest.raises(Invalid):
        pauses.contest(scope=paused.scope, project=paused.project, text=text)


def test_who_is_not_paused_contests_nothing(worker, known):
    known(1)
    ann = worker("ann")
    ann.do(True)
    with pytest.raises(Conflict, match="not paused"):
        pauses.contest(scope=ann.scope, project=ann.project, text="Why?")


def decide(member, pause, decision, reason="Looked at it."):
    return pauses.decide(scope=member.scope, pause=pause, decision=decision, reason=reason)


def test_a_lifted_pause_gives_work_and_begins_the_count_anew(paused, reviewer):
    decide(reviewer, standing(), "lifted", "The known answers were wrong.")
    assert isinstance(paused.next(), Offer)
    assert (paused.seat.gold_seen, paused.seat.gold_right) == (0, 0)
    paused.do(False)
    assert (paused.seat.gold_seen, paused.seat.is_paused) == (1, False)
    assert Pause.objects.get().reason == "The known answers were wrong."
    assert "wrong" not in str(Entry.objects.get(action="pause.lifted").details)  # the trail holds no words of people


def test_after_lifting_ten_new_wrong_answers_pause_again(paused, reviewer, known):
    known(10)
    decide(reviewer, standing(), "lifted")
    paused.do(*[False] * 9)
    assert not paused.seat.is_paused
    paused.do(False)
    assert paused.seat.is_paused
    assert Pause.objects.count() == 2


def test_an_upheld_pause_stands_and_may_be_lifted_later(paused, reviewer):
    pauses.contest(scope=paused.scope, project=paused.project, text="Please look.")
    decide(reviewer, standing(), "upheld")
    with pytest.raises(Conflict, match="upheld"):
        paused.next()
    decide(reviewer, standing(), "lifted")
    assert paused.next()


def test_what_nobody_contested_is_not_upheld(paused, reviewer):
    with pytest.raises(Conflict, match="Nobody has contested"):
        decide(reviewer, standing(), "upheld")


def test_a_decision_needs_a_reason(paused, reviewer):
    with pytest.raises(Invalid):
        decide(reviewer, standing(), "lifted", "  ")


def test_nobody_decides_on_their_own_pause(paused):
    with pytest.raises(Conflict, match="somebody else"):
        pauses.decide(scope=paused.scope, pause=standing(), decision="lifted", reason="I am good.")


def test_a_lifted_pause_is_lifted_once(paused, reviewer):
    pause = standing()
    decide(reviewer, pause, "lifted")
    with pytest.raises(Conflict, match="lifted already"):
        decide(reviewer, pause, "lifted")


# -- over the API --------------------------------------------------------------------------------------------------


def test_the_api_says_why_and_takes_a_contest(paused, reviewer):
    root = f"/api/v1/projects/{paused.project.pk}"
    refused = paused.api.post(f"{root}/next/", {})
    assert (refused.status_code, refused["Content-Type"]) == (409, "application/problem+json")
    body = paused.api.get(f"{root}/standing/").json()
    assert (body["pause"]["right"], body["pause"]["seen"], body["pause"]["threshold"]) == (0, 10, 0.6)
    assert body["why"] == refused.json()["detail"]
    assert body["test"]["state"] == "none"
    assert paused.api.post(f"{root}/contest/", {"text": "Please look."}).status_code == 200
    (row,) = reviewer.api.get(f"{root}/pauses/?waiting=true").json()["results"]
    assert (row["annotator"], row["contest"]) == (paused.annotator.pseudonym, "Please look.")
    decided = reviewer.api.post(f"{root}/pauses/{row['id']}/decide/", {"decision": "lifted", "reason": "True."})
    assert decided.json()["decision"] == "lifted"
    assert paused.api.get(f"{root}/standing/").json()["pause"] is None
    assert paused.api.post(f"{root}/next/", {}).status_code == 200


def test_a_submission_that_pauses_answers_201_and_why_there_is_no_next(worker, known, set_to):
    set_to(pause_below=0.6)
    known(12)
    ann = worker("ann")
    ann.do(*[False] * 9)
    offer = ann.next()
    body = {"answer": ann.answer(offer, is_right=False), "next": True}
    answer = ann.api.post(f"/api/v1/assignments/{offer.assignment}/submit/", body)
    assert (answer.status_code, answer["X-Reason"], answer.json()["next"]) == (201, "paused", None)


def test_pauses_of_a_project_are_not_for_annotators(paused, annotator):
    assert annotator.api.get(f"/api/v1/projects/{paused.project.pk}/pauses/").status_code == 403


def test_a_reviewer_of_another_workspace_finds_no_pause(paused, stranger):
    root = f"/api/v1/projects/{paused.project.pk}/pauses"
    body = {"decision": "lifted", "reason": "x"}
    assert stranger.api.post(f"{root}/{standing().pk}/decide/", body).status_code == 404


def test_reviewers_decide():
    assert access.ACTIONS["pause.decide"] == "reviewer"


def test_places_stay_within_overlap(paused):
    assert all(0 <= task.open_places <= task.overlap for task in Task.objects.all())
