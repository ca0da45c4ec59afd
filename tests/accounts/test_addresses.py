"""One's own e-mail address: changed by its owner alone, confirmed where mail can ask, and told in the trail."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail

from accounts import addresses, erasure, invitations
from accounts.erasure import Actor
from accounts.models import Invitation, Person
from accounts.roles import Role
from audit import identities
from audit.models import Entry
from tests.accounts.signing import is_signed_in, sign_in
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
PAGE = "/accounts/email/"


@pytest.fixture
def ada(annotator, client):
    """Has entered the password once more a moment ago, as the page asks."""
    annotator.person.set_password(PASSWORD)
    annotator.person.save()
    sign_in(client, annotator.person.email)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return annotator.person


def email_of(person):
    return Person.objects.get(pk=person.pk).email


def test_without_mail_the_change_holds_at_once_and_is_in_the_trail(ada, client):
    before = ada.email
    client.post(PAGE, {"email": " New@Home.Example "})
    assert email_of(ada) == "new@home.example"
    assert Entry.objects.filter(action="person.email_changed", actor=ada.pk, workspace__isnull=False).count() == 1
    assert before not in identities.labels([ada.pk])[ada.pk]


def test_the_old_address_signs_nobody_in(ada, client):
    before = ada.email
    EmailAddress.objects.create(user=ada, email=before, primary=True, verified=True)
    client.post(PAGE, {"email": "new@home.example"})
    client.logout()
    sign_in(client, before)
    assert not is_signed_in(client)
    sign_in(client, "new@home.example")
    assert is_signed_in(client)


def test_where_mail_is_set_up_the_new_address_confirms_and_the_old_one_is_told(
    ada, client, settings, django_capture_on_commit_callbacks
):
    settings.HAS_MAIL, before = True, ada.email
    with django_capture_on_commit_callbacks(execute=True):
        client.post(PAGE, {"email": "new@home.example"})
    assert email_of(ada) == before
    assert mail.outbox[0].to == ["new@home.example"]
    link = re.search(r"/accounts/email/confirm/\S+", mail.outbox[0].body).group(0)
    assert "new@home.example" in client.get(link).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(link)
    assert email_of(ada) == "new@home.example"
    assert mail.outbox[1].to == [before]
    assert client.post(link).status_code == 404  # it works once


def test_a_link_is_nothing_to_anybody_else(ada, researcher):
    link = f"{PAGE}confirm/{addresses.key(ada, 'new@home.example')}/"
    assert researcher.browser.post(link).status_code == 404
    assert researcher.browser.get(f"{PAGE}confirm/nonsense/").status_code == 404
    assert email_of(ada) == ada.email


@pytest.mark.parametrize(
    ("email", "said"),
    [("no address", "valid email"), ("researcher@home.example", "here already"), ("", "required")],
)
def test_an_address_that_cannot_be_is_told_at_the_field(ada, client, researcher, email, said):
    before = ada.email
    page = client.post(PAGE, {"email": email})
    assert said in page.content.decode()
    assert email_of(ada) == before


def test_an_address_taken_while_the_link_was_under_way_is_told(ada, client, researcher):
    page = client.post(f"{PAGE}confirm/{addresses.key(ada, researcher.person.email)}/", follow=True)
    assert "Somebody with this address is here already." in page.content.decode()
    assert email_of(ada) == ada.email


def test_it_asks_for_the_password_of_whoever_signed_in_long_ago(annotator):
    annotator.person.set_password(PASSWORD)
    annotator.person.save()
    annotator.browser.force_login(annotator.person)
    answer = annotator.browser.post(PAGE, {"email": "new@home.example"})
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert email_of(annotator.person) == annotator.person.email


def test_erasure_finds_the_invitation_by_which_somebody_came_under_another_address(admin):
    invitations.invite(scope=admin.scope, email="old@home.example", role=Role.ANNOTATOR)
    person = invitations.join(invitation=Invitation.objects.get(), name="Ada", password=PASSWORD)
    addresses.change(person=person, email="new@home.example")
    erasure.erase(person=Person.objects.get(pk=person.pk), by=Actor(None))
    assert not Invitation.objects.exists()
