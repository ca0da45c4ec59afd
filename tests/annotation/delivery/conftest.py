"""A store that speaks S3 on loopback, which believes no signature that it has not computed itself."""

import hashlib
import hmac
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from annotation.delivery import destinations, stores
from annotation.delivery.destinations import Wish
from annotation.delivery.parcels import Parcel

ACCESS_KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def signature(secret, method, path, query, headers, names, scope, payload):
    """As a store computes it from what arrived; tested against the published examples in test_signing."""
    pairs = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in query)
    said = [f"{name}:{' '.join(headers[name].split())}\n" for name in names]
    lines = [method, path, "&".join("=".join(pair) for pair in pairs), "".join(said), ";".join(names), payload]
    day, region, service, end = scope.split("/")
    text = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, sha256("\n".join(lines).encode())])
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, end, text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()


def sha256(body):
    return hashlib.sha256(body).hexdigest()


class Store(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "content_length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, status, code):
        secret = f"<StringToSign>what {SECRET} signed</StringToSign>"
        body = f"<Error><Code>{code}</Code><Message>That is {code}.</Message>{secret}</Error>"
        self.answer(status, b"" if self.command == "HEAD" else body.encode())

    def is_believed(self, parts, body):
        found = re.fullmatch(
            r"AWS4-HMAC-SHA256 Credential=([^/]+)/([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})",
            self.headers.get("Authorization", ""),
        )
        if not found or found[1] != ACCESS_KEY or self.headers["x-amz-content-sha256"] != sha256(body):
            return False
        headers = {name.lower(): value for name, value in self.headers.items()}
        names = found[3].split(";")
        query = parse_qsl(parts.query, keep_blank_values=True)
        wanted = signature(
            SECRET, self.command, parts.path, query, headers, names, found[2], headers["x-amz-content-sha256"]
        )
        return wanted == found[4] and {"host", "x-amz-date", "x-amz-content-sha256"} <= set(names)

    def handle_call(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        self.server.calls.append((self.command, parts.path, query))
        if self.server.troubles:
            self.refuse(*self.server.troubles.pop(0))
        elif not self.is_believed(parts, body):
            self.refuse(403, "SignatureDoesNotMatch")
        else:
            getattr(self, self.command.lower())(parts.path, query, body)

    do_PUT = do_POST = do_HEAD = do_DELETE = handle_call

    def put(self, path, query, body):
        if "uploadId" in query:
            self.server.uploads[query["uploadId"]][1][int(query["partNumber"])] = body
        else:
            self.server.objects[path] = (body, self.headers.get("x-amz-meta-sha256", ""))
        self.answer(200, ETag=f'"{sha256(body)[:32]}"')

    def post(self, path, query, body):
        if "uploads" in query:
            upload = f"up/load+{len(self.server.uploads)}"
            self.server.uploads[upload] = (self.headers.get("x-amz-meta-sha256", ""), {})
            return self.answer(200, f"<Result><UploadId>{upload}</UploadId></Result>".encode())
        if query["uploadId"] not in self.server.uploads:
            return self.refuse(404, "NoSuchUpload")
        told, parts = self.server.uploads.pop(query["uploadId"])
        numbers = [int(number) for number in re.findall(r"<PartNumber>(\d+)</PartNumber>", body.decode())]
        self.server.objects[path] = (b"".join(parts[number] for number in numbers), told)
        return self.answer(200, b"<Result></Result>")

    def head(self, path, query, body):
        if path not in self.server.objects:
            return self.refuse(404, "NoSuchKey")
        held, told = self.server.objects[path]
        return self.answer(200, content_length=str(len(held)), x_amz_meta_sha256=told)

    def delete(self, path, query, body):
        (self.server.uploads if "uploadId" in query else self.server.objects).pop(query.get("uploadId", path), None)
        self.answer(204)

    def log_message(self, *args):
        pass


@pytest.fixture
def store(settings, monkeypatch):
    """What lies in it are `objects`, what is begun are `uploads`; `troubles` are answered first."""
    made = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    made.objects, made.uploads, made.calls, made.troubles, made.daemon_threads = {}, {}, [], [], True
    made.url = f"http://127.0.0.1:{made.server_port}"
    settings.OUTGOING_HOSTS = [f"private:127.0.0.1:{made.server_port}"]
    monkeypatch.setattr(stores, "WAITS", (0.0, 0.0))
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture
def bucket(admin, store):
    wish = Wish("Bucket", "s3", store.url, "data-sets", "lab", "eu-1", ACCESS_KEY, SECRET)
    return destinations.create(scope=admin.scope, wish=wish)


@pytest.fixture
def root(settings, tmp_path):
    """A folder that the operator lists."""
    made = tmp_path / "deliveries"
    made.mkdir()
    settings.DELIVERY_ROOTS = [str(made)]
    return made


@pytest.fixture
def folder(admin, root):
    return destinations.create(scope=admin.scope, wish=Wish("Folder", "folder", str(root), "sets/new"))


@pytest.fixture
def parcel(tmp_path):
    def make(content=b"content " * 9):
        path = tmp_path / "archive.zip"
        path.write_bytes(content)
        return Parcel(path, "abc-raw-jsonl.zip", sha256(content), len(content))

    return make
