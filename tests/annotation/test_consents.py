"""Nobody works where something is at stake before they agreed to it; whoever changes their mind loses nothing done."""

import threading
import time

import pytest
from django.db import IntegrityError, transaction

from annotation.models import Assignment, Consent, Guidelines, Judgment, Task
from annotation.queue import leases
from tests.annotation.crowds import together

STAKES = {"consent": "It is **play money**.", "elicitation": "bdm", "amount_max": "10", "endowment": "10"}


@pytest.fixture
def paid(project, add_task):
    project.settings, project.kinds = STAKES, ["cardinal"]
    project.save()
    Guidelines.objects.create(project=project, version=2, terms=STAKES)
    for name in "abc":
        add_task(name, kind="cardinal")
    return f"/api/v1/projects/{project.pk}"


def say(person, paid, said, version=2):
    return person.api.post(f"{paid}/consent/", {"said": said, "version": version}, format="json")


def ask(person, paid):
    return person.api.post(f"{paid}/next/", {}, format="json")


def answer(person, offer, **more):
    body = {"answer": {"preferred": None, "amount": "0"}, **more}
    return person.api.post(f"/api/v1/assignments/{offer['assignment']}/submit/", body, format="json")


def test_before_the_first_task_one_is_asked(annotator, paid):
    asked = annotator.api.get(f"{paid}/consent/").json()
    assert (asked["state"], asked["text"], asked["version"]) == ("missing", "It is **play money**.", 2)
    refused = ask(annotator, paid)
    assert refused.status_code == 409
    assert "agree" in refused.json()["detail"]
    assert say(annotator, paid, "accepted").status_code == 201
    assert ask(annotator, paid).status_code == 200
    row = Consent.objects.get()
    assert (row.said, row.guidelines.version) == ("accepted", 2)


def test_who_refuses_gets_no_work_and_may_think_again(annotator, paid):
    say(annotator, paid, "refused")
    assert ask(annotator, paid).status_code == 409
    say(annotator, paid, "accepted")
    assert ask(annotator, paid).status_code == 200
    assert list(Consent.objects.order_by("id").values_list("said", flat=True)) == ["refused", "accepted"]


def test_withdrawing_stops_new_work_and_keeps_what_is_done(annotator, paid):
    say(annotator, paid, "accepted")
    first = ask(annotator, paid).json()
    assert answer(annotator, first).status_code == 201
    second = ask(annotator, paid).json()
    assert say(annotator, paid, "withdrawn").status_code == 201
    assert Assignment.objects.get(pk=second["assignment"]).state == "released"
    assert Task.objects.get(assignments=second["assignment"]).open_places == 1
    assert ask(annotator, paid).status_code == 409
    late = answer(annotator, second)
    assert (late.status_code, "withdrew" in late.json()["detail"]) == (409, True)
    assert Judgment.objects.filter(withdrawn_at=None).count() == 1


def test_another_stake_is_another_consent_and_other_words_of_the_guidelines_are_not(annotator, paid, project):
    say(annotator, paid, "accepted")
    Guidelines.objects.create(project=project, version=3, text="Be fair, please.", terms=STAKES)
    assert ask(annotator, paid).status_code == 200
    Guidelines.objects.create(project=project, version=4, terms={**STAKES, "amount_max": "5"})
    assert annotator.api.get(f"{paid}/consent/").json()["state"] == "changed"
    held = Assignment.objects.get()
    assert ask(annotator, paid).status_code == 409
    assert answer(annotator, {"assignment": held.pk}, next=True).headers["X-Reason"] == "consent"
    assert say(annotator, paid, "accepted", version=4).status_code == 201
    assert ask(annotator, paid).status_code == 200


@pytest.mark.parametrize(
    "said, version, status", [("accepted", 1, 409), ("withdrawn", 2, 409), ("maybe", 2, 400), ("accepted", "x", 400)]
)
def test_what_cannot_be_said_is_refused(annotator, paid, said, version, status):
    assert say(annotator, paid, said, version).status_code == status
    assert not Consent.objects.exists()


def test_saying_it_twice_is_one_row(annotator, paid):
    say(annotator, paid, "accepted"), say(annotator, paid, "accepted")
    assert Consent.objects.count() == 1


def test_nobody_agrees_for_another_workspace(stranger, paid):
    assert say(stranger, paid, "accepted").status_code == 404


def test_a_project_without_a_consent_text_asks_nothing(annotator, project, add_task):
    add_task("a")
    assert annotator.api.get(f"/api/v1/projects/{project.pk}/consent/").json()["state"] == "not_needed"
    assert say(annotator, f"/api/v1/projects/{project.pk}", "accepted", 1).status_code == 409
    assert ask(annotator, f"/api/v1/projects/{project.pk}").status_code == 200


def test_what_was_said_never_changes(annotator, paid):
    say(annotator, paid, "accepted")
    for change in (lambda: Consent.objects.update(said="refused"), lambda: Consent.objects.get().delete()):
        with pytest.raises(IntegrityError, match="refused"), transaction.atomic():
            change()


@pytest.mark.django_db(transaction=True)
def test_giving_back_two_tasks_waits_for_nobody_who_waits_for_it(annotator, project, add_task):
    """Somebody who returns the second task holds it and waits for the project's row."""
    project.settings, project.kinds = STAKES, ["cardinal"]
    project.save()
    Guidelines.objects.create(project=project, version=2, terms=STAKES)
    add_task("a", kind="cardinal"), add_task("b", kind="cardinal")
    paid = f"/api/v1/projects/{project.pk}"
    say(annotator, paid, "accepted")
    first = ask(annotator, paid).json()["assignment"]
    annotator.api.post(f"{paid}/next/", {"holding": [first]}, format="json")
    last = Assignment.objects.order_by("pk").last()
    taken, begun = threading.Event(), threading.Event()

    def sweeper():
        with transaction.atomic():
            Task.objects.select_for_update(no_key=True).get(pk=last.task_id)
            taken.set()
            begun.wait(90)
            time.sleep(1)
            leases.return_places(project.pk, [last.task_id])

    def withdraw():
        taken.wait(90)
        begun.set()
        assert say(annotator, paid, "withdrawn").status_code == 201

    together(sweeper, withdraw)
    assert not Assignment.objects.filter(state="open").exists()
