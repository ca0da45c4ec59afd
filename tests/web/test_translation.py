"""Every sentence that a page shows goes through the translation: in a made-up language none is left in English."""

import importlib.util
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from web import cards, errors

# Test modules are no package here: this one is read from its file.
spec = importlib.util.spec_from_file_location("pseudo", Path(__file__).with_name("pseudo.py"))
pseudo = importlib.util.module_from_spec(spec)
spec.loader.exec_module(pseudo)

pytestmark = pytest.mark.django_db


def pages(resolver=None, prefix="/"):
    """Every address that needs nothing but a workspace, outside the API."""
    for entry in (resolver or get_resolver()).url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from pages(entry, path)
        elif isinstance(entry, URLPattern) and "<" not in path.replace("<slug:slug>", ""):
            yield path.replace("<slug:slug>", "home").replace("^", "").replace("$", "").replace("\\Z", "")


PAGES = sorted({path for path in pages() if not path.startswith(("/api/", "/schema", "/docs"))})


@pytest.fixture
def keeper(admin):
    admin.person.is_staff = True
    admin.person.save()
    return admin


@pytest.mark.parametrize("path", PAGES)
def test_no_page_says_a_word_that_is_not_translated(keeper, path):
    with pseudo.language():
        answer = keeper.browser.get(path, follow=True)
    if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
        names = {keeper.membership.workspace.name, keeper.person.name, keeper.person.email}
        assert pseudo.untranslated(answer.content.decode(), names) == []


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/reset/", "/nowhere/"])
def test_no_page_for_strangers_says_a_word_that_is_not_translated(client, path):
    with pseudo.language():
        assert pseudo.untranslated(client.get(path).content.decode(), set()) == []


@pytest.mark.parametrize("status", sorted(errors.TITLES))
def test_refusals_are_translated(status):
    with pseudo.language():
        html = errors.answer(RequestFactory().get("/"), status, "⟦said⟧").content.decode()
    assert pseudo.untranslated(html, set()) == []


@pytest.mark.parametrize("template", ["web/home.html", "web/chooser.html", "web/nowhere.html"])
def test_first_pages_are_translated(keeper, template):
    request = RequestFactory().get("/")
    request.user, request.scope = keeper.person, keeper.scope
    card = cards.Card("⟦a⟧", "⟦b⟧", "/", "⟦c⟧", is_first=True)
    with pseudo.language():
        html = render_to_string(template, {"cards": [card]}, request)
        bare = render_to_string(template, {"cards": []}, request)
    names = {keeper.membership.workspace.name, keeper.person.name, "Admin"}
    assert pseudo.untranslated(html, names) + pseudo.untranslated(bare, names) == []


def test_a_forgotten_word_is_found():
    html = '<p>⟦Told <b>in</b> brackets⟧ and not</p><img alt="forgotten"><code>ignored</code><b translate="no">Ada</b>'
    assert sorted(pseudo.untranslated(html, set())) == ["and", "forgotten", "not"]
