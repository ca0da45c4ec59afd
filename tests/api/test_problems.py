"""Whatever is sent, the answer is a problem that says what is wrong."""

import json

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from rest_framework import exceptions

from api import problems

PATH = "/api/v1/groups-of-tests/"
pytestmark = pytest.mark.usefixtures("small_api")


def is_problem(answer, status):
    assert answer.status_code == status, answer.content[:300]
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert {"type", "title", "status", "detail", "errors"} <= set(body)
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


def fields(body):
    return [row["field"] for row in body["errors"]]


def test_an_unknown_path_is_a_problem(db):
    is_problem(Client().get("/api/v1/nowhere/"), 404)


def test_a_missing_slash_is_not_redirected(researcher):
    is_problem(researcher.api.get(PATH.rstrip("/")), 404)


def test_no_token_is_401_and_says_how_to_ask(db):
    answer = Client().get(PATH)
    is_problem(answer, 401)
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("secret", ["", "x", "ts_é", "ts_" + "x" * 9000])
def test_a_token_that_is_none_is_401(db, secret):
    is_problem(Client().get(PATH, headers={"Authorization": f"Bearer {secret}"}), 401)


def test_a_role_too_low_is_403(annotator):
    is_problem(annotator.api.get(PATH), 403)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "TRACE", "FETCH"])
def test_a_method_that_is_not_there_is_405_and_names_those_that_are(researcher, method):
    answer = researcher.api.generic(method, PATH, b"{}", "application/json")
    is_problem(answer, 405)
    assert "POST" in answer["Allow"]


def test_a_session_without_csrf_token_is_403(researcher):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(researcher.person)
    is_problem(browser.post(PATH, {"name": "A"}, content_type="application/json"), 403)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{", None),
        (b'{"name": "\xff"}', None),
        (b"[]", None),
        (b"null", None),
        (b'"name"', None),
        (b"\xef\xbb\xbf{}", None),
        (b'{"name": NaN}', "name"),
        (b'{"name": -Infinity}', "name"),
        (b'{"name": 1e400}', "name"),
        (b'{"name": %s}' % (b"9" * 40), "name"),
        (b'{"name": %s}' % (b"9" * 5000), None),
        (b'{"name": "a\\u0000b"}', "name"),
        (b'{"a": [{"b": "\\ud800"}]}', "a.0.b"),
        (b'{"a\\u0000": 1}', "a\\u0000"),
        (b'{"\\udfff": 1}', "\\udfff"),
        (b'{"a":' * 100 + b"1" + b"}" * 100, ".".join("a" * 64)),
        (b"[" * 200_000, None),
        (b'{"name": ""}', "name"),
        (b'{"name": {"a": 1}}', "name"),
        (b'{"name": ["x"]}', "name"),
        (b'{"name": null}', "name"),
        (b"{}", "name"),
    ],
)
def test_a_body_that_cannot_be_read_names_the_field(researcher, body, field):
    found = is_problem(researcher.api.generic("POST", PATH, body, "application/json"), 400)
    assert fields(found) == ([field] if field else [])


def test_another_content_type_is_415(researcher):
    is_problem(researcher.api.generic("POST", PATH, b"name=A", "application/x-www-form-urlencoded"), 415)


def test_utf8_by_name_is_read(researcher):
    answer = researcher.api.generic("POST", PATH, '{"name": "é"}'.encode(), "application/json; charset=UTF-8")
    assert answer.json()["name"] == "é"


@pytest.mark.parametrize("query", ["limit=%00", "cursor=a%00", "\0"])
def test_nul_in_an_address_is_refused(researcher, query):
    is_problem(researcher.api.generic("GET", PATH, QUERY_STRING=query), 400)
    is_problem(researcher.api.get("/api/v1/groups%00/"), 400)


def test_a_body_over_the_limit_is_413_by_its_length(researcher, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
    body = json.dumps({"name": "x" * 1024 * 1024}).encode()
    found = is_problem(researcher.api.generic("POST", PATH, body, "application/json"), 413)
    assert "1 MiB" in found["detail"]


def test_an_unknown_host_is_a_problem(db):
    is_problem(Client().get(PATH, headers={"Host": "evil.example"}), 400)


def test_what_cannot_be_accepted_is_406(researcher):
    is_problem(researcher.api.get(PATH, headers={"Accept": "application/xml"}), 406)


def test_format_is_a_parameter_of_our_own(researcher):
    assert researcher.api.get(PATH, {"format": "parquet"}).status_code == 200


@pytest.mark.parametrize(("how", "status"), [("invalid", 422), ("conflict", 409), ("unready", 503)])
def test_a_refusal_of_the_domain_is_a_problem(db, how, status):
    answer = Client().get(f"/api/v1/refusing/{how}/")
    body = is_problem(answer, status)
    assert fields(body) == (["pages"] if how == "invalid" else [])
    assert answer.get("Retry-After") == ("7" if how == "unready" else None)


def test_a_database_that_is_away_is_503_and_no_fault_of_the_request(db):
    answer = Client().get("/api/v1/refusing/database/")
    assert "closed the connection" not in is_problem(answer, 503)["detail"]
    assert int(answer["Retry-After"]) > 0


FORM = "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
FILE = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n%s\r\n--x--\r\n'


def send_form(body, kind=FORM):
    return Client().generic("POST", "/api/v1/refusing/form/", body, kind)


def test_a_form_is_read(db):
    assert send_form(PART % (b"kind", b"pairwise") + FILE % b"a,b").json() == {"got": ["file", "kind"]}


@pytest.mark.parametrize(
    ("body", "kind", "field"),
    [
        (b"nothing of a form", "multipart/form-data", None),
        (b"--x", "multipart/form-data; boundary=", None),
        (PART % (b"kind", b"a\0b") + b"--x--\r\n", FORM, "kind"),
        (PART % (b"ki\0nd", b"a") + b"--x--\r\n", FORM, "ki\\u0000nd"),
        (b"".join(PART % (b"f%d" % n, b"a") for n in range(2_100)) + b"--x--\r\n", FORM, None),
    ],
)
def test_a_form_that_cannot_be_read_is_refused(db, body, kind, field):
    assert fields(is_problem(send_form(body, kind), 400)) == ([field] if field else [])


def test_the_files_of_a_form_are_bounded(db, settings):
    settings.MAX_UPLOAD_BYTES = 1024 * 1024
    found = is_problem(send_form(FILE % (b"x" * 1024 * 1024)), 413)
    assert "1 MiB" in found["detail"]


def test_the_fields_of_a_form_are_bounded(db, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
    is_problem(send_form(PART % (b"kind", b"x" * 1024 * 1025) + b"--x--\r\n"), 413)


def test_a_fault_of_ours_is_a_problem_that_names_the_request(db):
    client = Client(raise_request_exception=False)
    answer = client.get("/api/v1/refusing/broken/", headers={"X-Request-ID": "abcdefgh-1"})
    body = is_problem(answer, 500)
    assert body["request_id"] == "abcdefgh-1"
    assert "abcdefgh-1" in body["detail"]
    assert "fault of ours" not in answer.content.decode()


def test_nested_messages_become_paths():
    detail = {"records": [{}, {"text": ["Too long."]}], "non_field_errors": ["Too many."]}
    assert problems.from_exception(exceptions.ValidationError(detail))["errors"] == [
        {"field": "records.1.text", "message": "Too long."},
        {"field": "", "message": "Too many."},
    ]


def test_the_rules_of_a_model_are_422_at_their_field():
    body = problems.from_exception(ValidationError({"name": ["Too long."]}))
    assert (body["status"], body["errors"]) == (422, [{"field": "name", "message": "Too long."}])


@pytest.mark.parametrize(("path", "headers"), [("/?a=%00", {}), ("/", {"Host": "evil.example"}), ("/nowhere/", {})])
def test_outside_the_api_a_refusal_is_a_page(db, path, headers):
    answer = Client().get(path, headers=headers)
    assert answer.status_code == (404 if path == "/nowhere/" else 400)
    assert answer["Content-Type"].startswith("text/html")
    assert "<h1" in answer.content.decode()
