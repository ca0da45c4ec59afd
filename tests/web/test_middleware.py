"""Every request has an id that follows it, an honest address, and one line in the log."""

import json
import logging
from ipaddress import ip_network

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from web.logs import JsonFormatter
from web.middleware import RequestIdMiddleware, TrustedProxyMiddleware, current_request_id, shown_path


@pytest.fixture
def proxies(settings):
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


def seen(**headers):
    """What a view behind the proxies' middleware sees: address and scheme."""
    request = RequestFactory().get("/", **headers)
    TrustedProxyMiddleware(lambda request: HttpResponse())(request)
    return request.META["REMOTE_ADDR"], request.scheme, request


def answered(path="/", **headers):
    ids = []

    def view(request):
        ids.append(current_request_id.get())
        return HttpResponse()

    response = RequestIdMiddleware(view)(RequestFactory().get(path, **headers))
    return response["X-Request-ID"], ids[0]


def test_a_request_gets_an_id_that_the_answer_names():
    given, seen_inside = answered()
    assert given == seen_inside
    assert len(given) == 32


def test_a_well_formed_id_is_taken_over():
    assert answered(HTTP_X_REQUEST_ID="trace-0123.abc")[0] == "trace-0123.abc"


@pytest.mark.parametrize("bad", ["short", "x" * 65, 'quote"in-it', "new\nline-here", "späte-umlaute", "{{injected}}"])
def test_an_id_that_is_not_well_formed_is_replaced(bad):
    assert answered(HTTP_X_REQUEST_ID=bad)[0] != bad


def test_the_id_is_forgotten_after_the_request():
    answered()
    assert current_request_id.get() == ""


def test_a_stranger_cannot_make_up_an_address(proxies):
    address, scheme, request = seen(
        REMOTE_ADDR="203.0.113.9", HTTP_X_FORWARDED_FOR="127.0.0.1", HTTP_X_FORWARDED_PROTO="https"
    )
    assert (address, scheme) == ("203.0.113.9", "http")
    assert "HTTP_X_FORWARDED_FOR" not in request.META


def test_without_proxies_no_header_is_believed(settings):
    settings.TRUSTED_PROXIES = []
    assert seen(REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="198.51.100.7")[0] == "127.0.0.1"


def test_a_proxy_tells_the_address_and_the_scheme(proxies):
    address, scheme, request = seen(
        REMOTE_ADDR="10.1.1.1", HTTP_X_FORWARDED_FOR="198.51.100.7", HTTP_X_FORWARDED_PROTO="https"
    )
    assert (address, scheme) == ("198.51.100.7", "https")
    assert request.is_secure()


def test_what_stands_before_the_last_stranger_may_be_made_up(proxies):
    chain = "127.0.0.1, 198.51.100.7, 10.2.2.2"
    assert seen(REMOTE_ADDR="10.1.1.1", HTTP_X_FORWARDED_FOR=chain)[0] == "198.51.100.7"


@pytest.mark.parametrize("chain", ["nonsense", "198.51.100.7, nonsense", "<script>", ", ,", ""])
def test_a_chain_that_is_no_chain_leaves_the_proxy_s_address(proxies, chain):
    assert seen(REMOTE_ADDR="10.1.1.1", HTTP_X_FORWARDED_FOR=chain)[0] == "10.1.1.1"


def test_a_proxy_may_be_written_as_ipv6(proxies):
    assert seen(REMOTE_ADDR="::ffff:10.1.1.1", HTTP_X_FORWARDED_FOR="2001:db8::7")[0] == "2001:db8::7"


def test_the_scheme_is_the_one_that_the_nearest_proxy_saw(proxies):
    assert seen(REMOTE_ADDR="10.1.1.1", HTTP_X_FORWARDED_PROTO="https, http")[1] == "http"


def test_one_line_a_request_names_what_happened_and_no_querystring(client, caplog):
    with caplog.at_level(logging.INFO, logger="web.access"):
        client.get("/nowhere/?secret=hunter2")
    (record,) = [record for record in caplog.records if record.name == "web.access"]
    line = json.loads(JsonFormatter().format(record))
    assert line["method"] == "GET"
    assert line["path"] == "/nowhere/"
    assert line["status"] == 404
    assert line["ms"] >= 0
    assert "hunter2" not in json.dumps(line)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/password/reset/key/abc123/secretsecret/", "/invitations/secretsecret/"])
def test_the_log_never_holds_what_opens_a_door(client, caplog, path):
    with caplog.at_level(logging.INFO):
        client.get(path)
    lines = [JsonFormatter().format(record) for record in caplog.records]
    assert any("web.access" in line for line in lines)
    assert not any("secretsecret" in line for line in lines)


def test_a_path_that_no_view_took_is_shown_without_long_words():
    secret = "BCMjI7_VX-_sklTRXsTKRNuRu8uFAPiEqRZCC67hjKc"
    assert shown_path(RequestFactory().get("/x/")) == "/x/"
    assert shown_path(RequestFactory().get(f"/invitations/{secret}")) == "/invitations/…"


@pytest.mark.django_db
@pytest.mark.parametrize("is_redirected", [True, False])
def test_a_link_that_leads_to_no_view_leaves_no_secret_in_the_log(client, settings, caplog, is_redirected):
    caplog.set_level("INFO")
    settings.SECURE_SSL_REDIRECT = is_redirected
    secret = "BCMjI7_VX-_sklTRXsTKRNuRu8uFAPiEqRZCC67hjKc"
    answer = client.get(f"/invitations/{secret}/" + ("" if is_redirected else "more/"))
    assert answer.status_code == (301 if is_redirected else 404)
    assert caplog.records
    assert secret not in "".join(JsonFormatter().format(record) for record in caplog.records)


def test_a_log_line_is_one_json_object_with_the_id_of_its_request():
    token = current_request_id.set("trace-0123")
    try:
        record = logging.makeLogRecord(
            {"msg": "two\nlines %s", "args": ("ok",), "levelname": "INFO", "name": "a", "job": 7}
        )
        said = JsonFormatter().format(record)
    finally:
        current_request_id.reset(token)
    assert "\n" not in said
    line = json.loads(said)
    assert line["message"] == "two\nlines ok"
    assert line["request_id"] == "trace-0123"
    assert line["job"] == 7


def test_a_log_line_keeps_the_traceback_of_an_error():
    try:
        raise ValueError("broken")
    except ValueError as error:
        record = logging.LogRecord("a", logging.ERROR, __file__, 1, "no", (), (type(error), error, error.__traceback__))
    assert "ValueError: broken" in json.loads(JsonFormatter().format(record))["error"]


def test_an_answer_of_the_api_may_load_nothing_and_a_page_what_its_policy_says(admin):
    answer = admin.api.get("/api/v1/me/")
    assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
    assert "script-src 'self'" in admin.browser.get("/w/home/")["Content-Security-Policy"]
