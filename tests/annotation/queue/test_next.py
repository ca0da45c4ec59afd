"""What a person is given next, and what never."""

import random

import pytest
from django.utils.timezone import now

from annotation import projects
from annotation.models import Assignment, Gold, Project, Task
from annotation.projects import Wish
from annotation.queue import leases, ordering
from annotation.queue.offers import Nothing, Offer, comes_up
from annotation.queue.ordering import Change
from api.refusals import Conflict


def prompts_of(offers):
    return [offer.prompt[0]["content"] for offer in offers]


def work_through(worker):
    done = []
    while isinstance(offer := worker.next(), Offer):
        done.append(offer)
        worker.say(offer)
    return done


def test_tasks_come_in_the_order_of_import(add_task, worker):
    for name in "abc":
        add_task(name)
    assert prompts_of(work_through(worker("ann"))) == ["a", "b", "c"]


def test_an_open_assignment_is_given_again(add_task, worker):
    add_task("a"), add_task("b")
    ann = worker("ann")
    assert ann.next().assignment == ann.next().assignment


def test_who_holds_one_is_given_another_up_to_the_bound(add_task, worker):
    for name in "abc":
        add_task(name)
    ann = worker("ann")
    first = ann.next()
    second = ann.next(first.assignment)
    assert second.assignment != first.assignment
    assert ann.next(first.assignment, second.assignment) == Nothing("waiting", retry_after=pytest.approx(4, abs=2))
    assert Assignment.objects.filter(state="open").count() == 2


def test_nobody_is_given_a_task_twice(add_task, worker):
    add_task("a", overlap=5)
    ann = worker("ann")
    assert ann.do()
    assert ann.next() == Nothing("done")


def test_overlap_is_met_and_never_exceeded(add_task, worker):
    task = add_task("a", overlap=2)
    assert worker("ann").do()
    assert worker("bob").do()
    assert worker("eve").next() == Nothing("done")
    task.refresh_from_db()
    assert task.open_places == 0


def test_while_all_is_leased_to_others_one_waits(add_task, worker):
    add_task("a")
    worker("ann").next()
    assert worker("bob").next().reason == "waiting"


def test_a_skipped_task_goes_to_others_and_not_back(add_task, worker):
    add_task("a")
    ann, bob = worker("ann"), worker("bob")
    ann.skip(ann.next(), "I know the author.")
    assert ann.next() == Nothing("done")
    assert bob.do()


def test_a_released_task_may_come_back(add_task, worker):
    add_task("a")
    ann = worker("ann")
    offer = ann.next()
    leases.release(scope=ann.scope, assignment=offer.assignment)
    assert ann.next().assignment == offer.assignment


def test_a_returned_task_reaches_those_who_had_passed_it(add_task, worker):
    for name in "abc":
        add_task(name)
    ann, bob = worker("ann"), worker("bob")
    offer = ann.next()
    assert prompts_of(work_through(bob)) == ["b", "c"]
    ann.skip(offer)
    assert prompts_of(work_through(bob)) == ["a"]


def test_a_lease_that_ran_out_returns(add_task, worker, run_out):
    add_task("a")
    ann, bob = worker("ann"), worker("bob")
    run_out(ann.next())
    assert bob.do()


def test_who_let_a_lease_run_out_is_asked_again(add_task, worker, run_out):
    add_task("a", overlap=3)
    ann = worker("ann")
    first = ann.next()
    run_out(first)
    assert leases.sweep_all() == 1
    again = ann.next()
    assert again.assignment == first.assignment
    assert [part["id"] for part in again.responses] == [part["id"] for part in first.responses]
    assert Task.objects.get().open_places == 2


def test_a_lease_is_renewed_when_little_of_it_is_left(add_task, worker, run_out):
    add_task("a")
    ann = worker("ann")
    first = ann.next()
    run_out(first)
    assert ann.next().lease_expires_at > now()


def test_new_tasks_reach_who_had_come_to_the_end(add_task, worker, project):
    add_task("a")
    ann = worker("ann")
    work_through(ann)
    later = add_task("b")
    ordering.pull_back(project.pk, rank=later.rank, position=later.position)
    assert prompts_of(work_through(ann)) == ["b"]


def test_random_order_is_another_than_that_of_import(add_task, worker, project, researcher):
    for number in range(12):
        add_task(f"p{number}")
    Task.objects.update(random_key=0)
    for number, task in enumerate(Task.objects.order_by("-position")):
        Task.objects.filter(pk=task.pk).update(random_key=number / 100)
    projects.change(scope=researcher.scope, project=project, wish=Wish(ordering="random"))
    assert prompts_of(work_through(worker("ann"))) == [f"p{number}" for number in reversed(range(12))]


def test_the_highest_priority_comes_first_also_when_it_is_raised_later(add_task, worker, project, researcher):
    tasks = {name: add_task(name) for name in "abcd"}
    projects.change(scope=researcher.scope, project=project, wish=Wish(ordering="priority"))
    ann = worker("ann")
    assert prompts_of([ann.next()]) == ["a"]
    ann.do()
    ordering.change_task(Task.objects.get(pk=tasks["d"].pk), scope=researcher.scope, change=Change(priority=5))
    assert prompts_of(work_through(ann)) == ["d", "b", "c"]


def test_a_changed_order_begins_again_and_repeats_nothing(add_task, worker, project, researcher):
    for name in "abc":
        add_task(name, overlap=2)
    ann = worker("ann")
    ann.do()
    projects.change(scope=researcher.scope, project=project, wish=Wish(ordering="random"))
    assert sorted(prompts_of(work_through(ann))) == ["b", "c"]


def test_a_raised_overlap_opens_a_task_again(add_task, worker, researcher):
    task = add_task("a")
    worker("ann").do()
    bob = worker("bob")
    assert bob.next() == Nothing("done")
    ordering.change_task(task, scope=researcher.scope, change=Change(overlap=2))
    assert bob.do()


def test_a_lowered_overlap_keeps_what_is_there(add_task, worker, researcher):
    task = add_task("a", overlap=3)
    worker("ann").do(), worker("bob").do()
    ordering.change_task(task, scope=researcher.scope, change=Change(overlap=1))
    task.refresh_from_db()
    assert (task.overlap, task.open_places) == (1, 0)
    assert worker("eve").next() == Nothing("done")


def test_the_overlap_of_a_project_is_that_of_its_tasks(add_task, worker, project, researcher):
    add_task("a"), add_task("b", overlap=3)
    ann = worker("ann")
    assert len(work_through(ann)) == 2
    projects.change(scope=researcher.scope, project=project, wish=Wish(overlap=2))
    assert list(Task.objects.order_by("position").values_list("overlap", "open_places")) == [(2, 1), (3, 2)]


def test_a_paused_task_is_not_given_and_comes_when_it_is_open(add_task, worker, researcher):
    task = add_task("a")
    ann = worker("ann")
    ordering.change_task(task, scope=researcher.scope, change=Change(status="paused"))
    assert ann.next() == Nothing("done")
    ordering.change_task(task, scope=researcher.scope, change=Change(status="open"))
    assert ann.do()


@pytest.mark.parametrize(("status", "reason"), [("paused", "waiting"), ("closed", "done")])
def test_a_project_that_is_not_open_gives_nothing_new(add_task, worker, project, status, reason):
    add_task("a")
    Project.objects.update(status=status)
    assert worker("ann").next().reason == reason


def test_what_is_open_may_be_finished_in_a_paused_project(add_task, worker):
    add_task("a")
    ann = worker("ann")
    offer = ann.next()
    Project.objects.update(status="paused")
    assert ann.next().assignment == offer.assignment
    assert ann.say(offer).is_new


def test_a_draft_gives_nothing(add_task, worker):
    add_task("a")
    Project.objects.update(status="draft")
    with pytest.raises(Conflict, match="draft"):
        worker("ann").next()


def test_one_person_does_no_more_than_the_bound(add_task, worker, project):
    for name in "abc":
        add_task(name)
    project.settings = {"most_per_person": 2}
    project.save()
    assert len(work_through(worker("ann"))) == 2
    assert len(work_through(worker("bob"))) == 1


def test_sides_are_shown_in_both_orders(add_task, worker):
    for number in range(40):
        add_task(f"p{number}")
    firsts = {offer.responses[0]["text"][-1] for offer in work_through(worker("ann"))}
    assert firsts == {"0", "1"}  # one order alone: a chance of 2e-12


def test_the_order_shown_is_recorded(add_task, worker):
    task = add_task("a")
    offer = worker("ann").next()
    places = {str(place.response_id): place.position for place in task.places.all()}
    assert Assignment.objects.get().shown_order == [places[part["id"]] for part in offer.responses]


def test_repeats_swap_the_sides_and_hold_no_place(add_task, worker, project):
    for number in range(6):
        add_task(f"p{number}")
    project.settings = {"repeat_rate": 1.0, "repeat_after": 1}
    project.save()
    ann = worker("ann")
    work_through(ann)
    repeats = Assignment.objects.filter(purpose="repeat")
    assert repeats.count() >= 3
    for repeat in repeats:
        first = Assignment.objects.get(task=repeat.task, purpose="label")
        assert repeat.shown_order == first.shown_order[::-1]
        assert not repeat.holds_place
    assert not Task.objects.exclude(open_places=0).exists()


def test_what_is_mixed_in_comes_up_at_its_rate(monkeypatch):
    monkeypatch.setattr("random.random", random.Random(7).random)
    shares = {rate: sum(comes_up(rate) for _ in range(4_000)) / 4_000 for rate in (0.0, 0.05, 0.5, 1.0)}
    assert shares[0.0] == 0
    assert shares[1.0] == 1
    assert shares[0.05] == pytest.approx(0.05, abs=0.015)  # more than four standard errors
    assert shares[0.5] == pytest.approx(0.5, abs=0.035)


def test_gold_comes_as_a_label_while_it_is_open_and_beside_it_after(add_task, worker, project):
    task = add_task("a")
    Gold.objects.create(task=task, project=project, answer={"preferred": None})
    project.settings = {"gold_rate": 1.0}
    project.save()
    assert worker("ann").do()
    assert worker("bob").do()
    assert list(Assignment.objects.order_by("created_at").values_list("purpose", flat=True)) == ["label", "gold"]
    assert Task.objects.get().open_places == 0
