"""The promises of the queue while many people work at once, on real connections."""

import random
import threading
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import F
from django.utils.timezone import now

from annotation import judgments
from annotation.models import Assignment, Judgment, Seat, Task
from annotation.queue import answers, leases, offers, returning
from annotation.queue.answers import Submission
from annotation.queue.offers import Offer
from api.refusals import Conflict
from tests.annotation.crowds import together

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 120  # seconds after which a person who is always told to wait gives up


def works(worker, seed, mishaps):
    """A person who answers until there is nothing left, and now and then skips, gives back, or falls asleep."""
    chance = random.Random(seed)

    def run():
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            found = worker.next()
            if not isinstance(found, Offer):
                if found.reason == "done":
                    return
                time.sleep(0.002)  # for those who have work
                continue
            act = chance.random()
            with suppress(Conflict):  # who fell asleep before may find that somebody else has the task
                if act < mishaps:
                    leases.release(scope=worker.scope, assignment=found.assignment)
                elif act < 2 * mishaps:
                    past = now() - timedelta(seconds=1)
                    Assignment.objects.filter(pk=found.assignment, state="open").update(lease_expires_at=past)
                else:
                    worker.say(found)

    return run


@pytest.mark.parametrize(("people", "tasks", "overlap", "mishaps"), [(8, 12, 3, 0.0), (8, 10, 2, 0.15), (6, 3, 6, 0.1)])
def test_overlap_is_met_exactly_and_nobody_labels_twice(add_task, worker, people, tasks, overlap, mishaps):
    for number in range(tasks):
        add_task(f"p{number}", overlap=overlap)
    workers = [worker(f"w{number}") for number in range(people)]
    together(*(works(one, seed, mishaps) for seed, one in enumerate(workers)))
    labels = Judgment.objects.filter(is_late=False, withdrawn_at=None).values_list(
        "assignment__task", "assignment__annotator"
    )
    assert Counter(task for task, _annotator in labels) == Counter({task.pk: overlap for task in Task.objects.all()})
    assert len(set(labels)) == len(labels)
    assert not Task.objects.exclude(open_places=0).exists()
    assert sum(Seat.objects.values_list("judged", flat=True)) == len(labels)


def test_the_places_of_a_task_add_up_at_any_moment(add_task, worker):
    for number in range(5):
        add_task(f"p{number}", overlap=4)
    workers = [worker(f"w{number}") for number in range(5)]

    def watch():
        for _time in range(40):
            held = Counter(Assignment.objects.filter(holds_place=True).values_list("task", flat=True))
            assert all(count <= 4 for count in held.values())

    together(watch, *(works(one, seed, 0.2) for seed, one in enumerate(workers)))
    held = Counter(Assignment.objects.filter(holds_place=True).values_list("task", flat=True))
    for task in Task.objects.all():
        assert task.open_places == task.overlap - held[task.pk]


def test_two_tabs_are_given_the_same_task(add_task, worker):
    for number in range(4):
        add_task(f"p{number}")
    ann = worker("ann")
    found = []
    together(*[lambda: found.append(ann.next().assignment)] * 4)
    assert len(set(found)) == 1
    assert Assignment.objects.count() == 1


def test_two_tabs_never_hold_more_than_one_may(add_task, worker):
    for number in range(8):
        add_task(f"p{number}")
    ann = worker("ann")
    first = ann.next()
    together(*[lambda: ann.next(first.assignment)] * 6)
    assert Assignment.objects.filter(state="open").count() == 2


def test_the_same_answer_sent_at_once_is_one_judgment(add_task, worker):
    add_task("a")
    ann = worker("ann")
    offer = ann.next()
    said = []
    together(*[lambda: said.append(ann.say(offer))] * 6)
    assert sum(one.is_new for one in said) == 1
    assert len({one.id for one in said}) == 1
    assert ann.seat.judged == 1


def test_of_two_answers_sent_at_once_one_stands(add_task, worker):
    add_task("a")
    ann = worker("ann")
    offer = ann.next()
    ends = []

    def send(answer):
        try:
            answers.submit(scope=ann.scope, assignment=offer.assignment, submission=Submission(answer))
            ends.append("stands")
        except Conflict:
            ends.append("refused")

    together(*[lambda side=side: send({"preferred": offer.responses[side]["id"]}) for side in (0, 1)])
    assert sorted(ends) == ["refused", "stands"]


def test_of_many_who_want_the_last_place_one_gets_it(add_task, worker):
    add_task("a")
    workers = [worker(f"w{number}") for number in range(6)]
    found = []
    together(*[lambda one=one: found.append(one.next()) for one in workers])
    assert sum(isinstance(one, Offer) for one in found) == 1
    assert {one.reason for one in found if not isinstance(one, Offer)} == {"waiting"}


def test_a_lease_that_ran_out_is_answered_or_given_on_but_not_both(add_task, worker):
    for number in range(10):
        add_task(f"p{number}")
    ann, bob = worker("ann"), worker("bob")
    while isinstance(offer := ann.next(), Offer):
        Assignment.objects.filter(pk=offer.assignment).update(lease_expires_at=now() - timedelta(seconds=1))

        def late(offer=offer):
            with suppress(Conflict):
                ann.say(offer)

        def sweep():
            leases.sweep_all()
            bob.next()

        together(late, sweep)
        found = bob.next()
        if isinstance(found, Offer):
            bob.say(found)
    counted = Judgment.objects.filter(is_late=False).values_list("assignment__task", flat=True)
    assert len(counted) == len(set(counted))
    held = Counter(Assignment.objects.filter(holds_place=True).values_list("task", flat=True))
    assert all(task.open_places == task.overlap - held[task.pk] for task in Task.objects.all())


def test_turns_are_passed_by_nobody_before_they_are_visible(add_task, worker):
    """Places come back from many at once while one person reads on: every one of them reaches that person."""
    for number in range(12):
        add_task(f"p{number}")
    workers = [worker(f"w{number}") for number in range(6)]
    held = []
    for one in workers:
        first = one.next()
        held += [(one, first), (one, one.next(first.assignment))]
    late = worker("late")
    done = []

    def read_on():
        until = time.monotonic() + PATIENCE
        while len(done) < 12 and time.monotonic() < until:
            found = late.next()
            if isinstance(found, Offer):
                done.append(late.say(found))

    def give_back(own):
        for one, offer in own:
            one.skip(offer)

    together(read_on, *[lambda start=start: give_back(held[start : start + 2]) for start in range(0, 12, 2)])
    assert len(done) == 12


def test_changes_of_one_judgment_at_once_make_versions_one_after_the_other(add_task, worker):
    add_task("a")
    ann = worker("ann")
    offer = ann.next()
    said = ann.say(offer)
    answers_ = [{"preferred": None, "reason": str(number)} for number in range(5)]
    together(
        *[
            lambda answer=answer: judgments.change(scope=ann.scope, judgment=said.id, submission=Submission(answer))
            for answer in answers_
        ]
    )
    versions = list(judgments.versions(Judgment.objects.get()).values_list("version", flat=True))
    assert versions == [1, 2, 3, 4, 5, 6]
    assert Judgment.objects.filter(version=F("version")).get().version == 6


def test_no_cursor_passes_a_task_that_was_merely_locked(add_task, worker):
    """With overlap for everybody, each of many gets every task, however they get in each other's way."""
    for number in range(4):
        add_task(f"p{number}", overlap=6)
    workers = [worker(f"w{number}") for number in range(6)]

    def all_four(one):
        done, until = 0, time.monotonic() + PATIENCE
        while time.monotonic() < until:
            found = offers.take(scope=one.scope, project=one.project.pk, holding=[])
            if isinstance(found, Offer):
                one.say(found)
                done += 1
            if done == 4:
                return
        raise AssertionError(f"only {done} of 4 tasks came")

    together(*[lambda one=one: all_four(one) for one in workers])
    assert not Task.objects.exclude(open_places=0).exists()


def test_who_takes_a_task_up_again_waits_for_no_assignment_with_the_task_in_hand(add_task, worker, project):
    """The sweeper locks assignments, then tasks: whoever does it the other way round meets it head-on."""
    project.settings = {"leases_per_person": 1}
    project.save()
    skipped_task = add_task("a")
    add_task("b")
    ann = worker("ann")
    first = ann.next()
    ann.skip(first)
    second = ann.next()
    taken = threading.Event()

    def sweeper():
        with transaction.atomic():
            Assignment.objects.select_for_update(no_key=True).get(pk=second.assignment)
            taken.set()
            time.sleep(1)
            Task.objects.select_for_update(no_key=True).get(pk=skipped_task.pk)

    def take_up():
        taken.wait(90)
        returning.reopen(scope=ann.scope, assignment=first.assignment)

    together(sweeper, take_up)
    states = dict(Assignment.objects.values_list("pk", "state"))
    assert states == {first.assignment: "open", second.assignment: "released"}
