"""Signing in: by password, within limits, and with a second factor."""

from importlib import import_module

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import NoReverseMatch, resolve, reverse
from django.urls.exceptions import Resolver404

from accounts.models import Person
from audit.models import Entry
from tests.accounts.signing import LOGIN, SECRET, code_of, is_signed_in, sign_in
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def test_password_hashes_are_argon2_at_its_full_cost(settings):
    settings.PASSWORD_HASHERS = import_module("config.settings").PASSWORD_HASHERS
    assert make_password("secret").startswith("argon2$argon2id$v=19$m=102400,t=2,p=8$")


def test_a_person_signs_in_with_address_and_password(client, person):
    assert sign_in(client, person.email.upper())["Location"] == "/"
    assert is_signed_in(client)


def test_after_signing_in_one_is_where_one_wanted_to_go(client, person):
    wanted = client.get("/w/home/tokens/")
    assert wanted["Location"] == f"{LOGIN}?next=/w/home/tokens/"
    assert sign_in(client, person.email, next="/w/home/tokens/")["Location"] == "/w/home/tokens/"


def test_signing_in_never_leads_to_another_site(client, person):
    assert sign_in(client, person.email, next="https://elsewhere.example/")["Location"] == "/"


@pytest.mark.parametrize(
    ("email", "password"), [("annotator@home.example", "wrong"), ("nobody@home.example", PASSWORD)]
)
def test_a_wrong_address_and_a_wrong_password_are_told_alike(client, person, email, password):
    answer = sign_in(client, email, password)
    assert answer.status_code == 200
    assert "not correct" in answer.content.decode()
    assert not is_signed_in(client)


def test_after_five_wrong_passwords_the_right_one_has_to_wait(client, person):
    for _attempt in range(5):
        sign_in(client, person.email, "wrong")
    assert "Too many failed login attempts" in sign_in(client, person.email).content.decode()
    assert not is_signed_in(client)


def test_attempts_are_counted_while_redis_is_away(client, person, settings):
    settings.CACHES = {**settings.CACHES, "counters": {**settings.CACHES["counters"], "LOCATION": "unix:///nowhere"}}
    test_after_five_wrong_passwords_the_right_one_has_to_wait(client, person)


def test_one_person_s_attempts_do_not_lock_another_one_out(client, person, researcher):
    researcher.person.set_password(PASSWORD)
    researcher.person.save()
    for _attempt in range(6):
        sign_in(client, person.email, "wrong")
    assert sign_in(client, researcher.person.email).status_code == 302


def test_attempts_are_shared_between_processes(client, person):
    """The count lies in the database: another client, as another process, meets it."""
    for _attempt in range(5):
        sign_in(Client(), person.email, "wrong")
    assert "Too many" in sign_in(client, person.email).content.decode()


def test_somebody_inactive_does_not_get_in(client, person):
    Person.objects.update(is_active=False)
    sign_in(client, person.email)
    assert not is_signed_in(client)


@pytest.mark.parametrize("name", ["account_signup", "account_email", "account_confirm_email", "socialaccount_login"])
def test_pages_of_allauth_that_nobody_wants_are_not_there(name):
    with pytest.raises(NoReverseMatch):
        reverse(name, args=["key"] if name == "account_confirm_email" else [])


@pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/3rdparty/"])
def test_nobody_signs_up_by_guessing_an_address(path):
    with pytest.raises(Resolver404):
        resolve(path)


def test_signing_out_asks_first_and_then_ends_the_session(client, person):
    sign_in(client, person.email)
    assert client.get("/accounts/logout/").status_code == 200
    assert is_signed_in(client)
    client.post("/accounts/logout/")
    assert not is_signed_in(client)


def test_with_a_second_factor_the_password_alone_does_not_do(client, person):
    TOTP.activate(person, SECRET)
    assert sign_in(client, person.email)["Location"].startswith("/accounts/2fa/authenticate/")
    assert not is_signed_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": code_of()})
    assert is_signed_in(client)


def test_a_code_opens_once(client, person):
    TOTP.activate(person, SECRET)
    code = code_of()
    sign_in(client, person.email)
    client.post("/accounts/2fa/authenticate/", {"code": code})
    other = Client()
    sign_in(other, person.email)
    other.post("/accounts/2fa/authenticate/", {"code": code})
    assert not is_signed_in(other)


def test_wrong_codes_are_limited_too(client, person):
    TOTP.activate(person, SECRET)
    sign_in(client, person.email)
    for _attempt in range(5):
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    client.post("/accounts/2fa/authenticate/", {"code": code_of()})
    assert not is_signed_in(client)


def test_a_recovery_code_opens_once(client, person):
    TOTP.activate(person, SECRET)
    code = RecoveryCodes.activate(person).get_unused_codes()[0]
    for expected, browser in ((True, client), (False, Client())):
        sign_in(browser, person.email)
        browser.post("/accounts/2fa/authenticate/", {"code": code})
        assert is_signed_in(browser) is expected


def test_setting_up_a_second_factor_gives_recovery_codes(client, person, django_capture_on_commit_callbacks):
    sign_in(client, person.email)
    asked = client.get("/accounts/2fa/totp/activate/")["Location"]
    page = client.post(asked, {"password": PASSWORD}, follow=True)
    code = code_of(page.context["form"].secret)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/accounts/2fa/totp/activate/", {"code": code}, follow=True)
    assert answer.redirect_chain[-1][0] == "/accounts/2fa/recovery-codes/"
    assert len(answer.context["unused_codes"]) == 10


def test_a_second_factor_and_its_recovery_codes_come_and_go_as_one_entry(
    client, person, django_capture_on_commit_callbacks
):
    sign_in(client, person.email)
    asked = client.get("/accounts/2fa/totp/activate/")["Location"]
    page = client.post(asked, {"password": PASSWORD}, follow=True)
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/2fa/totp/activate/", {"code": code_of(page.context["form"].secret)})
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/2fa/totp/deactivate/")
    assert not person.authenticator_set.exists()
    told = Entry.objects.filter(actor=person.pk, action__startswith="person.second_factor").order_by("pk")
    assert list(told.values_list("action", flat=True)) == ["person.second_factor_added", "person.second_factor_removed"]


def test_a_stolen_session_cannot_switch_the_second_factor_off(client, person):
    """The password is asked for again."""
    TOTP.activate(person, SECRET)
    client.force_login(person)
    answer = client.post("/accounts/2fa/totp/deactivate/")
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert person.authenticator_set.exists()


def test_the_password_given_again_lets_the_change_through(client, person):
    TOTP.activate(person, SECRET)
    client.force_login(person)
    asked = client.post("/accounts/2fa/totp/deactivate/")["Location"]
    client.post(asked, {"password": PASSWORD})
    assert not person.authenticator_set.exists()
