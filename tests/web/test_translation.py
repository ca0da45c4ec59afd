"""Every sentence that a page shows goes through the translation: in a made-up language none is left in English."""

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from accounts.models import Annotator
from tests import samples
from tests.web import pseudo
from tests.web.addresses import OBJECTS, PAGES
from web import cards, errors

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(admin):
    admin.person.is_staff, admin.person.name = True, "⟦Ada⟧"
    admin.person.save()
    return admin


@pytest.mark.parametrize("path", PAGES)
def test_no_page_says_a_word_that_is_not_translated(keeper, path):
    with pseudo.language():
        answer = keeper.browser.get(path, follow=True)
    if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
        names = {keeper.membership.workspace.name, keeper.person.email}
        assert pseudo.untranslated(answer.content.decode(), names) == []


@pytest.mark.parametrize("route", OBJECTS, ids=str)
def test_no_page_of_an_object_says_a_word_that_is_not_translated(
    keeper, annotator, stranger, settings, tmp_path, route
):
    settings.MEDIA_ROOT = tmp_path
    world = samples.World(keeper.membership.workspace, {"admin": keeper, "annotator": annotator}, stranger)
    path = route.address(world, keeper)
    with pseudo.language():
        answer = keeper.browser.get(path)
    if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
        people = {keeper.person.email, annotator.person.name, *Annotator.objects.values_list("pseudonym", flat=True)}
        names = {keeper.membership.workspace.name, *people, "Sample", "sample"}
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
    names = {keeper.membership.workspace.name}
    assert pseudo.untranslated(html, names) + pseudo.untranslated(bare, names) == []


def test_a_forgotten_word_is_found():
    html = '<p>⟦Told <b>in</b> brackets⟧ and not</p><img alt="forgotten"><code>ignored</code><b translate="no">Ada</b>'
    assert sorted(pseudo.untranslated(html, set())) == ["and", "forgotten", "not"]
