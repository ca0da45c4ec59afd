"""How a project goes: counted from what is there, and told as advice."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.utils.timezone import now

from annotation.models import Assignment, Judgment, Project, Snapshot, Task
from annotation.watching import advice, labels, overview, pace, people, skips
from annotation.watching.labels import Labels
from annotation.watching.pace import DAY, HOUR, Flow
from annotation.watching.patience import LEAST_SECONDS, PATIENCE, Kept
from tests.annotation.queue.conftest import worker

__all__ = ["worker"]  # a fixture of the queue's tests
NOON = datetime(2026, 5, 8, 12, 30, tzinfo=UTC)
TOP = int(NOON.timestamp()) // HOUR * HOUR


@pytest.fixture(autouse=True)
def _counted_anew():
    for kept in (labels.kept, pace.kept, skips.kept, people.kept):
        kept.known.clear()


# -- Labels -----------------------------------------------------------------------------------------------------------


def test_an_empty_project_wants_nothing(project):
    assert labels.now(project.pk) == Labels()
    assert labels.now(project.pk).share == 0


def test_labels_tasks_and_desks_are_counted(project, add_task, worker):
    add_task("a", overlap=1)
    add_task("b", overlap=2)
    ann, bob = worker("ann"), worker("bob")
    ann.do()
    ann.do()
    bob.next()
    found = labels.now(project.pk)
    assert (found.tasks, found.complete) == (2, 1)  # whose last label is on a desk is not complete
    assert (found.wanted, found.there, found.leased, found.left, found.at_work) == (3, 2, 1, 1, 1)


def test_a_lease_that_ran_out_is_nobody_at_work(project, add_task, worker, run_out):
    add_task("a")
    run_out(worker("ann").next())
    assert labels.now(project.pk).at_work == 0


def test_what_paused_and_closed_tasks_want_cannot_come(project, add_task):
    add_task("a", overlap=2)
    paused, closed, begun = add_task("b", overlap=3), add_task("c", overlap=4), add_task("d", overlap=5)
    Task.objects.filter(pk=paused.pk).update(status="paused")
    Task.objects.filter(pk=closed.pk).update(status="closed")
    Task.objects.filter(pk=begun.pk).update(status="closed", open_places=4)
    found = labels.now(project.pk)
    assert (found.tasks, found.wanted, found.out_of_reach, found.left) == (3, 10, 7, 2)


# -- Pace -------------------------------------------------------------------------------------------------------------


def flow(by_hour, first=None, last=None):
    return Flow(by_hour, first, last or first)


def test_every_hour_and_day_has_its_place_also_where_nothing_came():
    found = flow({TOP: 4, TOP - 2 * HOUR: 3, TOP - 5 * DAY: 9}, NOON)
    hours, counts = found.hours(NOON)
    assert (len(hours), hours[-1], counts[-3:]) == (48, TOP, [3, 0, 4])
    days, counts = found.days(NOON)
    assert (len(days), counts[-1], counts[-6], sum(counts)) == (30, 7, 9, 16)
    assert all(day % DAY == 0 for day in days)


def test_the_pace_looks_back_seven_days():
    found = flow({TOP - 20 * DAY: 1_000, TOP - DAY: 70}, NOON - timedelta(days=21))
    assert found.per_day(NOON) == pytest.approx(10)


def test_the_pace_of_a_young_project_is_of_its_own_age():
    assert flow({TOP - 48 * HOUR: 30, TOP: 30}, NOON - timedelta(hours=48)).per_day(NOON) == pytest.approx(30)


def test_the_first_day_is_taken_for_whole():
    assert flow({TOP: 1}, NOON - timedelta(minutes=1)).per_day(NOON) == pytest.approx(1)
    assert flow({TOP - 12 * HOUR: 30, TOP: 30}, NOON - timedelta(hours=12)).per_day(NOON) == pytest.approx(60)


def test_without_judgments_nobody_can_tell_when_it_is_done():
    assert flow({}).per_day(NOON) == 0
    assert pace.done_on(5, flow({}), NOON) is None


def test_the_end_is_what_is_left_at_the_pace_of_late():
    found = flow({TOP - DAY: 70}, NOON - timedelta(days=7))
    assert pace.done_on(25, found, NOON) == NOON + timedelta(days=2.5)
    assert pace.done_on(0, found, NOON) == NOON


def test_an_end_beyond_a_year_is_not_told():
    assert pace.done_on(10_000, flow({TOP - DAY: 7}, NOON - timedelta(days=7)), NOON) is None


def test_judgments_are_read_by_the_hour(project, add_task, worker):
    for name in "abc":
        add_task(name)
    ann = worker("ann")
    for _turn in range(3):
        ann.do()
    first = Judgment.objects.order_by("pk")[0]
    Judgment.objects.filter(pk=first.pk).update(created_at=now() - timedelta(hours=30))
    found = pace.read(project.pk)
    assert sum(found.by_hour.values()) == 3
    assert len(found.by_hour) >= 2
    assert found.first_at < found.last_at
    assert found.since(now() - timedelta(hours=20)) == 2


def test_what_came_with_a_file_is_nobodys_pace(project, add_task, new_annotator, worker):
    task = add_task("a")
    assignment = Assignment.objects.create(
        project=project, task=task, annotator=new_annotator("file"), guidelines=project.guidelines.get(),
        purpose="label", shown_order=[0, 1], holds_place=False, state="submitted", ended_at=now(),
    )  # fmt: skip
    Judgment.objects.create(project=project, assignment=assignment)
    assert pace.read(project.pk) == Flow({}, None, None)
    worker("ann").do()
    assert sum(pace.read(project.pk).by_hour.values()) == 1


def test_what_is_older_than_thirty_days_is_not_counted_but_known(project, add_task, worker):
    add_task("a")
    worker("ann").do()
    Judgment.objects.update(created_at=now() - timedelta(days=40))
    found = pace.read(project.pk)
    assert found.by_hour == {}
    assert found.last_at is not None


# -- People and skips -------------------------------------------------------------------------------------------------


def test_a_persons_work_is_told_from_the_newest_tasks(project, add_task, worker):
    for name in "abcd":
        add_task(name)
    ann = worker("ann")
    ann.do()
    ann.do()
    ann.skip(ann.next(), "unclear: what is this")
    seats = list(people.seated(project))
    (found,) = people.with_work(project.pk, seats)
    assert (found.seat.judged, found.work.timed, found.work.skips) == (2, 2, 1)
    assert found.work.median_seconds == pytest.approx(0.1)
    assert found.hours == pytest.approx(0.2 / 3600)
    assert not found.is_about
    assert found.work.last_at == Assignment.objects.latest("ended_at").ended_at


def test_hours_are_stretched_where_more_was_judged_than_is_read():
    work = people.Work(timed=500, median_ms=1.0, sum_ms=3_600_000)
    assert work.hours(500) == pytest.approx(1)
    assert work.hours(1_500) == pytest.approx(3)
    assert work.is_stretched(1_500)


def test_who_never_said_how_long_has_no_hours():
    assert people.Work().hours(10) is None


def test_skips_are_gathered_by_reason_with_the_words_of_late(project, add_task, worker):
    for name in "abcde":
        add_task(name)
    ann = worker("ann")
    for reason in ("unclear", "unclear: too long", "harmful", "I know her", ""):
        ann.skip(ann.next(), reason)
    found = skips.read(project.pk)
    assert found.total == 5
    assert (str(found.reasons[0].label), found.reasons[0].times) == ("They cannot tell", 2)
    assert sorted(str(one.label) for one in found.reasons[1:]) == [
        "In their own words",
        "No reason given",
        "The text is harmful or distressing",
    ]
    assert {one.words for one in found.said} == {"I know her", "too long"}  # at one moment: in any order


# -- Advice -----------------------------------------------------------------------------------------------------------


def stand(**changes):
    quiet = skips.Skips([], [], 0)
    some = Labels(tasks=10, wanted=20, held=5)
    given = {"status": "open", "labels": some, "last_at": NOON, "skips": quiet, "has_guidelines": True, "now": NOON}
    return advice.Stand(**{**given, **changes})


@pytest.mark.parametrize(
    ("changes", "sections"),
    [
        ({}, []),
        ({"labels": Labels()}, ["imports"]),
        ({"status": "draft"}, ["project-settings"]),
        ({"has_guidelines": False}, ["project-guidelines"]),
        ({"last_at": None, "labels": Labels(tasks=10, wanted=20)}, ["label"]),
        ({"last_at": NOON - timedelta(days=3)}, ["project-settings"]),
        ({"last_at": NOON - timedelta(days=3), "status": "paused"}, []),
        ({"labels": Labels(tasks=10, complete=10, wanted=20, held=20)}, ["snapshots"]),
        ({"labels": Labels(tasks=10, complete=10, wanted=20, held=20), "status": "closed"}, ["snapshots"]),
        ({"status": "closed"}, ["snapshots"]),
        ({"skips": skips.Skips([], [], 12)}, ["project-guidelines"]),
        ({"skips": skips.Skips([], [], 9)}, []),
    ],
)
def test_advice_follows_from_how_the_project_stands(changes, sections):
    assert [one.section for one in advice.of(stand(**changes))] == sections


@pytest.mark.parametrize(("is_frozen", "words"), [(False, "Freeze"), (True, "in a snapshot")])
def test_what_is_frozen_already_is_not_to_be_frozen_again(is_frozen, words):
    (only,) = advice.of(stand(labels=Labels(tasks=1, complete=1, wanted=2, held=2), is_frozen=is_frozen))
    assert words in only.text


@pytest.mark.parametrize(
    ("rows", "last_at", "is_frozen"),
    [(2, None, True), (2, NOON - timedelta(days=1), True), (2, NOON + timedelta(days=1), False), (1, None, False)],
)
def test_a_snapshot_holds_all_where_nobody_labelled_since(project, rows, last_at, is_frozen):
    counts = {"pairwise": {"train": rows - 1, "test": 1}}
    Snapshot.objects.create(project=project, name="All", splits={}, sha256="a" * 64, frozen_at=NOON, counts=counts)
    found = overview.is_frozen(project, Labels(tasks=1, complete=1, wanted=2, held=2), pace.Flow({}, last_at, last_at))
    assert found is is_frozen


def test_labels_on_desks_are_waited_for():
    (only,) = advice.of(stand(labels=Labels(tasks=1, complete=1, wanted=2, held=2, leased=1, out_of_reach=1)))
    assert "desks" in only.text


# -- What is kept -----------------------------------------------------------------------------------------------------


def test_an_answer_is_kept_the_longer_the_more_it_cost():
    clock, asked = [100.0], []

    def find(key):
        asked.append(key)
        clock[0] += 1.0  # it took a second
        return len(asked)

    kept = Kept(find, clock=lambda: clock[0])
    assert (kept("a"), kept("a")) == (1, 1)
    clock[0] += PATIENCE - 1
    assert kept("a") == 1
    clock[0] += 2
    assert kept("a") == 2
    assert kept("b") == 3


def test_a_cheap_answer_is_kept_for_a_moment_alone():
    clock = [0.0]
    kept = Kept(lambda key: clock[0], clock=lambda: clock[0])
    kept(1)
    clock[0] += LEAST_SECONDS + 0.1
    assert kept(1) == clock[0]


def test_a_project_that_is_not_there_has_no_figures(db):
    assert labels.now(uuid4()) == Labels()
    assert Project.objects.count() == 0
