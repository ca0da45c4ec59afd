"""Who belongs here, and with which role."""

import threading

import pytest
from django.db import IntegrityError, connection, connections, transaction

from accounts import memberships, tokens
from accounts.models import Membership
from accounts.roles import Role
from api.refusals import Conflict
from audit.models import Entry

pytestmark = pytest.mark.django_db
URL = "/api/v1/members/"


def url(member):
    return f"{URL}{member.person.pk}/"


def test_a_researcher_sees_the_members(researcher, annotator):
    rows = researcher.api.get(URL).json()["results"]
    assert {(row["email"], row["role"]) for row in rows} == {
        (researcher.person.email, "researcher"),
        (annotator.person.email, "annotator"),
    }


def test_a_reviewer_does_not_see_the_members(reviewer):
    assert reviewer.api.get(URL).status_code == 403


def test_a_stranger_sees_their_own_members_alone(researcher, stranger):
    assert [row["id"] for row in stranger.api.get(URL).json()["results"]] == [str(stranger.person.pk)]
    assert stranger.api.get(url(researcher)).status_code == 404


def test_an_admin_changes_a_role(admin, annotator):
    assert admin.api.patch(url(annotator), {"role": "reviewer"}).json()["role"] == "reviewer"
    annotator.membership.refresh_from_db()
    assert annotator.membership.role == "reviewer"


def test_a_researcher_changes_no_role(researcher, annotator):
    assert researcher.api.patch(url(annotator), {"role": "reviewer"}).status_code == 403


def test_a_stranger_changes_no_role(stranger, annotator):
    assert stranger.api.patch(url(annotator), {"role": "reviewer"}).status_code == 404


@pytest.mark.parametrize("body", [{}, {"role": "king"}, {"role": None}, {"role": ["admin"]}, [], "admin", 3])
def test_a_role_that_is_none_is_refused(admin, annotator, body):
    assert admin.api.patch(url(annotator), body).status_code == 400


def test_a_change_of_role_is_in_the_trail(admin, annotator):
    admin.api.patch(url(annotator), {"role": "reviewer"})
    entry = Entry.objects.get(action="member.role_changed")
    assert (entry.actor, entry.object_id) == (admin.person.pk, str(annotator.person.pk))
    assert entry.details == {"before": "annotator", "after": "reviewer"}


def test_a_removed_person_is_out_and_their_tokens_die(admin, annotator):
    assert admin.api.delete(url(annotator)).status_code == 204
    assert tokens.scope_of(annotator.secret) is None
    assert annotator.api.get("/api/v1/me/").status_code == 401


def test_a_token_stays_dead_when_the_person_comes_back(admin, annotator, workspace):
    admin.api.delete(url(annotator))
    memberships.enrol(workspace=workspace, person=annotator.person, role=Role.ANNOTATOR)
    assert tokens.scope_of(annotator.secret) is None


def test_a_member_leaves(annotator, admin):
    assert annotator.api.post("/api/v1/me/leave/").status_code == 204
    assert not Membership.objects.filter(person=annotator.person).exists()
    assert Entry.objects.filter(action="member.left", actor=annotator.person.pk).exists()


def test_the_last_admin_cannot_leave_and_is_told_what_to_do(admin, annotator):
    answer = admin.api.post("/api/v1/me/leave/")
    assert answer.status_code == 409
    assert "make somebody else an admin first" in answer.json()["detail"]


def test_the_last_admin_cannot_step_down(admin):
    assert admin.api.patch(url(admin), {"role": "annotator"}).status_code == 409


def test_an_admin_leaves_when_another_one_stays(admin, member):
    member("admin", "second@home.example")
    assert admin.api.post("/api/v1/me/leave/").status_code == 204


def test_the_database_itself_keeps_the_last_admin(admin, annotator):
    with pytest.raises(IntegrityError, match="without an admin"), transaction.atomic():
        Membership.objects.filter(pk=admin.membership.pk).delete()
        connection.check_constraints()
    with pytest.raises(IntegrityError, match="without an admin"), transaction.atomic():
        Membership.objects.filter(pk=admin.membership.pk).update(role="annotator")
        connection.check_constraints()


def test_two_people_may_change_places_in_one_transaction(admin, annotator):
    with transaction.atomic():
        Membership.objects.filter(pk=admin.membership.pk).update(role="annotator")
        Membership.objects.filter(pk=annotator.membership.pk).update(role="admin")
        connection.check_constraints()


def test_a_workspace_goes_with_all_its_members(admin, workspace):
    workspace.delete()
    connection.check_constraints()
    assert not Membership.objects.filter(workspace=workspace.pk).exists()


def at_once(*deeds):
    """Runs each deed in a thread with a connection of its own; the exceptions that they ended with."""
    barrier, ends = threading.Barrier(len(deeds)), []

    def run(deed):
        try:
            barrier.wait(90)
            deed()
            ends.append(None)
        except Exception as error:
            ends.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    return ends


@pytest.mark.django_db(transaction=True)
def test_of_two_admins_who_leave_at_once_one_stays(admin, member):
    second = member("admin", "second@home.example")
    ends = at_once(
        *(lambda who=who: memberships.remove(scope=who.scope, membership=who.membership) for who in (admin, second))
    )
    assert sorted(type(end) for end in ends if end) == [Conflict]
    assert Membership.objects.filter(role="admin").count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_database_keeps_one_admin_of_two_that_are_deleted_at_once(admin, member):
    second = member("admin", "second@home.example")
    both_deleted = threading.Barrier(2)

    def delete(who):
        with transaction.atomic():
            Membership.objects.filter(pk=who.membership.pk).delete()
            both_deleted.wait(90)  # neither has committed: each sees the other's row

    ends = at_once(lambda: delete(admin), lambda: delete(second))
    assert [type(end) for end in ends if end] == [IntegrityError]
    assert Membership.objects.filter(role="admin").count() == 1
