"""Signatures against the examples that AWS publishes; the store of these tests is held to the same ones."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest

from annotation.delivery.signing import Keys, host_of, sign
from tests.annotation.delivery.conftest import ACCESS_KEY, SECRET, sha256, signature

# "Authenticating Requests: Using the Authorization Header", examples of the reference of S3.
HOST = "https://examplebucket.s3.amazonaws.com"
DAY = datetime(2013, 5, 24, tzinfo=UTC)
EXAMPLES = {
    "get an object": (
        "GET",
        f"{HOST}/test.txt",
        {"Range": "bytes=0-9"},
        b"",
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    ),
    "put an object": (
        "PUT",
        f"{HOST}/test%24file.text",
        {"Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"},
        b"Welcome to Amazon S3.",
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    ),
    "get the lifecycle of a bucket": (
        "GET",
        f"{HOST}/?lifecycle",
        {},
        b"",
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    ),
    "list objects": (
        "GET",
        f"{HOST}/?max-keys=2&prefix=J",
        {},
        b"",
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    ),
}


@pytest.mark.parametrize(("method", "url", "headers", "body", "wanted"), EXAMPLES.values(), ids=EXAMPLES)
def test_it_is_the_published_one(method, url, headers, body, wanted):
    keys = Keys(ACCESS_KEY, SECRET, "us-east-1")
    found = sign(keys, method, url, headers, payload=sha256(body), moment=DAY)
    assert found["authorization"].endswith(f"Signature={wanted}")
    assert "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request," in found["authorization"]


@pytest.mark.parametrize(("method", "url", "headers", "body", "wanted"), EXAMPLES.values(), ids=EXAMPLES)
def test_the_store_of_these_tests_computes_the_same(method, url, headers, body, wanted):
    parts = urlsplit(url)
    own = {"host": parts.netloc, "x-amz-content-sha256": sha256(body), "x-amz-date": "20130524T000000Z"}
    own |= {name.lower(): value for name, value in headers.items()}
    query = parse_qsl(parts.query, keep_blank_values=True)
    scope = "20130524/us-east-1/s3/aws4_request"
    assert signature(SECRET, method, parts.path, query, own, sorted(own), scope, sha256(body)) == wanted


def test_a_secret_is_in_no_representation():
    assert SECRET not in repr(Keys(ACCESS_KEY, SECRET, "us-east-1"))


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://S3.example.org:443/b", "s3.example.org"),
        ("http://s3.example.org:9000/b", "s3.example.org:9000"),
        ("http://[::1]:9000/b", "[::1]:9000"),
    ],
)
def test_the_host_is_signed_as_the_client_spells_it(url, host):
    assert host_of(url) == host
