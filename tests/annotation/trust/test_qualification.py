"""A scored test before the work: asked once through, marked, taken again after a while, decided by hand."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils.timezone import now

from annotation import judgments, projects, takedowns
from annotation.models import Assignment, Attempt, Judgment, Project, Seat, Task
from annotation.projects import Wish
from annotation.queue import leases
from annotation.queue.answers import Submission
from annotation.queue.offers import Nothing, Offer
from annotation.snapshots import filters
from annotation.trust import qualification
from api.refusals import Conflict, Invalid
from audit.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def tested(set_to, known, add_task):
    """A project that asks three questions before its two tasks; two right ones pass."""
    known(3, overlap=1, in_test=True)
    Task.objects.update(status="paused")  # kept for the test alone
    add_task("work 1", overlap=5), add_task("work 2", overlap=5)
    return set_to(test_tasks=3, test_pass_mark=0.6, test_attempts=2, test_wait_seconds=3_600)


def test_the_test_comes_first_and_says_so(tested, worker):
    offer = worker("ann").next()
    assert offer.purpose == "qualification"
    assert offer.prompt[0]["content"].startswith("known")


def test_who_passes_gets_the_work(tested, worker):
    ann = worker("ann")
    ann.do(True, False)
    said, upcoming = ann.submit(ann.next(), wants_next=True)
    assert said.test == qualification.Result(True, 2, 3, 0.6)
    assert said.outcome["test"] == {"passed": True, "right": 2, "asked": 3, "pass_mark": 0.6}
    assert (upcoming.purpose, upcoming.prompt[0]["content"]) == ("label", "work 1")
    assert ann.seat.qualification == "passed"


def test_who_fails_is_told_when_they_may_try_again(tested, worker):
    ann = worker("ann")
    ann.do(True, False)
    said, upcoming = ann.submit(ann.next(), is_right=False, wants_next=True)
    assert (said.test.passed, upcoming) == (False, Nothing("unqualified"))
    with pytest.raises(Conflict, match=r"1 of 3 right.*60 %.*One attempt is left"):
        ann.next()
    found = qualification.standing(project=ann.project, annotator=ann.annotator)
    assert (found.state, found.attempts_left) == ("waiting", 1)
    assert timedelta(minutes=59) < found.again_at - now() < timedelta(minutes=61)


def test_a_second_attempt_adds_a_version_and_may_pass(tested, worker):
    ann = worker("ann")
    ann.do(False, False, False)
    Attempt.objects.update(ended_at=F("ended_at") - timedelta(hours=2))
    ann.do(True, True, True)
    assert ann.seat.qualification == "passed"
    assert Judgment.objects.count() == 3
    assert set(Judgment.objects.values_list("version", flat=True)) == {2}
    assert [(one.number, one.right) for one in Attempt.objects.order_by("number")] == [(1, 0), (2, 3)]


def test_after_the_last_attempt_there_is_no_other(tested, worker):
    ann = worker("ann")
    for _time in range(2):
        ann.do(False, False, False)
        Attempt.objects.update(ended_at=F("ended_at") - timedelta(days=2))
    with pytest.raises(Conflict, match="No attempt is left"):
        ann.next()
    assert qualification.standing(project=ann.project, annotator=ann.annotator).state == "failed"


def test_answers_of_a_test_count_neither_for_overlap_nor_for_snapshots_nor_for_caps(tested, worker, set_to):
    set_to(most_per_person=1)
    ann = worker("ann")
    ann.do(True, True, True)
    assert ann.seat.judged == 0
    assert filters.select(tested, {}).count() == 0
    assert filters.select(tested, {"purpose": ["qualification"]}).count() == 3
    assert not Assignment.objects.filter(holds_place=True).exists()
    ann.do(True)
    assert ann.next().reason == "done"


def test_questions_of_a_test_are_not_skipped_but_may_be_given_back(tested, worker):
    ann = worker("ann")
    offer = ann.next()
    with pytest.raises(Conflict, match="cannot be skipped"):
        leases.skip(scope=ann.scope, assignment=offer.assignment, reason="")
    leases.release(scope=ann.scope, assignment=offer.assignment)
    assert ann.next().assignment == offer.assignment


def test_answers_of_a_test_stand(tested, worker):
    ann = worker("ann")
    said = ann.say(ann.next())
    with pytest.raises(Conflict, match="stand as they were given"):
        judgments.withdraw(scope=ann.scope, judgment=said.id)
    with pytest.raises(Conflict, match="stand as they were given"):
        judgments.change(scope=ann.scope, judgment=said.id, submission=Submission({"preferred": None}))


def test_a_question_that_ran_out_is_asked_again(tested, worker, run_out):
    ann = worker("ann")
    first = ann.next()
    run_out(first)
    leases.sweep_all()
    ann.do(True, True, True)
    assert ann.seat.qualification == "passed"


def test_more_questions_than_asked_are_drawn_and_the_second_attempt_has_others(tested, worker, known, set_to):
    known(3, overlap=1, in_test=True)
    ann = worker("ann")
    ann.do(False, False, False)
    Attempt.objects.update(ended_at=F("ended_at") - timedelta(hours=2))
    ann.do(False, False, False)
    first, second = [set(one.questions.values_list("task", flat=True)) for one in Attempt.objects.order_by("number")]
    assert len(first) == len(second) == 3
    assert not first & second


def test_a_test_without_questions_lets_nobody_in_and_says_why(set_to, add_task, worker):
    add_task("work")
    set_to(test_tasks=3)
    with pytest.raises(Conflict, match="has no questions yet"):
        worker("ann").next()


def test_questions_of_the_test_are_not_mixed_into_the_work(tested, worker, set_to):
    set_to(gold_rate=1.0)
    ann = worker("ann")
    ann.do(True, True, True)
    assert ann.next().purpose == "label"
    assert ann.seat.gold_seen == 0


def decide(researcher, ann, decision):
    who = ann.annotator
    return qualification.decide(
        scope=researcher.scope, project=ann.project, annotator=who, decision=decision, reason="I know them."
    )


def test_a_researcher_grants_and_revokes_by_hand(tested, worker, researcher):
    ann = worker("ann")
    ann.do(False, False, False)
    decide(researcher, ann, "granted")
    assert ann.next().purpose == "label"
    assert ann.seat.why_qualification == "I know them."
    decide(researcher, ann, "revoked")
    leases.release(scope=ann.scope, assignment=ann.next().assignment)
    with pytest.raises(Conflict, match="not for you"):
        ann.next()
    decide(researcher, ann, "")
    with pytest.raises(Conflict, match="One attempt"):
        ann.next()
    actions = Entry.objects.filter(action__startswith="qualification.").order_by("id").values_list("action", flat=True)
    assert list(actions) == ["qualification.granted", "qualification.revoked", "qualification.left_to_test"]


def test_nothing_is_granted_where_no_test_is_asked(worker, known, researcher):
    known(1)
    ann = worker("ann")
    ann.do(True)
    with pytest.raises(Conflict, match="asks for no test"):
        decide(researcher, ann, "granted")


def test_another_projects_test_counts(tested, worker, researcher, add_task):
    other = projects.create(scope=researcher.scope, wish=Wish(name="Other", kinds=["pairwise"]))
    wish = Wish(settings={"test_project": str(tested.pk)})
    projects.change(scope=researcher.scope, project=other, wish=wish)
    Task.objects.filter(prompt__messages__0__content="work 1").update(project=other)
    ann = worker("ann")
    here, ann.project = ann.project, other
    with pytest.raises(Conflict, match="Take the test of the project “Helpfulness” first"):
        ann.next()
    ann.project = here
    ann.do(True, True, True)
    ann.project = other
    assert isinstance(ann.next(), Offer)


@pytest.mark.parametrize("wanted", ["nonsense", "00000000-0000-0000-0000-000000000000"])
def test_the_project_whose_test_counts_has_to_be_one(researcher, wanted):
    with pytest.raises(Invalid) as refused:
        projects.create(
            scope=researcher.scope, wish=Wish(name="O", kinds=["pairwise"], settings={"test_project": wanted})
        )
    assert refused.value.errors[0][0] == "settings.test_project"
    assert not Project.objects.exists()


def test_a_project_of_another_workspace_gives_no_test(tested, stranger):
    wish = Wish(name="O", kinds=["pairwise"], settings={"test_project": str(tested.pk)})
    with pytest.raises(Invalid, match="no such project"):
        projects.create(scope=stranger.scope, wish=wish)


def test_who_worked_before_the_test_was_asked_for_finishes_what_is_in_hand(add_task, known, worker, set_to):
    add_task("work 1"), add_task("work 2")
    ann = worker("ann")
    held = ann.next()
    known(3, in_test=True)
    set_to(test_tasks=3)
    assert ann.next().assignment == held.assignment
    ann.say(held)
    assert ann.next().purpose == "qualification"


def test_a_cap_is_kept_by_those_who_hold_several(add_task, worker, set_to):
    for number in range(6):
        add_task(f"p{number}")
    set_to(most_per_person=2, leases_per_person=2)
    ann = worker("ann")
    first = ann.next()
    second = ann.next(first.assignment)
    ann.say(first)
    assert ann.next(second.assignment).reason == "waiting"  # for what is in their own hands
    ann.say(second)
    assert (ann.next().reason, ann.seat.judged) == ("done", 2)


def test_over_the_api_a_researcher_grants(tested, worker, researcher, reviewer):
    ann = worker("ann")
    ann.next()
    root = f"/api/v1/projects/{ann.project.pk}/annotators/{ann.annotator.pk}"
    body = {"decision": "granted", "reason": "I know them."}
    assert reviewer.api.post(f"{root}/qualification/", body).status_code == 403
    assert researcher.api.post(f"{root}/qualification/", body).json()["state"] == "granted"
    assert reviewer.api.get(f"{root}/").json()["test"]["state"] == "granted"
    assert Seat.objects.get().qualification == "granted"


def test_a_question_that_was_taken_down_is_asked_no_more(tested, worker, researcher):
    gone = Task.objects.filter(gold__in_test=True).order_by("position").first()
    takedowns.make(scope=researcher.scope, project=tested, prompt=gone.prompt_id, reason="Private.")
    worker("ann").next()
    assert Attempt.objects.get().asked == 2
    assert not Attempt.objects.get().questions.filter(task=gone).exists()


def take_down(researcher, project, task):
    takedowns.make(scope=researcher.scope, project=project, prompt=task.prompt_id, reason="Private.")


def test_a_question_taken_down_in_the_middle_gives_way_to_another(tested, worker, researcher, known):
    ann = worker("ann")
    offer = ann.next()
    known(1, overlap=1, in_test=True)
    asked = Task.objects.get(assignments=offer.assignment)
    take_down(researcher, tested, asked)
    seen = []
    for _time in range(3):
        offer = ann.next()
        seen.append(offer.prompt[0]["content"])
        ann.say(offer)
    assert asked.prompt.messages[0]["content"] not in seen and len(set(seen)) == 3
    assert (Attempt.objects.get().asked, ann.seat.qualification) == (3, "passed")


def test_a_test_whose_last_question_was_taken_down_is_scored_without_it(tested, worker, researcher):
    ann = worker("ann")
    ann.do(True, True)
    take_down(researcher, tested, Task.objects.get(assignments=ann.next().assignment))
    assert ann.next().purpose == "label"
    assert (Attempt.objects.get().asked, Attempt.objects.get().right) == (2, 2)
    assert ann.seat.qualification == "passed"


def test_without_it_a_test_may_be_failed_too(tested, worker, researcher):
    ann = worker("ann")
    ann.do(True, False)
    take_down(researcher, tested, Task.objects.get(assignments=ann.next().assignment))
    with pytest.raises(Conflict, match=r"1 of 2 right"):
        ann.next()
    assert Attempt.objects.get().ended_at is not None


def test_a_test_of_which_everything_was_taken_down_has_no_questions(tested, worker, researcher):
    ann = worker("ann")
    ann.next()
    for task in Task.objects.filter(gold__in_test=True):
        take_down(researcher, tested, task)
    with pytest.raises(Conflict, match="no questions yet"):
        ann.next()
    assert not Attempt.objects.exists()
