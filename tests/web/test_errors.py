"""A refusal is a page that says what is wrong; a fault of ours is one that depends on nothing."""

import json

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import path

from web import errors

pytestmark = pytest.mark.django_db


def break_down(request):
    raise RuntimeError("a fault of ours")


urlpatterns = [path("broken/", break_down)]
handler500 = "config.handlers.broken"


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


def test_a_page_that_is_not_there_is_404_in_words(client):
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert b"There is nothing here" in answer.content
    assert answer["Content-Type"].startswith("text/html")


def test_what_is_not_there_in_the_api_is_a_problem(client):
    answer = client.get("/api/v1/nowhere/")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_a_disallowed_host_is_400(client):
    answer = client.get("/nowhere/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert b"That request made no sense" in answer.content


def test_a_disallowed_host_is_a_problem_in_the_api(client):
    answer = client.get("/api/v1/me/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_a_cookie_that_spells_a_nul_is_400(client):
    assert client.get("/accounts/login/", headers={"cookie": r'sessionid="\000abcdefghijk"'}).status_code == 400


def test_an_oversize_form_is_413(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    answer = client.post("/accounts/login/", {"login": "x" * 2_000})
    assert answer.status_code == 413
    assert b"That is too large" in answer.content


def test_a_form_without_its_token_is_403_with_a_way_out():
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a@b.example"})
    assert answer.status_code == 403
    assert b"open too long" in answer.content


@pytest.mark.urls(__name__)
def test_a_fault_of_ours_is_a_page_with_the_number_of_the_request(client):
    answer = client.get("/broken/", headers={"X-Request-ID": "trace-0123"})
    assert answer.status_code == 500
    assert b"trace-0123" in answer.content
    assert b"a fault of ours" not in answer.content


def test_the_page_for_a_fault_asks_no_database(django_assert_num_queries, admin):
    request = RequestFactory().get("/", HTTP_COOKIE="sessionid=abc; theme=dark")
    with django_assert_num_queries(0):
        answer = errors.broken(request, "Something")
    assert b'data-theme="dark"' in answer.content
    assert connection.is_usable()


def test_a_fault_in_the_page_for_faults_still_answers_500(monkeypatch):
    def break_template(*_):
        raise RuntimeError("no template")

    monkeypatch.setattr(errors, "render_to_string", break_template)
    answer = errors.broken(RequestFactory().get("/"), "<b>bad</b>")
    assert answer.status_code == 500
    assert b"&lt;b&gt;bad&lt;/b&gt;" in answer.content


def test_a_piece_of_a_page_says_what_went_wrong_in_a_toast(client):
    answer = client.get("/nowhere/", headers={"HX-Request": "true"})
    assert json.loads(answer["HX-Trigger"])["toast"]["tone"] == "bad"


def test_the_address_of_a_button_is_a_page_that_says_so(client):
    answer = client.get("/w/home/members/00000000-0000-4000-8000-000000000000/remove/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert b"There is no page at this address" in answer.content


def test_a_page_without_its_slash_leads_to_the_page(client):
    assert client.get("/w/home/jobs?state=failed")["Location"] == "/w/home/jobs/?state=failed"
    assert client.get("/nowhere").status_code == 404
    assert client.get("/api/v1/me").status_code == 404


def test_a_disallowed_host_names_what_allows_it(client):
    assert b"ALLOWED_HOSTS" in client.get("/", headers={"host": "evil.example"}).content
