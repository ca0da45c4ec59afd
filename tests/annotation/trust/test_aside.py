"""One annotator's work set aside: out of everything, judged anew by others, and back again where there is room."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from annotation import judgments
from annotation.models import Assignment, Judgment, SetAside, Task
from annotation.queue.offers import Nothing, Offer
from annotation.snapshots import filters
from annotation.trust import aside
from api.refusals import Conflict, Invalid
from audit.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(add_task, worker):
    """`ann` and `bob` have judged three tasks of overlap 2; each place is taken."""
    for name in "abc":
        add_task(name, overlap=2)
    ann, bob = worker("ann"), worker("bob")
    ann.do(True, True, True), bob.do(True, True, True)
    return ann, bob


def set_aside(member, ann, **more):
    return aside.do(scope=member.scope, project=ann.project, annotator=ann.annotator, reason="Random clicks.", **more)


def places():
    return list(Task.objects.order_by("position").values_list("open_places", flat=True))


def counting(project):
    return filters.select(project, {}).count()


def test_it_leaves_snapshots_and_opens_the_places(done, researcher, project):
    ann, _bob = done
    deed = set_aside(researcher, ann)
    assert (deed.judgments, deed.places) == (3, 3)
    assert counting(project) == 3
    assert places() == [1, 1, 1]
    assert Judgment.objects.count() == 6
    entry = Entry.objects.get(action="judgments.set_aside")
    assert entry.details["judgments"] == 3
    assert "clicks" not in str(entry.details)  # why stands beside the deed, where erasure can reach it


def test_others_judge_it_anew_and_the_same_person_is_not_asked_again(done, researcher, worker):
    ann, bob = done
    set_aside(researcher, ann)
    assert ann.next().reason == "done"
    assert bob.next().reason == "done"
    eve = worker("eve")
    eve.do(True, True, True)
    assert places() == [0, 0, 0]


def test_undone_before_anybody_came_everything_is_as_it_was(done, researcher, project):
    ann, _bob = done
    deed = set_aside(researcher, ann)
    assert aside.undo(scope=researcher.scope, deed=deed) == aside.Undone(3, 0)
    assert (counting(project), places()) == (6, [0, 0, 0])
    assert Assignment.objects.filter(holds_place=True).count() == 6
    with pytest.raises(Conflict, match="undone already"):
        aside.undo(scope=researcher.scope, deed=deed)


def test_undoing_never_exceeds_the_overlap(done, researcher, worker, project):
    ann, _bob = done
    deed = set_aside(researcher, ann)
    worker("eve").do(True)
    assert aside.undo(scope=researcher.scope, deed=deed) == aside.Undone(2, 1)
    assert (counting(project), places()) == (6, [0, 0, 0])
    with pytest.raises(Conflict, match="raise the overlap"):
        aside.undo(scope=researcher.scope, deed=SetAside.objects.get())


def test_what_stayed_aside_comes_back_once_there_is_room(done, researcher, worker, project):
    ann, _bob = done
    deed = set_aside(researcher, ann)
    eve = worker("eve")
    eve.do(True)
    aside.undo(scope=researcher.scope, deed=deed)
    Task.objects.filter(assignments__annotator=eve.annotator).update(overlap=3, open_places=1)
    assert aside.undo(scope=researcher.scope, deed=deed) == aside.Undone(1, 0)
    assert counting(project) == 7


def test_only_what_was_judged_since_a_moment_may_be_meant(done, researcher):
    ann, _bob = done
    for days, said in enumerate(Judgment.objects.filter(assignment__annotator=ann.annotator)):
        Judgment.objects.filter(pk=said.pk).update(created_at=now() - timedelta(days=days))
    assert set_aside(researcher, ann, since=now() - timedelta(hours=36)).judgments == 2


def test_work_that_comes_after_it_counts(done, researcher, add_task, project):
    ann, _bob = done
    set_aside(researcher, ann)
    add_task("d")
    ann.do(True)
    assert counting(project) == 4
    assert set_aside(researcher, ann).judgments == 1


def test_what_was_set_aside_is_not_taken_back_by_its_author(done, researcher):
    ann, _bob = done
    set_aside(researcher, ann)
    said = Judgment.objects.filter(assignment__annotator=ann.annotator).first()
    with pytest.raises(Conflict, match="set aside"):
        judgments.withdraw(scope=ann.scope, judgment=said.pk)


def test_a_withdrawn_judgment_is_not_set_aside_but_what_is_said_anew_is(add_task, worker, researcher):
    add_task("a")
    ann = worker("ann")
    said = ann.say(ann.next())
    judgments.withdraw(scope=ann.scope, judgment=said.id)
    with pytest.raises(Conflict, match="no judgment"):
        set_aside(researcher, ann)
    ann.say(ann.next())
    assert set_aside(researcher, ann).judgments == 1


def test_it_needs_a_reason(done, researcher):
    ann, _bob = done
    with pytest.raises(Invalid):
        aside.do(scope=researcher.scope, project=ann.project, annotator=ann.annotator, reason=" ")


def test_imported_judgments_are_set_aside_too(done, researcher, new_annotator, project):
    ann, _bob = done
    file = new_annotator("crowd-7")
    Assignment.objects.filter(annotator=ann.annotator).update(annotator=file)
    deed = aside.do(scope=researcher.scope, project=project, annotator=file, reason="A bad file.")
    assert (deed.judgments, places()) == (3, [1, 1, 1])


def test_over_the_api_it_is_a_researchers(done, researcher, reviewer, stranger):
    ann, _bob = done
    root = f"/api/v1/projects/{ann.project.pk}/annotators/{ann.annotator.pk}"
    body = {"reason": "Random clicks."}
    assert reviewer.api.post(f"{root}/set-asides/", body).status_code == 403
    assert stranger.api.post(f"{root}/set-asides/", body).status_code == 404
    made = researcher.api.post(f"{root}/set-asides/", body)
    assert (made.status_code, made.json()["judgments"], made.json()["places"]) == (201, 3, 3)
    listed = researcher.api.get(f"{root}/set-asides/").json()["results"]
    assert [row["id"] for row in listed] == [made.json()["id"]]
    undone = researcher.api.post(f"{root}/set-asides/{made.json()['id']}/undo/")
    assert undone.json() == {"back": 3, "kept": 0}


def test_the_page_of_an_annotator_sets_aside_and_brings_back(done, researcher):
    ann, _bob = done
    address = f"/w/home/projects/{ann.project.pk}/annotators/{ann.annotator.pk}/"
    assert ann.annotator.pseudonym in researcher.browser.get(address).content.decode()
    researcher.browser.post(f"{address}set-aside/", {"aside-reason": "Random clicks."})
    deed = SetAside.objects.get()
    assert isinstance(ann.next(), Nothing | Offer)
    page = researcher.browser.post(f"{address}set-aside/{deed.pk}/undo/", follow=True).content.decode()
    assert "3 judgments are back" in page
    assert places() == [0, 0, 0]


def test_the_page_of_an_annotator_leads_to_what_they_judged_here(done, reviewer):
    ann, _bob = done
    root = f"/w/home/projects/{ann.project.pk}"
    said = reviewer.browser.get(f"{root}/annotators/{ann.annotator.pk}/").content.decode()
    listed = f"{root}/judgments/?annotator={ann.annotator.pseudonym}"
    assert f'href="{listed}"' in said
    assert len(reviewer.browser.get(listed).context["rows"]) == 3


def test_reviewers_read_what_was_set_aside_and_its_author_does_not(done, researcher, reviewer):
    ann, _bob = done
    set_aside(researcher, ann)
    address = f"/api/v1/projects/{ann.project.pk}/judgments/"
    read = {row["id"]: row["set_aside_at"] for row in reviewer.api.get(address).json()["results"]}
    assert sum(moment is not None for moment in read.values()) == 3
    assert {row["set_aside_at"] for row in ann.api.get(address).json()["results"]} == {None}


@pytest.fixture
def large(monkeypatch):
    """Two judgments are many, and go one at a time."""
    monkeypatch.setattr(aside, "AT_ONCE", 1)
    monkeypatch.setattr(aside, "BATCH", 1)


def test_a_great_deal_is_set_aside_and_brought_back_by_jobs(done, researcher, project, finish_jobs, large):
    ann, _bob = done
    root = f"/api/v1/projects/{project.pk}/annotators/{ann.annotator.pk}/set-asides/"
    answer = researcher.api.post(root, {"reason": "Random clicks."})
    assert (answer.status_code, counting(project)) == (202, 6)
    deed = SetAside.objects.get(pk=answer.json()["id"])
    with pytest.raises(Conflict, match="A job is still at it"):
        aside.undo(scope=researcher.scope, deed=deed)
    (job,) = finish_jobs()
    assert job.result == {"set_aside": str(deed.pk), "judgments": 3, "places": 3}
    assert (counting(project), places()) == (3, [1, 1, 1])
    deed.refresh_from_db()
    assert (deed.judgments, deed.places) == (3, 3)
    assert researcher.api.post(f"{root}{deed.pk}/undo/").status_code == 202
    (job,) = finish_jobs()
    assert job.result == {"set_aside": str(deed.pk), "back": 3, "kept": 0}
    assert (counting(project), places()) == (6, [0, 0, 0])
    deed.refresh_from_db()
    assert deed.undone_at is not None


def test_what_is_judged_while_the_job_waits_is_not_set_aside(done, researcher, project, finish_jobs, large, add_task):
    ann, _bob = done
    aside.begin(scope=researcher.scope, project=project, annotator=ann.annotator, reason="Random clicks.")
    add_task("later")
    ann.do(True)
    later = Judgment.objects.filter(assignment__task__prompt__messages__0__content="later")
    later.update(created_at=now())  # inside a test the database's clock stands still
    finish_jobs()
    assert counting(project) == 4
