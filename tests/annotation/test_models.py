"""What the database itself refuses."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils.timezone import now

from annotation.models import Assignment, Guidelines, Judgment, JudgmentVersion, Project, Snapshot, Task


def lease(task, annotator, **changes):
    values = {
        "project": task.project,
        "task": task,
        "annotator": annotator,
        "guidelines": task.project.guidelines.get(),
        "purpose": "label",
        "shown_order": [0, 1],
        "slot": 0,
        "holds_place": True,
        "state": "open",
        "lease_expires_at": now() + timedelta(minutes=5),
    }
    return Assignment.objects.create(**{**values, **changes})


def answer(task, annotator, **changes):
    assignment = lease(task, annotator, state="submitted", slot=None, ended_at=now(), lease_expires_at=None)
    judgment = Judgment.objects.create(project=task.project, assignment=assignment)
    values = {"kind": task.kind, "answer": {"preferred": None}, "guidelines": assignment.guidelines}
    return JudgmentVersion.objects.create(judgment=judgment, version=1, **{**values, **changes})


def refused(constraint, act):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        act()


def test_open_places_never_leave_the_overlap(add_task):
    task = add_task("p", overlap=2)
    for places in (3, -1):
        refused("task_open_places", lambda places=places: Task.objects.filter(pk=task.pk).update(open_places=places))


def test_an_annotator_gets_a_task_once_for_a_purpose(add_task, new_annotator):
    task, annotator = add_task("p"), new_annotator("ann")
    lease(task, annotator)
    refused("assignment_once_per_purpose", lambda: lease(task, annotator, slot=1))
    lease(task, annotator, slot=1, purpose="repeat", holds_place=False)


def test_two_open_leases_never_share_a_slot(add_task, new_annotator):
    annotator = new_annotator("ann")
    lease(add_task("p"), annotator)
    other = add_task("q")
    refused("assignment_one_open_per_slot", lambda: lease(other, annotator))


def test_an_assignment_is_leased_exactly_while_it_is_open(add_task, new_annotator):
    task, annotator = add_task("p"), new_annotator("ann")
    refused("assignment_leased_exactly_while_open", lambda: lease(task, annotator, lease_expires_at=None))
    refused("assignment_leased_exactly_while_open", lambda: lease(task, annotator, state="submitted"))


def test_only_a_label_holds_a_place(add_task, new_annotator):
    task, annotator = add_task("p"), new_annotator("ann")
    refused("assignment_holds_a_place_only_as_a_label", lambda: lease(task, annotator, purpose="gold"))


def test_a_judgment_stands_once_for_an_assignment(add_task, new_annotator):
    version = answer(add_task("p"), new_annotator("ann"))
    assignment = version.judgment.assignment
    refused("assignment_id", lambda: Judgment.objects.create(project=assignment.project, assignment=assignment))


def test_a_version_of_a_judgment_never_changes(add_task, new_annotator):
    version = answer(add_task("p"), new_annotator("ann"))
    refused("never change", lambda: JudgmentVersion.objects.filter(pk=version.pk).update(answer={}))
    refused("never change", version.delete)


def test_versions_leave_only_with_a_purge(add_task, new_annotator):
    version = answer(add_task("p"), new_annotator("ann"))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL touchstone.purging = 'on'")
        version.judgment.project.delete()
    assert not Project.objects.exists()
    assert not JudgmentVersion.objects.exists()


@pytest.mark.parametrize(
    ("kind", "changes", "constraint"),
    [
        ("cardinal", {}, "judgment_amount_exactly_when_cardinal"),
        ("cardinal", {"amount_low": 2, "amount_high": 1, "currency": "USD"}, "judgment_amounts_are_an_interval"),
        ("cardinal", {"amount_low": -1, "currency": "USD"}, "judgment_amounts_are_an_interval"),
        ("pairwise", {"amount_low": 1, "amount_high": 1}, "judgment_amount_exactly_when_cardinal"),
        ("binary", {}, "judgment_desirable_exactly_when_binary"),
        ("pairwise", {"desirable": True}, "judgment_desirable_exactly_when_binary"),
    ],
)
def test_the_columns_of_an_answer_fit_its_kind(add_task, new_annotator, kind, changes, constraint):
    task = add_task("p", kind=kind)
    refused(constraint, lambda: answer(task, new_annotator("ann"), **changes))


def test_guidelines_never_change(project):
    refused("never change", lambda: Guidelines.objects.filter(project=project).update(text="Be unfair."))


def test_a_frozen_snapshot_never_changes_but_may_be_renamed(project):
    snapshot = Snapshot.objects.create(project=project, name="one", splits={"train": 1.0})
    Snapshot.objects.filter(pk=snapshot.pk).update(sha256="a" * 64, frozen_at=now(), counts={"pairwise": {"train": 3}})
    refused("never change", lambda: Snapshot.objects.filter(pk=snapshot.pk).update(sha256="b" * 64))
    assert Snapshot.objects.filter(pk=snapshot.pk).update(name="two") == 1


@pytest.mark.parametrize("values", [{"kinds": ["poetry"]}, {"kinds": []}, {"overlap": 0}, {"status": "lost"}])
def test_a_project_holds_known_values(workspace, values):
    refused(
        "project_", lambda: Project.objects.create(workspace=workspace, name="x", **{"kinds": ["binary"], **values})
    )
