"""The installation calls only where its operator lets it, and nobody's slow or endless answer holds it up."""

import socket
import ssl
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import pytest

from web import destinations, outgoing
from web.outgoing import Call, Failed, Limits, Refused, send


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.path, dict(self.headers), body))
        getattr(self, self.path.strip("/").partition("?")[0] or "plain")()

    do_GET = do_POST

    def plain(self, status=200, body=b"hello", **headers):
        self.send_response(status)
        for name, value in {"Content-Length": len(body), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def elsewhere(self):
        self.plain(302, b"", Location="/plain")

    def large(self):
        self.plain(body=b"x" * 2_000)

    def endless(self):
        self.send_response(200)
        self.end_headers()
        self.trickle(b"x")

    def slow(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        self.trickle(b"y")

    def broken(self):
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"short")

    def nonsense(self):
        self.wfile.write(b"no http at all\r\n\r\n")

    def trickle(self, byte):
        try:
            for _ in range(2_000):
                self.wfile.write(byte)
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            pass

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.seen = []
    made.daemon_threads = True
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture
def url(server, settings):
    """The local server, which the operator has allowed by name and as private."""
    settings.OUTGOING_HOSTS = [f"private:localhost:{server.server_port}"]
    return f"http://localhost:{server.server_port}"


@pytest.fixture
def resolves_to(monkeypatch):
    """Names lead to these addresses, one list for each time that they are asked for."""

    def lead(*answers):
        asked = iter(answers)

        def look_up(host, port, **_options):
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in next(asked)]

        monkeypatch.setattr(destinations.socket, "getaddrinfo", look_up)

    return lead


def test_what_is_sent_arrives_and_the_answer_comes_back(server, url):
    answer = send(Call("POST", f"{url}/plain?a=1", b"{}", {"X-Signature": "s", "Host": "evil.example"}))
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"hello", "5")
    path, headers, body = server.seen[0]
    assert (path, headers["X-Signature"], body) == ("/plain?a=1", "s", b"{}")


def test_a_redirect_is_an_answer_and_is_not_followed(server, url):
    assert send(Call("GET", f"{url}/elsewhere")).status == 302
    assert len(server.seen) == 1


@pytest.mark.parametrize("path", ["slow", "endless"])
def test_an_answer_that_trickles_is_cut_at_the_deadline(url, path):
    began = time.monotonic()
    with pytest.raises(Failed, match="longer than the time allowed"):
        send(Call("GET", f"{url}/{path}", limits=Limits(seconds=1.5)))
    assert time.monotonic() - began < 60  # it would have trickled on for longer


def test_an_answer_that_is_too_large_is_not_read_to_its_end(url):
    with pytest.raises(Failed, match="larger than 1000 bytes"):
        send(Call("GET", f"{url}/large", limits=Limits(size=1_000)))
    assert len(send(Call("GET", f"{url}/large", limits=Limits(size=2_000))).body) == 2_000


@pytest.mark.parametrize(("path", "words"), [("broken", "broke off"), ("nonsense", "did not answer")])
def test_half_an_answer_is_none(url, path, words):
    with pytest.raises(Failed, match=words):
        send(Call("GET", f"{url}/{path}"))


def test_a_header_cannot_smuggle_another(url):
    with pytest.raises(Failed):
        send(Call("GET", url, headers={"X-A": "b\r\nX-C: d"}))


def test_nobody_there_is_a_failure(settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    settings.OUTGOING_HOSTS = [f"private:127.0.0.1:{port}"]
    with pytest.raises(Failed, match="cannot be reached"):
        send(Call("GET", f"http://127.0.0.1:{port}/"))


def test_without_the_word_private_a_private_address_is_refused(server, settings):
    settings.OUTGOING_HOSTS = [f"http://localhost:{server.server_port}"]
    with pytest.raises(Refused, match="no public address"):
        send(Call("GET", f"http://localhost:{server.server_port}/"))
    assert server.seen == []


def test_a_name_that_leads_to_both_sides_is_refused(settings, resolves_to):
    settings.OUTGOING_HOSTS = ["hooks.example.org"]
    resolves_to(["93.184.216.34", "10.0.0.1"])
    with pytest.raises(Refused, match=r"10\.0\.0\.1"):
        send(Call("GET", "https://hooks.example.org/"))


def test_the_connection_goes_to_the_address_that_was_looked_at(settings, resolves_to, monkeypatch):
    settings.OUTGOING_HOSTS = ["hooks.example.org"]
    resolves_to(["93.184.216.34"], ["127.0.0.1"])  # a name that changes its mind when it is asked again
    reached = []

    def connect(address, timeout):
        reached.append(address)
        raise OSError("not in a test")

    monkeypatch.setattr(outgoing.socket, "create_connection", connect)
    with pytest.raises(Failed):
        send(Call("GET", "https://hooks.example.org/"))
    assert reached == [("93.184.216.34", 443)]


def test_a_name_that_does_not_resolve_in_time_is_left_behind(settings, monkeypatch):
    settings.OUTGOING_HOSTS = ["hooks.example.org"]
    over = threading.Event()
    monkeypatch.setattr(destinations.socket, "getaddrinfo", lambda *args, **options: over.wait(280) and [])
    with pytest.raises(Failed, match="no answer in time"):
        send(Call("GET", "https://hooks.example.org/", limits=Limits(seconds=0.2)))
    assert not over.is_set()
    over.set()


@pytest.fixture
def secure(server, tmp_path):
    """The local server with a certificate for `localhost` that nobody has signed."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = f"openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -keyout {key} -out {certificate}"
    names = ["-addext", "subjectAltName=DNS:localhost"]
    if subprocess.run([*made.split(), *names], capture_output=True).returncode:
        pytest.skip("openssl is not on this machine")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return certificate


def trust(monkeypatch, certificate):
    monkeypatch.setattr(outgoing, "tls", lambda: ssl.create_default_context(cafile=certificate))


def test_a_certificate_that_nobody_signed_is_refused(secure, server, settings):
    settings.OUTGOING_HOSTS = [f"private:localhost:{server.server_port}"]
    with pytest.raises(Failed, match="No safe connection"):
        send(Call("GET", f"https://localhost:{server.server_port}/"))


def test_over_tls_the_name_is_the_one_that_was_asked_for(secure, server, settings, monkeypatch):
    settings.OUTGOING_HOSTS = [f"private:localhost:{server.server_port}", f"private:127.0.0.1:{server.server_port}"]
    trust(monkeypatch, secure)
    assert send(Call("GET", f"https://localhost:{server.server_port}/plain")).body == b"hello"
    with pytest.raises(Failed, match="No safe connection"):  # the certificate names localhost
        send(Call("GET", f"https://127.0.0.1:{server.server_port}/plain"))


def test_an_answer_that_trickles_over_tls_is_cut_too(secure, server, settings, monkeypatch):
    settings.OUTGOING_HOSTS = [f"private:localhost:{server.server_port}"]
    trust(monkeypatch, secure)
    began = time.monotonic()
    with pytest.raises(Failed, match="longer than the time allowed"):
        send(Call("GET", f"https://localhost:{server.server_port}/endless", limits=Limits(seconds=2)))
    assert time.monotonic() - began < 60


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("hooks.example.org", "https://hooks.example.org/a?b=c"),
        ("hooks.example.org", "https://HOOKS.example.org:443/"),
        ("*.example.org", "https://a.b.example.org/"),
        ("example.org:8443", "https://example.org:8443/"),
        ("http://example.org", "http://example.org/"),
        ("private:models.internal:8000", "http://models.internal:8000/classify"),
        ("private:models.internal:8000", "https://models.internal:8000/classify"),
        ("private:[::1]:80", "http://[::1]/"),
    ],
)
def test_the_list_lets_through_what_it_names(settings, entry, url):
    settings.OUTGOING_HOSTS = ["other.example", entry]
    assert destinations.allowed(url).may_be_private is entry.startswith("private:")


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/",
        "https://hooks.example.org:8443/",
        "https://example.org/",
        "https://hooks.example.org.evil.example/",
        "https://hooks.example.org@evil.example/",
        "https://user:word@hooks.example.org/",
        "https://evil.example/hooks.example.org",
        "https://xhooks.example.org/",
        "https://hooks.example.org./",
        "https://hooks.example.org:99999/",
        "https://[::1/",
        "ftp://hooks.example.org/",
        "file:///etc/passwd",
        "//hooks.example.org/",
        "https:///x",
        "https://hooks.example.org/\r\nX: y",
        "https://hooks.example.org/ü",
        "https://hooks.example.org/a b",
        "",
    ],
)
def test_the_list_lets_through_nothing_else(settings, url):
    settings.OUTGOING_HOSTS = ["hooks.example.org", "*.sub.example.org"]
    with pytest.raises(Refused):
        destinations.allowed(url)


def test_a_star_is_not_the_host_itself(settings):
    settings.OUTGOING_HOSTS = ["*.example.org"]
    with pytest.raises(Refused):
        destinations.allowed("https://example.org/")


def test_without_a_list_there_is_no_way_out(settings):
    settings.OUTGOING_HOSTS = []
    with pytest.raises(Refused, match="OUTGOING_HOSTS"):
        destinations.allowed("https://example.org/")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::1",
        "2001:0:a00:1::",
    ],
)
def test_these_are_no_public_addresses(address):
    assert not destinations.is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
)
def test_these_are_public_addresses(address):
    assert destinations.is_public(ip_address(address))
