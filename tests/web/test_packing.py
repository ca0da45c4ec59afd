"""Pages go packed to browsers that can unpack them; what programs ask for goes as it is."""

import gzip
import re
from functools import cache
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from tests import samples
from tests.web.addresses import OBJECTS, PAGES
from web.packing import PackingMiddleware

LONG = "the same words again and again, " * 100
NAMED = re.compile(r'"/static/([^"#]+)')
IMPORTS = re.compile(r"""(?:from|import)\s*\(?\s*["'](\.[^"']+)["']""")
MOST = 150_000  # bytes of a first load, as docs/operations.md promises


def answered(answer, **headers):
    return PackingMiddleware(lambda request: answer)(RequestFactory().get("/", headers=headers))


def test_a_page_goes_packed_to_a_browser_and_is_the_same_unpacked():
    answer = answered(HttpResponse(LONG), accept_encoding="gzip, deflate, br")
    assert answer["Content-Encoding"] == "gzip"
    assert answer["Vary"] == "Accept-Encoding"
    assert len(answer.content) < len(LONG) / 5
    assert gzip.decompress(answer.content).decode() == LONG


@pytest.mark.parametrize(
    ("answer", "accepts"),
    [
        (HttpResponse(LONG), "br"),
        (HttpResponse(LONG, content_type="application/json"), "gzip"),
        (StreamingHttpResponse(iter([LONG]), content_type="text/html"), "gzip"),
    ],
    ids=["a browser that cannot", "JSON", "a stream"],
)
def test_everything_else_goes_as_it_is(answer, accepts):
    found = answered(answer, accept_encoding=accepts)
    assert "Content-Encoding" not in found
    assert found.getvalue() == LONG.encode()


@cache
def files_behind(name):
    """The file, and the modules that it imports, and those that these import."""
    path = Path(finders.find(name))
    text = path.read_text() if path.suffix == ".js" else ""
    nearby = [(Path(name).parent / found).as_posix() for found in IMPORTS.findall(text)]
    return {name}.union(*(files_behind(found) for found in nearby))


@cache
def packed(name):
    return len(gzip.compress(Path(finders.find(name)).read_bytes()))


def weight(answer):
    """Of a page with everything that it names, charts too, whether it draws any or not."""
    html = gzip.decompress(answer.content)
    files = set().union(*(files_behind(name) for name in NAMED.findall(html.decode())))
    return len(answer.content) + sum(packed(name) for name in files)


@pytest.mark.django_db
def test_no_page_takes_more_than_150_kilobytes_of_a_first_load(admin, annotator, stranger, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    world = samples.World(admin.membership.workspace, {"admin": admin, "annotator": annotator}, stranger)
    addresses = [*PAGES, *(route.address(world, admin) for route in OBJECTS)]
    weights = {}
    for address in addresses:
        answer = admin.browser.get(address, headers={"accept-encoding": "gzip"})
        if answer.get("Content-Encoding") == "gzip":
            weights[address] = weight(answer)
    assert len(weights) > 60
    assert {address: found for address, found in weights.items() if found > MOST} == {}
