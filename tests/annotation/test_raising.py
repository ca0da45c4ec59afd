"""More labels for some tasks, and another order or overlap for all of a large project."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from annotation import projects, raising
from annotation.browsing.tasks import Wanted
from annotation.models import Task
from annotation.models.quality import TaskFigure
from annotation.queue import rearranging
from annotation.queue.offers import Offer
from annotation.raising import Subset
from jobs.models import Job
from tests.annotation.queue.conftest import worker

__all__ = ["worker"]
API = "/api/v1"


def ask(member, project, **body):
    return member.api.post(f"{API}/projects/{project.pk}/overlap/", {"overlap": 3, **body})


def wanting(project, overlap):
    return {task.prompt.messages[0]["content"] for task in project.tasks.filter(overlap=overlap)}


# -- Some tasks -------------------------------------------------------------------------------------------------------


def test_all_tasks_that_match_want_more(researcher, project, add_task, finish_jobs):
    for name in ("the cat", "the dog", "a fish"):
        add_task(name)
    assert ask(researcher, project, words="the ").status_code == 202
    (job,) = finish_jobs()
    assert job.result == {"project": str(project.pk), "tasks": 2}
    assert wanting(project, 3) == {"the cat", "the dog"}
    assert all(task.open_places == 3 for task in project.tasks.filter(overlap=3))


def test_finished_tasks_come_back_before_everything_else_and_never_to_the_same_person(
    researcher, project, add_task, worker, finish_jobs
):
    first = add_task("zebra")
    add_task("b")
    ann, bob = worker("ann"), worker("bob")
    ann.do()
    bob.next()
    ask(researcher, project, overlap=2, words="zebra", progress="all")
    finish_jobs()
    first.refresh_from_db()
    assert (first.overlap, first.open_places) == (2, 1)
    assert not isinstance(ann.next(), Offer)
    cleo = worker("cleo")
    assert cleo.next().prompt[0]["content"] == "zebra"


def test_the_most_disputed_come_from_the_newest_figures(researcher, project, add_task, finish_jobs):
    for place, (name, agreement) in enumerate([("a", 0.0), ("b", 0.3), ("c", 0.5), ("d", 1.0)], start=1):
        TaskFigure.objects.create(
            task=add_task(name), project=project, kind="pairwise", votes=2, place=place, agreement=agreement,
            consensus={},
        )  # fmt: skip
    ask(researcher, project, disputed=2)
    finish_jobs()
    assert wanting(project, 3) == {"a", "b"}
    ask(researcher, project, disputed=10)
    finish_jobs()
    assert wanting(project, 3) == {"a", "b", "c"}  # nobody differs on d


def test_a_second_attempt_raises_the_same_disputed_tasks(project, add_task, tmp_path):
    tasks = [add_task(name) for name in "abc"]
    for place, task in enumerate(tasks, start=1):
        TaskFigure.objects.create(
            task=task, project=project, kind="pairwise", votes=2, place=place, agreement=0, consensus={}
        )
    subset, kept = Subset(disputed=2), tmp_path / "tasks.json"
    (first,) = raising.chunks(project, subset, 3, kept=kept)
    raising.lift(project.pk, first, 3)
    assert list(raising.chunks(project, subset, 3, kept=kept)) == [first]
    assert raising.lift(project.pk, first, 3) == 0


def test_a_random_share_is_the_same_share_again(project, add_task):
    for number in range(8):
        task = add_task(str(number))
        Task.objects.filter(pk=task.pk).update(random_key=number / 8)
    for share, count in ((0.25, 2), (0.5, 4), (1.0, 8)):
        assert raising.matching(project, Subset(share=share), 2).count() == count


def test_closed_tasks_and_those_that_want_as_many_stay_as_they_are(project, add_task):
    add_task("a", overlap=3)
    closed = add_task("b")
    Task.objects.filter(pk=closed.pk).update(status="closed")
    assert not raising.matching(project, Subset(wanted=Wanted()), 3).exists()
    assert raising.lift(project.pk, [closed.pk], 3) == 0


def test_an_id_means_that_task_or_that_prompt(project, add_task):
    task, other = add_task("a"), add_task("b")
    for wanted in (task.pk, task.prompt_id):
        assert list(raising.matching(project, Subset(Wanted(words=str(wanted))), 2)) == [task]
    assert not raising.matching(project, Subset(Wanted(words=str(other.pk))), 1).exists()


def test_large_subsets_go_in_batches(project, add_task, monkeypatch, tmp_path):
    monkeypatch.setattr(raising, "BATCH", 2)
    for name in "abcde":
        add_task(name)
    sizes = []
    for tasks in raising.chunks(project, Subset(), 2, kept=tmp_path / "none"):
        sizes.append(raising.lift(project.pk, tasks, 2))
    assert sizes == [2, 2, 1]


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"overlap": 1}, 400, "overlap"),
        ({"overlap": 5_000}, 400, "overlap"),
        ({"share": 0}, 422, "share"),
        ({"share": 1.5}, 400, "share"),
        ({"disputed": -1}, 400, "disputed"),
        ({"disputed": 5}, 409, "disputed"),
        ({"kind": "poetry"}, 400, "kind"),
        ({"mark": "lost"}, 400, "mark"),
    ],
)
def test_what_makes_no_sense_is_refused(researcher, project, change, status, field):
    answer = ask(researcher, project, **change)
    assert answer.status_code == status
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Job.objects.exists()


def test_only_researchers_ask_for_more(reviewer, stranger, project):
    assert ask(reviewer, project).status_code == 403
    assert ask(stranger, project).status_code == 404


def test_the_page_leads_to_the_job(researcher, project, add_task):
    add_task("a")
    address = f"/w/home/projects/{project.pk}/overlap/"
    assert researcher.browser.get(address).context["form"]["overlap"].value() == 2
    answer = researcher.browser.post(address, {"overlap": "4", "percent": "50"})
    job = Job.objects.get()
    assert answer["Location"] == f"/w/home/jobs/{job.pk}/"
    assert (job.arguments["overlap"], job.arguments["subset"]["share"]) == (4, 0.5)
    refused = researcher.browser.post(address, {"overlap": "4", "disputed": "5"})
    assert refused.status_code == 422
    assert "compute the quality figures first" in refused.content.decode()


# -- A large project --------------------------------------------------------------------------------------------------


@pytest.fixture
def large(project, add_task, monkeypatch):
    monkeypatch.setattr(rearranging, "AT_ONCE", 2)
    monkeypatch.setattr(rearranging, "BATCH", 2)
    for number, name in enumerate("abcde"):
        Task.objects.filter(pk=add_task(name).pk).update(random_key=1 - number / 10, priority=number)
    return project


def order_for(worker):
    found = []
    while isinstance(offer := worker.next(), Offer):
        found.append(offer.prompt[0]["content"])
        worker.say(offer)
    return found


def change(member, project, **wish):
    return projects.change(scope=member.scope, project=project, wish=projects.Wish(**wish))


def test_a_large_project_is_put_in_order_by_a_job(researcher, large, worker, finish_jobs):
    change(researcher, large, ordering="priority")
    assert [task.rank for task in large.tasks.order_by("position")] == [1, 2, 3, 4, 5]  # not yet
    (job,) = finish_jobs()
    assert (job.kind, job.result["tasks"]) == (rearranging.REORDER, 5)
    assert order_for(worker("ann")) == ["e", "d", "c", "b", "a"]


def test_nobody_misses_a_task_while_the_order_changes(researcher, large, worker):
    """Half the tasks have their new rank, and somebody labels meanwhile."""
    ann = worker("ann")
    seen = [ann.next().prompt[0]["content"]]
    ann.do()
    change(researcher, large, ordering="random")
    for batch in rearranging.by_order(large.pk, "random"):
        rearranging.reorder(large.pk, "random", batch)
        offer = ann.next()
        seen.append(offer.prompt[0]["content"])
        ann.say(offer)
    seen += order_for(ann)
    assert sorted(seen) == list("abcde")


def test_an_order_that_was_given_up_is_not_brought_in(researcher, large, finish_jobs):
    change(researcher, large, ordering="priority")
    change(researcher, large, ordering="random")
    first, second = finish_jobs()
    assert (first.result["tasks"], second.result["tasks"]) == (0, 5)
    assert [round(task.rank, 1) for task in large.tasks.order_by("position")] == [1.0, 0.9, 0.8, 0.7, 0.6]


def test_more_labels_for_all_of_a_large_project_by_a_job(researcher, large, worker, finish_jobs):
    ann = worker("ann")
    assert len(order_for(ann)) == 5
    own = large.tasks.order_by("position").last()
    Task.objects.filter(pk=own.pk).update(overlap=7, open_places=6)
    change(researcher, large, overlap=3)
    (job,) = finish_jobs()
    assert (job.kind, job.result["tasks"]) == (rearranging.CHANGE_OVERLAP, 4)
    assert [(task.overlap, task.open_places) for task in large.tasks.order_by("position")] == [(3, 2)] * 4 + [(7, 6)]
    assert order_for(ann) == []
    assert order_for(worker("bob")) == list("abcde")


def test_fewer_labels_leave_what_is_there(researcher, large, worker, finish_jobs):
    change(researcher, large, overlap=2)
    finish_jobs()
    order_for(worker("ann"))
    order_for(worker("bob"))
    change(researcher, large, overlap=1)
    finish_jobs()
    assert {(task.overlap, task.open_places) for task in large.tasks.all()} == {(1, 0)}


def test_a_small_project_follows_at_once(researcher, project, add_task, worker):
    add_task("a")
    ann = worker("ann")
    ann.do()
    change(researcher, project, overlap=2, ordering="random")
    assert not Job.objects.exists()
    task = project.tasks.get()
    assert (task.overlap, task.open_places, task.rank) == (2, 1, 0.5)
    assert ann.seat.reached_rank == float("-inf")


def test_a_lease_that_is_held_keeps_its_place(researcher, large, worker, finish_jobs):
    ann = worker("ann")
    offer = ann.next()
    change(researcher, large, overlap=2)
    finish_jobs()
    held = Task.objects.get(assignments=offer.assignment)
    assert (held.overlap, held.open_places) == (2, 1)
    assert offer.lease_expires_at > now() - timedelta(minutes=1)
    ann.say(offer)
