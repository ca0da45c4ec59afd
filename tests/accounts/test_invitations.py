"""Nobody signs up; people are asked in by a link."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils.timezone import now

from accounts import erasure, invitations, memberships, workspaces
from accounts.models import Invitation, Membership, Person
from accounts.roles import Role
from api.refusals import Conflict
from audit.models import Entry, Identity

pytestmark = pytest.mark.django_db
URL = "/api/v1/invitations/"
NEW = "new@lab.example"
PASSWORD = "correct-horse-battery"


def invite(admin, email=NEW, role=Role.REVIEWER, **more):
    invitation, link = invitations.invite(scope=admin.scope, email=email, role=role, **more)
    return invitation, link.rstrip("/").rsplit("/", 1)[1]


def test_an_admin_invites_and_sees_the_link_once(admin):
    made = admin.api.post(URL, {"email": "New@Lab.example", "role": "reviewer"})
    assert made.status_code == 201
    secret = made.json()["link"].rstrip("/").rsplit("/", 1)[1]
    assert invitations.behind(secret).email == NEW
    assert "link" not in admin.api.get(f"{URL}{made.json()['id']}/").json()
    assert secret not in str(Invitation.objects.values())


@pytest.mark.parametrize("end", ["removed", "demoted", "erased"])
def test_invitations_end_with_the_admin_who_made_them(admin, member, end):
    gone = member("admin", "gone@home.example")
    _invitation, secret = invite(gone, role=Role.ADMIN)
    if end == "removed":
        memberships.remove(scope=admin.scope, membership=gone.membership)
    elif end == "demoted":
        memberships.change_role(scope=admin.scope, membership=gone.membership, role=Role.RESEARCHER)
    else:
        erasure.erase_member(scope=admin.scope, membership=gone.membership)
    assert invitations.behind(secret) is None
    with pytest.raises(Conflict, match="is over"):
        invitations.join(invitation=_invitation, name="", password=PASSWORD)


@pytest.mark.parametrize("role", ["researcher", "reviewer", "annotator"])
def test_nobody_else_invites_or_sees_invitations(role, member):
    caller = member(role)
    assert caller.api.post(URL, {"email": NEW, "role": "annotator"}).status_code == 403
    assert caller.api.get(URL).status_code == 403


def test_a_stranger_finds_no_invitation_of_ours(admin, stranger):
    invitation, _secret = invite(admin)
    assert stranger.api.get(f"{URL}{invitation.pk}/").status_code == 404
    assert stranger.api.delete(f"{URL}{invitation.pk}/").status_code == 404
    assert stranger.api.get(URL).json()["results"] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": NEW},
        {"email": "nobody", "role": "admin"},
        {"email": NEW, "role": "king"},
        {"email": NEW, "role": "admin", "days": 0},
        {"email": NEW, "role": "admin", "days": 91},
        {"email": NEW, "role": "admin", "days": "many"},
        {"email": "a" * 300 + "@lab.example", "role": "admin"},
    ],
)
def test_an_invitation_that_makes_no_sense_is_refused(admin, body):
    assert admin.api.post(URL, body).status_code == 400
    assert not Invitation.objects.exists()


def test_a_member_is_not_invited_again(admin, annotator):
    answer = admin.api.post(URL, {"email": annotator.person.email, "role": "admin"})
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["field"] == "email"


def test_a_second_invitation_makes_the_first_one_void(admin):
    _first, old = invite(admin)
    _second, new = invite(admin)
    assert invitations.behind(old) is None
    assert invitations.behind(new) is not None


def test_joining_makes_the_person_and_the_membership(admin, workspace):
    invitation, _secret = invite(admin)
    person = invitations.join(invitation=invitation, name="Nell", password=PASSWORD)
    assert (person.email, person.name) == (NEW, "Nell")
    assert person.check_password(PASSWORD)
    assert Membership.objects.get(person=person, workspace=workspace).role == "reviewer"
    assert Entry.objects.filter(action="invitation.accepted", actor=person.pk).exists()


def test_a_link_works_once(admin):
    invitation, secret = invite(admin)
    invitations.join(invitation=invitation, name="Nell", password=PASSWORD)
    assert invitations.behind(secret) is None
    with pytest.raises(Conflict):
        invitations.join(invitation=invitation, name="Again", password=PASSWORD)


def test_a_link_that_has_run_out_opens_nothing(admin):
    invitation, secret = invite(admin)
    Invitation.objects.update(expires_at=now() - timedelta(seconds=1))
    assert invitations.behind(secret) is None
    with pytest.raises(Conflict):
        invitations.join(invitation=invitation, name="Late", password=PASSWORD)


def test_a_revoked_link_opens_nothing(admin):
    invitation, secret = invite(admin)
    assert admin.api.delete(f"{URL}{invitation.pk}/").status_code == 204
    assert invitations.behind(secret) is None


def test_a_link_into_a_deleted_workspace_opens_nothing(admin, workspace):
    _invitation, secret = invite(admin)
    type(workspace).objects.update(deleted_at=now())
    assert invitations.behind(secret) is None


def test_a_person_of_another_workspace_accepts_when_signed_in(admin, stranger, workspace):
    invitation, _secret = invite(admin, email=stranger.person.email)
    invitations.accept(invitation=invitation, person=stranger.person)
    assert Membership.objects.get(person=stranger.person, workspace=workspace).role == "reviewer"


def test_an_invitation_is_for_its_address_alone(admin, stranger):
    invitation, _secret = invite(admin)
    with pytest.raises(Conflict):
        invitations.accept(invitation=invitation, person=stranger.person)


def test_an_admin_cannot_come_into_another_workspace_by_inviting_its_people(admin, stranger):
    """They have no password yet, so the link's bearer would choose it, and with it sign in there."""
    invitation, _secret = invite(admin, email=stranger.person.email)
    assert not stranger.person.has_usable_password()
    with pytest.raises(Conflict):
        invitations.join(invitation=invitation, name="Mallory", password=PASSWORD)


def test_somebody_made_by_the_command_line_claims_the_account(admin, workspace):
    person = Person.objects.create_user("made@lab.example")
    invitation, _secret = invite(admin, email=person.email)
    joined = invitations.join(invitation=invitation, name="Made", password=PASSWORD)
    assert joined == person
    assert Person.objects.get(pk=person.pk).check_password(PASSWORD)


def test_a_mail_goes_out_where_mail_is_set_up(admin, settings, django_capture_on_commit_callbacks):
    settings.HAS_MAIL = True
    with django_capture_on_commit_callbacks(execute=True):
        _invitation, secret = invite(admin)
    assert mail.outbox[0].to == [NEW]
    assert secret in mail.outbox[0].body


def test_no_mail_goes_out_where_none_is_set_up(admin, settings, django_capture_on_commit_callbacks):
    settings.HAS_MAIL = False
    with django_capture_on_commit_callbacks(execute=True):
        invite(admin)
    assert mail.outbox == []


def test_a_mail_that_fails_breaks_nothing(admin, settings, django_capture_on_commit_callbacks):
    settings.HAS_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", 1, False
    with django_capture_on_commit_callbacks(execute=True):
        assert admin.api.post(URL, {"email": NEW, "role": "admin"}).status_code == 201


def test_a_workspace_s_name_cannot_break_the_mail_s_headers(admin, settings, django_capture_on_commit_callbacks):
    settings.HAS_MAIL = True
    workspaces.rename(scope=admin.scope, name="Lab\nBcc: all@lab.example")
    with django_capture_on_commit_callbacks(execute=True):
        invitations.invite(scope=admin.scope, email=NEW, role=Role.REVIEWER)
    assert mail.outbox[0].subject == "You are invited to Lab Bcc: all@lab.example"


def test_addresses_of_old_invitations_are_forgotten(admin):
    old, _secret = invite(admin, email="old@lab.example")
    young, _secret = invite(admin)
    Invitation.objects.filter(pk=old.pk).update(expires_at=now() - timedelta(days=91))
    invitations.forget_old()
    assert list(Invitation.objects.all()) == [young]
    assert not Identity.objects.filter(pk=old.pk).exists()
