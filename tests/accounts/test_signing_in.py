"""Signing in: by password, with a second factor, within limits, and by a link when the password is forgotten."""

import re
import time
from datetime import timedelta

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, resolve, reverse
from django.urls.exceptions import Resolver404
from django.utils.timezone import now

from accounts import passwords, sessions
from accounts.models import Person
from audit.models import Entry
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def no_attempts_yet(db):
    cache.clear()


@pytest.fixture
def person(annotator) -> Person:
    annotator.person.set_password(PASSWORD)
    annotator.person.save()
    return annotator.person


def sign_in(client: Client, email: str, password: str = PASSWORD, **more):
    return client.post(LOGIN, {"login": email, "password": password, **more})


def is_signed_in(client: Client) -> bool:
    return client.get("/accounts/").status_code == 200


def code_of(secret: str = SECRET) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def test_password_hashes_are_argon2(person):
    assert person.password.startswith("argon2$argon2id$")


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


@pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/email/", "/accounts/3rdparty/"])
def test_nobody_signs_up_by_guessing_an_address(path):
    with pytest.raises(Resolver404):
        resolve(path)


def test_signing_out_asks_first_and_then_ends_the_session(client, person):
    sign_in(client, person.email)
    assert client.get("/accounts/logout/").status_code == 200
    assert is_signed_in(client)
    client.post("/accounts/logout/")
    assert not is_signed_in(client)


# -- the second factor ------------------------------------------------------------------------------------------------


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
    assert Entry.objects.filter(action="person.second_factor_added", actor=person.pk).exists()


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


# -- passwords --------------------------------------------------------------------------------------------------------


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
    page = admin.browser.post(f"/w/home/members/{annotator.person.pk}/reset-link/")
    set_by_link(Client(), "/" + page.context["link"].split("/", 3)[3])
    assert Person.objects.get(pk=annotator.person.pk).check_password("a-new-long-password")


def test_an_admin_makes_no_link_where_mail_can_bring_one(admin, annotator, settings):
    settings.HAS_MAIL = True
    answer = admin.browser.post(f"/w/home/members/{annotator.person.pk}/reset-link/")
    assert answer.status_code == 302


def test_an_admin_makes_no_link_into_another_workspace(admin, stranger, workspace, settings):
    settings.HAS_MAIL = False
    workspace.memberships.create(person=stranger.person, role="annotator")
    answer = admin.browser.post(f"/w/home/members/{stranger.person.pk}/reset-link/")
    assert answer.status_code == 302


# -- sessions ---------------------------------------------------------------------------------------------------------


def test_one_sees_and_ends_a_session(client, person):
    other = Client()
    sign_in(other, person.email)
    sign_in(client, person.email)
    found = {session.session_key: session for session in client.get("/accounts/sessions/").context["sessions"]}
    assert len(found) == 2
    client.post(f"/accounts/sessions/{found[other.session.session_key].pk}/end/")
    assert not is_signed_in(other)
    assert is_signed_in(client)


def test_one_ends_all_others_at_once(client, person):
    others = [Client(), Client()]
    for browser in (*others, client):
        sign_in(browser, person.email)
    client.post("/accounts/sessions/others/end/")
    assert [is_signed_in(browser) for browser in (*others, client)] == [False, False, True]


def test_nobody_ends_the_session_of_another_one(client, person, researcher):
    sign_in(client, person.email)
    theirs = UserSession.objects.get(user=person)
    assert researcher.browser.post(f"/accounts/sessions/{theirs.pk}/end/").status_code == 404
    assert is_signed_in(client)


def test_what_was_noted_of_sessions_that_are_over_is_forgotten(client, person):
    sign_in(client, person.email)
    ended = Client()
    sign_in(ended, person.email)
    Session.objects.filter(pk=ended.session.session_key).update(expire_date=now() - timedelta(seconds=1))
    assert sessions.forget_ended() == 1
    assert UserSession.objects.get().session_key == client.session.session_key


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iOS"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "Unknown browser"),
    ],
)
def test_a_session_is_called_by_its_browser(sent, shown):
    assert sessions.device(sent) == shown


def test_last_seen_is_written_once_in_a_while(client, person, django_assert_num_queries):
    sign_in(client, person.email)
    client.get("/accounts/sessions/")
    seen = UserSession.objects.get(user=person).last_seen_at
    client.get("/accounts/sessions/")
    assert UserSession.objects.get(user=person).last_seen_at == seen


# -- the API in the browser -------------------------------------------------------------------------------------------


def test_the_browser_s_session_opens_the_api(researcher):
    assert researcher.browser.get("/api/v1/me/").json()["role"] == "researcher"


def test_writing_by_session_demands_the_csrf_token(researcher):
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(researcher.person)
    answer = careful.patch("/api/v1/me/", {"name": "Mallory"}, content_type="application/json")
    assert answer.status_code == 403
    careful.get("/accounts/")
    token = careful.cookies["csrftoken"].value
    answer = careful.patch(
        "/api/v1/me/", {"name": "Rosa"}, content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert answer.json()["name"] == "Rosa"


def test_a_header_names_the_workspace_where_there_are_several(researcher, stranger):
    stranger.membership.workspace.memberships.create(person=researcher.person, role="annotator")
    away = {"X-Workspace": stranger.membership.workspace.slug}
    assert researcher.browser.get("/api/v1/me/", headers=away).json()["role"] == "annotator"
    assert researcher.browser.get("/api/v1/me/", headers={"X-Workspace": "nowhere"}).status_code == 401
