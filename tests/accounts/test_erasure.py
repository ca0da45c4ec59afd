"""On request everything goes that says who somebody was; judgments stay under a pseudonym that leads nowhere."""

from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import CommandError, call_command
from django.db import connection

from accounts import annotators, erasure, invitations, people
from accounts.erasure import Actor
from accounts.models import Annotator, Invitation, Membership, Person, Token
from api.models import Idempotency
from audit import identities
from audit.models import Entry, Identity
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def leaver(admin) -> Person:
    """Somebody who came by invitation over the API, labelled, and has a second factor."""
    asked = {"email": "lea@lab.example", "role": "researcher"}
    admin.api.post("/api/v1/invitations/", asked, headers={"Idempotency-Key": "once"})
    invitation = Invitation.objects.get(email="lea@lab.example")
    person = invitations.join(invitation=invitation, name="Lea Leaver", password=PASSWORD)
    annotators.of_person(invitation.workspace, person)
    TOTP.activate(person, "JBSWY3DPEHPK3PXP")
    EmailAddress.objects.create(user=person, email=person.email, primary=True)
    return person


def everything_in_the_database() -> str:
    """The text of every row of every table."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        text = []
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            text += [row[0] for row in cursor.fetchall()]
    return "\n".join(text).lower()


def test_nothing_in_the_database_says_who_it_was(leaver):
    assert "lea@lab.example" in everything_in_the_database()
    erasure.erase(person=leaver, by=Actor(None))
    left = everything_in_the_database()
    assert "lea@lab" not in left
    assert "leaver" not in left


def test_the_pseudonym_stays_and_leads_nowhere(leaver, workspace):
    before = annotators.of_person(workspace, leaver)
    erasure.erase(person=leaver, by=Actor(None))
    after = Annotator.objects.get(pk=before.pk)
    assert (after.pseudonym, after.person, after.erased_at is None) == (before.pseudonym, None, False)


def test_an_erased_person_cannot_sign_in_or_call(leaver, client):
    erasure.erase(person=leaver, by=Actor(None))
    leaver.refresh_from_db()
    assert not leaver.is_active
    assert not leaver.has_usable_password()
    assert not Token.objects.filter(person=leaver).exists()
    assert not Membership.objects.filter(person=leaver).exists()
    client.post("/accounts/login/", {"login": leaver.email, "password": PASSWORD})
    assert client.get("/accounts/").status_code == 302


def test_the_trail_keeps_the_deed_without_the_name(leaver, admin):
    erasure.erase(person=leaver, by=Actor(admin.person.pk))
    entry = Entry.objects.get(action="person.erased")
    assert (entry.actor, entry.object_id) == (admin.person.pk, str(leaver.pk))
    assert not Identity.objects.filter(pk=leaver.pk).exists()


def test_the_address_is_free_again(leaver):
    erasure.erase(person=leaver, by=Actor(None))
    assert people.create(email="lea@lab.example").pk != leaver.pk


def test_other_apps_clear_what_they_keep_in_the_same_transaction(leaver, workspace, monkeypatch):
    cleared = []
    monkeypatch.setattr(erasure, "_also", [cleared.extend])
    record = annotators.of_person(workspace, leaver)
    erasure.erase(person=leaver, by=Actor(None))
    assert cleared == [record.pk]


def test_the_last_admin_is_not_erased_and_the_sentence_says_where(admin):
    with pytest.raises(erasure.Conflict, match="last admin of Home"):
        erasure.erase(person=admin.person, by=Actor(admin.person.pk))
    assert Person.objects.get(pk=admin.person.pk).email == admin.person.email


def test_somebody_is_erased_once(leaver):
    erasure.erase(person=leaver, by=Actor(None))
    with pytest.raises(erasure.Conflict):
        erasure.erase(person=leaver, by=Actor(None))


def test_an_admin_erases_a_member_of_this_workspace_alone_wholly(admin, leaver):
    answer = admin.browser.post(f"/w/home/members/{leaver.pk}/erase/", {"email": leaver.email})
    assert answer.status_code == 302
    assert Person.objects.get(pk=leaver.pk).erased_at


def test_an_admin_cuts_the_pseudonym_of_somebody_who_belongs_elsewhere_too(admin, leaver, stranger, workspace):
    away = stranger.membership.workspace
    Membership.objects.create(workspace=away, person=leaver, role="annotator")
    here, there = annotators.of_person(workspace, leaver), annotators.of_person(away, leaver)
    admin.browser.post(f"/w/home/members/{leaver.pk}/erase/", {"email": leaver.email})
    leaver.refresh_from_db()
    assert leaver.erased_at is None
    assert leaver.email == "lea@lab.example"
    assert Annotator.objects.get(pk=here.pk).person is None
    assert Annotator.objects.get(pk=there.pk).person == leaver
    assert not Membership.objects.filter(workspace=workspace, person=leaver).exists()


def test_cutting_a_pseudonym_forgets_what_tells_person_and_judgment_together(admin, leaver, stranger, workspace):
    for place in (workspace, stranger.membership.workspace):
        key = {"path": "/api/v1/assignments/1/submit/", "key": "k", "body_sha256": "0" * 64, "status": 201}
        Idempotency.objects.create(person=leaver.pk, workspace=place.pk, answer="{}", **key)
    Membership.objects.create(workspace=stranger.membership.workspace, person=leaver, role="annotator")
    membership = Membership.objects.get(workspace=workspace, person=leaver)
    assert erasure.erase_member(scope=admin.scope, membership=membership) is False
    kept = Idempotency.objects.filter(person=leaver.pk).values_list("workspace", flat=True)
    assert list(kept) == [stranger.membership.workspace.pk]


def test_an_admin_does_not_erase_staff(admin, leaver):
    Person.objects.filter(pk=leaver.pk).update(is_staff=True)
    admin.browser.post(f"/w/home/members/{leaver.pk}/erase/", {"email": leaver.email})
    assert Person.objects.get(pk=leaver.pk).erased_at is None


def test_the_address_has_to_be_typed(admin, leaver):
    for wrong in ("", "somebody@else.example"):
        assert admin.browser.post(f"/w/home/members/{leaver.pk}/erase/", {"email": wrong}).status_code == 200
    assert Person.objects.get(pk=leaver.pk).erased_at is None


def test_a_person_erases_themselves(client, leaver):
    leaver.authenticator_set.all().delete()
    client.post("/accounts/login/", {"login": leaver.email, "password": PASSWORD})
    asked = client.post("/accounts/erase/", {"email": leaver.email})["Location"]
    answer = client.post(asked, {"password": PASSWORD})  # what was asked for goes on by itself
    assert "Your account is erased" in answer.content.decode()
    assert Person.objects.get(pk=leaver.pk).erased_at
    assert client.get("/accounts/").status_code == 302


def test_a_stolen_session_cannot_erase(client, leaver):
    """The password is asked for again."""
    client.force_login(leaver)
    assert client.post("/accounts/erase/", {"email": leaver.email})["Location"].startswith("/accounts/reauth")
    assert Person.objects.get(pk=leaver.pk).erased_at is None


def test_a_researcher_and_a_stranger_erase_nobody(researcher, stranger, leaver):
    url = f"/w/home/members/{leaver.pk}/erase/"
    assert researcher.browser.post(url, {"email": leaver.email}).status_code == 403
    assert stranger.browser.post(url, {"email": leaver.email}).status_code == 404


def test_the_page_says_what_erasure_does_not_reach(admin, leaver):
    page = admin.browser.get(f"/w/home/members/{leaver.pk}/erase/").content.decode()
    for word in ("words typed beside verdicts", "frozen snapshots", "backups"):
        assert word in page


def test_the_command_erases_in_every_workspace(leaver, stranger):
    Membership.objects.create(workspace=stranger.membership.workspace, person=leaver, role="annotator")
    call_command("erase_person", email="Lea@lab.example", yes=True, stdout=StringIO())
    assert Person.objects.get(pk=leaver.pk).erased_at
    assert not Membership.objects.filter(person=leaver).exists()


def test_the_command_erases_nobody_where_nobody_can_say_yes(leaver, monkeypatch):
    monkeypatch.setattr("sys.stdin", StringIO())
    with pytest.raises(CommandError, match="Nothing was erased"):
        call_command("erase_person", email="lea@lab.example")
    assert not Person.objects.get(pk=leaver.pk).erased_at


def test_the_command_refuses_the_last_admin_and_nobody(admin):
    for email in (admin.person.email, "nobody@lab.example"):
        with pytest.raises(CommandError):
            call_command("erase_person", email=email, yes=True)


def test_what_is_remembered_of_a_person_is_forgotten_alone(admin, leaver):
    identities.remember(admin.person.pk, "Ada")
    erasure.erase(person=leaver, by=Actor(None))
    assert Identity.objects.filter(pk=admin.person.pk).exists()
