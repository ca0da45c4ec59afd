"""Passwords: forgotten, changed, weak, and set by a link."""

import re
from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.test import Client

from accounts import passwords, people
from accounts.mails import without_addresses
from accounts.models import Person
from audit.models import Entry
from tests.accounts.signing import is_signed_in, sign_in
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def test_a_forgotten_password_is_set_by_a_mailed_link(client, person, settings):
    settings.HAS_MAIL = True
    settings.PUBLIC_URL = "https://touchstone.example"
    client.post("/accounts/password/reset/", {"email": person.email}, headers={"host": "localhost"})
    link = re.search(r"https://touchstone\.example(/\S+)", mail.outbox[0].body).group(1)
    set_by_link(client, link)
    assert Person.objects.get(pk=person.pk).check_password("a-new-long-password")


def set_by_link(client, path):
    form = client.get(path, follow=True)
    new = {"password1": "a-new-long-password", "password2": "a-new-long-password"}
    return client.post(form.context["action_url"], new)


def test_a_link_sets_the_password_once(client, person):
    link = passwords.reset_link(person).split("/", 3)[3]
    set_by_link(client, f"/{link}")
    again = Client().get(f"/{link}", follow=True)
    assert again.context["token_fail"] is True


def test_an_unknown_address_is_told_nothing_and_gets_no_mail(client, person, settings):
    settings.HAS_MAIL = True
    answer = client.post("/accounts/password/reset/", {"email": "nobody@home.example"})
    assert answer["Location"] == "/accounts/password/reset/done/"
    assert mail.outbox == []


def test_where_no_mail_is_set_up_the_page_says_whom_to_ask(client, settings):
    settings.HAS_MAIL = False
    assert "No mail is set up" in client.get("/accounts/password/reset/").content.decode()
    client.post("/accounts/password/reset/", {"email": "annotator@home.example"})
    assert mail.outbox == []


def test_a_mail_server_that_is_away_breaks_nothing(client, person, settings):
    settings.HAS_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", 1, False
    assert client.post("/accounts/password/reset/", {"email": person.email}).status_code == 302


def test_a_mail_that_is_refused_leaves_no_address_in_the_log():
    refused = SMTPRecipientsRefused({"lea@lab.example": (550, b"5.1.1 <lea@lab.example>: no such user")})
    said = without_addresses(refused)
    assert "lea" not in said
    assert "no such user" in said


def test_a_new_password_ends_the_other_sessions(client, person):
    other = Client()
    sign_in(other, person.email)
    sign_in(client, person.email)
    new = {"oldpassword": PASSWORD, "password1": "a-new-long-password", "password2": "a-new-long-password"}
    client.post("/accounts/password/change/", new)
    assert is_signed_in(client)
    assert not is_signed_in(other)
    assert Entry.objects.filter(action="person.password_changed", actor=person.pk).exists()


@pytest.mark.parametrize("weak", ["short", "password1234", "annotator@home.example"])
def test_a_weak_password_is_refused(client, person, weak):
    sign_in(client, person.email)
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": weak, "password2": weak})
    assert Person.objects.get(pk=person.pk).check_password(PASSWORD)


def test_an_admin_makes_a_link_to_pass_on(admin, annotator, settings):
    settings.HAS_MAIL = False
    page = admin.browser.post(f"/w/home/members/{annotator.person.pk}/reset-link/", follow=True)
    set_by_link(Client(), "/" + page.context["link"].split("/", 3)[3])
    assert Person.objects.get(pk=annotator.person.pk).check_password("a-new-long-password")


@pytest.mark.parametrize("what", ["workspace", "staff"])
def test_a_link_opens_nothing_that_the_person_got_later(admin, annotator, stranger, settings, what):
    settings.HAS_MAIL = False
    page = admin.browser.post(f"/w/home/members/{annotator.person.pk}/reset-link/", follow=True)
    if what == "workspace":
        stranger.membership.workspace.memberships.create(person=annotator.person, role="admin")
    else:
        Person.objects.filter(pk=annotator.person.pk).update(is_staff=True)
    found = Client().get("/" + page.context["link"].split("/", 3)[3], follow=True)
    assert found.context["token_fail"] is True


def test_an_admin_makes_no_link_where_mail_can_bring_one(admin, annotator, settings):
    settings.HAS_MAIL = True
    answer = admin.browser.post(f"/w/home/members/{annotator.person.pk}/reset-link/")
    assert answer.status_code == 302


def test_an_admin_makes_no_link_into_another_workspace(admin, stranger, workspace, settings):
    settings.HAS_MAIL = False
    workspace.memberships.create(person=stranger.person, role="annotator")
    answer = admin.browser.post(f"/w/home/members/{stranger.person.pk}/reset-link/")
    assert answer.status_code == 302


def test_what_happens_to_an_account_stands_in_each_of_its_workspaces(annotator, stranger):
    elsewhere = stranger.membership.workspace
    elsewhere.memberships.create(person=annotator.person, role="annotator")
    people.record("person.password_changed", annotator.person, actor=annotator.person.pk)
    told = Entry.objects.filter(action="person.password_changed").values_list("workspace", flat=True)
    assert set(told) == {annotator.membership.workspace_id, elsewhere.pk}
