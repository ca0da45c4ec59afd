"""Sessions that one sees and ends, and the API in the browser."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils.timezone import now

from accounts import sessions
from tests.accounts.signing import is_signed_in, sign_in

pytestmark = pytest.mark.django_db


def test_one_sees_and_ends_a_session(client, person):
    other = Client()
    sign_in(other, person.email)
    sign_in(client, person.email)
    found = {session.session_key: session for session in client.get("/accounts/sessions/").context["sessions"]}
    assert len(found) == 2
    client.post(f"/accounts/sessions/{found[other.session.session_key].pk}/end/")
    assert not is_signed_in(other)
    assert is_signed_in(client)


def test_the_browser_in_hand_stands_first(client, person):
    sign_in(client, person.email)
    sign_in(Client(), person.email)
    first, second = client.get("/accounts/sessions/").context["sessions"]
    assert first.session_key == client.session.session_key
    assert second.last_seen_at >= first.last_seen_at


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
