"""What Django's own request class cannot be made from is read or refused all the same."""

import io
import json
import time

import pytest
from django.test import RequestFactory

from api.entrance import ENCODED_PARAMETER
from config.wsgi import application

PATH = "/api/v1/groups-of-tests/"
pytestmark = pytest.mark.usefixtures("small_api", "one_connection")


def call(method="GET", path=PATH, body=b"", stream=None, **environ):
    """Status, headers and body, as a WSGI server sees them."""
    said = {}
    made = RequestFactory().generic(method, path, body, "application/json").environ
    made |= {"wsgi.input": stream or io.BytesIO(body), **environ}
    answer = b"".join(application(made, lambda status, headers: said.update(status=status, headers=dict(headers))))
    return int(said["status"].split()[0]), said["headers"], answer


@pytest.fixture
def bearer(researcher):
    return {"HTTP_AUTHORIZATION": f"Bearer {researcher.secret}"}


@pytest.mark.parametrize(
    "parameter", ["charset=hex", "charset=rot13", "charset*=utf-8''hex", "charset=undefined", "a*=nonsense''x", "="]
)
def test_a_content_type_that_names_nonsense_is_read_as_utf8(bearer, parameter):
    body = json.dumps({"name": "Nachtschicht ü"}, ensure_ascii=False).encode()
    kind = f"application/json; {parameter}"
    status, _headers, answer = call("POST", PATH + "?a=%41", body, CONTENT_TYPE=kind, **bearer)
    assert (status, json.loads(answer)["name"]) == (201, "Nachtschicht ü")


def test_text_in_another_charset_is_refused(bearer):
    body = '{"name": "ü"}'.encode("latin-1")
    status, headers, _answer = call("POST", PATH, body, CONTENT_TYPE="application/json; charset=latin-1", **bearer)
    assert (status, headers["Content-Type"]) == (400, "application/problem+json")


def test_the_boundary_of_a_form_is_kept(db):
    body = b'--x"y\r\n'
    status, _headers, answer = call(
        "POST", PATH, body, CONTENT_TYPE='multipart/form-data; charset=hex; boundary="a b"', CONTENT_LENGTH="1"
    )
    assert status == 401, answer


@pytest.mark.parametrize("accept", ["text/html;a*=nonsense''x, */*;q=0.8", "*/*;a*0*=%", "application/json;*=,*/*"])
def test_an_accept_header_in_a_broken_encoding_is_read(bearer, accept):
    assert call(HTTP_ACCEPT=accept, **bearer)[0] == 200


def test_an_accept_header_that_is_all_stars_costs_no_time(bearer):
    began = time.process_time()
    ENCODED_PARAMETER.sub("", ";" + "*" * 100_000)
    assert time.process_time() - began < 1  # tried in every way, it takes minutes


@pytest.fixture
def chunked():
    """Chunked bodies come without a length."""
    return {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}


def test_a_body_without_a_length_is_read(bearer, chunked):
    status, _headers, answer = call("POST", PATH, b'{"name": "Night"}', **bearer, **chunked)
    assert (status, json.loads(answer)["name"]) == (201, "Night")


def test_a_body_without_a_length_is_bounded_too(bearer, chunked, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
    body = json.dumps({"name": "x" * 1024 * 1024}).encode()
    status, headers, answer = call("POST", PATH, body, **bearer, **chunked)
    assert (status, headers["Content-Type"]) == (413, "application/problem+json")
    assert json.loads(answer)["status"] == 413


@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
def test_what_is_refused_unread_is_read_away_so_that_the_client_hears_why(bearer, settings, kind):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1024
    sent = io.BytesIO(b" " * 200_000)
    length = {"CONTENT_LENGTH": "200000"}
    status, _headers, _answer = call("POST", PATH, stream=sent, CONTENT_TYPE=kind, **length, **bearer)
    assert status == {"application/json": 413, "text/plain": 415}[kind]
    assert sent.tell() == 200_000


def test_a_body_without_a_length_is_read_away_too(bearer, chunked, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1024
    sent = io.BytesIO(b" " * 200_000)
    assert call("POST", PATH, stream=sent, **bearer, **chunked)[0] == 413
    assert sent.tell() == 200_000
