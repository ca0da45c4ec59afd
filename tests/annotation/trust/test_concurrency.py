"""Counting against people while everything happens at once, on real connections."""

import random
from collections import Counter
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation import gold
from annotation.gold import Item
from annotation.models import Assignment, Judgment, Mark, Pause, Seat, Task
from annotation.queue import leases
from annotation.queue.offers import Offer
from annotation.trust import aside, pauses
from api.refusals import Conflict
from tests.annotation.crowds import together

pytestmark = pytest.mark.django_db(transaction=True)


def counted(seat):
    """What the seat ought to hold, counted from the marks."""
    found = Mark.objects.filter(project=seat.project, annotator=seat.annotator)
    if seat.gold_from:
        found = found.filter(created_at__gte=seat.gold_from)
    return found.filter(is_right=True).count(), found.count()


def places_add_up():
    held = Counter(Assignment.objects.filter(holds_place=True).values_list("task", flat=True))
    assert all(task.open_places == task.overlap - held[task.pk] for task in Task.objects.all())


def test_of_answers_sent_at_once_at_the_threshold_one_pauses_and_none_is_half_kept(worker, known, set_to):
    set_to(pause_below=0.6, leases_per_person=6)
    known(16)
    ann = worker("ann")
    ann.do(*[False] * 7)
    held = [ann.next()]
    while len(held) < 6:
        held.append(ann.next(*[one.assignment for one in held]))
    kept = []

    def send(offer):
        with suppress(Conflict):
            kept.append(ann.say(offer, is_right=False))

    together(*[lambda offer=offer: send(offer) for offer in held])
    assert len(kept) == 3  # the tenth wrong answer pauses; what was still in hand went back
    assert Pause.objects.get().seen == 10
    assert (ann.seat.gold_seen, Mark.objects.count()) == (10, 10)
    assert Assignment.objects.filter(state="open").count() == 0
    places_add_up()


def test_known_answers_may_change_while_people_answer_them(worker, known, set_to, project, admin):
    set_to(pause_below=0.0)
    tasks = known(12)
    workers = [worker(f"w{number}") for number in range(4)]

    def work(one, seed):
        chance, said = random.Random(seed), 0
        for _time in range(500):  # a task that is being changed is passed over for a moment
            if isinstance(offer := one.next(), Offer):
                one.say(offer, is_right=chance.random() < 0.5)
                said += 1
            if said == 12:
                return

    def change():
        for number, task in enumerate(tasks):
            place = task.places.get(position=number % 2)
            gold.put(scope=admin.scope, project=project, items=[Item(task.pk, {"preferred": str(place.response_id)})])

    for one in workers:
        one.next()  # everybody has a seat
    together(change, *[lambda one=one, seed=seed: work(one, seed) for seed, one in enumerate(workers)])
    assert Mark.objects.count() == 48
    for mark in Mark.objects.select_related("task__gold", "judgment"):
        said = mark.judgment.versions.get(version=mark.version).answer
        assert mark.is_right == (said == mark.task.gold.answer)
    for seat in Seat.objects.all():
        assert (seat.gold_right, seat.gold_seen) == counted(seat)


@given(verdicts=st.lists(st.booleans(), min_size=8, max_size=14), seed=st.integers(0, 1_000))
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_counts_and_places_add_up_whatever_is_answered_swept_and_lifted_at_once(
    worker, known, set_to, reviewer, verdicts, seed
):
    """Two tabs of one person answer, the sweeper ends leases and a reviewer lifts, in any order."""
    set_to(pause_below=0.9)
    known(len(verdicts))
    ann = worker(f"ann{Seat.objects.count()}-{seed}-{random.random()}")

    def answer(part):
        for is_right in part:
            with suppress(Conflict):
                if isinstance(offer := ann.next(), Offer):
                    ann.say(offer, is_right=is_right)

    def lift():
        for _time in range(6):
            for pause in Pause.objects.exclude(decision="lifted"):
                pauses.decide(scope=reviewer.scope, pause=pause, decision="lifted", reason="Trying.")

    half = len(verdicts) // 2
    together(lambda: answer(verdicts[:half]), lambda: answer(verdicts[half:]), leases.sweep_all, lift)
    seat = ann.seat
    assert (seat.gold_right, seat.gold_seen) == counted(seat)
    assert seat.is_paused == Pause.objects.filter(annotator=seat.annotator).exclude(decision="lifted").exists()
    places_add_up()


@pytest.mark.parametrize("seed", range(3))
def test_work_is_set_aside_and_brought_back_while_everybody_works(add_task, worker, researcher, seed):
    """Against `next` and `submit` of the same person and of others: places add up, overlap is never exceeded."""
    for number in range(12):
        add_task(f"p{number}", overlap=2)
    workers = [worker(f"w{number}") for number in range(4)]
    chance = random.Random(seed)

    def work(one):
        for _time in range(30):
            with suppress(Conflict):
                if isinstance(offer := one.next(), Offer):
                    one.say(offer)

    def doubt():
        for _time in range(6):
            target = workers[chance.randrange(3)].annotator
            with suppress(Conflict):
                deed = aside.do(scope=researcher.scope, project=workers[0].project, annotator=target, reason="Doubt.")
                if chance.random() < 0.6:
                    aside.undo(scope=researcher.scope, deed=deed)

    for one in workers:
        one.next()
    together(doubt, *[lambda one=one: work(one) for one in workers])
    places_add_up()
    counts = Judgment.objects.filter(set_aside_at=None, is_late=False, withdrawn_at=None)
    by_task = Counter(counts.values_list("assignment__task", flat=True))
    assert max(by_task.values()) <= 2
    assert counts.count() == Assignment.objects.filter(holds_place=True, state="submitted").count()
    eve, dora = worker("eve"), worker("dora")
    for one in (eve, dora):
        work(one)
    assert not Task.objects.exclude(open_places=0).exists()
