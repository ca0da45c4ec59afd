"""Pages in Simplified Chinese, as people see them: no English is left on them."""

import re

import pytest

from config.management.commands import words
from tests.web import pseudo
from tests.web.addresses import PAGES
from web.catalogue import entries

pytestmark = pytest.mark.django_db
LANGUAGE = "zh-hans"
LATIN = re.compile(r"[A-Za-z][A-Za-z'’]+")
GIVEN = {"English", "Ada", "test"}  # a language is called as its speakers call it; names are as they were given
MAIN = [path for path in PAGES if not path.endswith(("/gallery/", "/logout/"))]


@pytest.fixture(scope="module")
def allowed():
    """Latin words that translations themselves hold: names, formats, units."""
    told = " ".join(entry.translation for entry in entries.read(words.catalogue(LANGUAGE)))
    return set(LATIN.findall(told)) | GIVEN


def latin(html: str, names: set[str]) -> set[str]:
    return {word for text in pseudo.untranslated(html, names) for word in LATIN.findall(text)}


def test_no_page_is_left_in_english(admin, allowed):
    admin.person.language, admin.person.name = LANGUAGE, "Ada"
    admin.person.save()
    names = {admin.membership.workspace.name, admin.person.email}
    left = {}
    for path in MAIN:
        answer = admin.browser.get(path, follow=True)
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            assert answer.content.decode().startswith('<!doctype html>\n<html lang="zh-hans"'), path
            if english := latin(answer.content.decode(), names) - allowed:
                left[path] = english
    assert left == {}


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/reset/", "/nowhere/"])
def test_no_page_for_strangers_is_left_in_english(client, allowed, path):
    html = client.get(path, headers={"Accept-Language": "zh-CN"}).content.decode()
    assert latin(html, set()) - allowed == set()


def test_a_forgotten_word_is_found(allowed):
    assert latin("<p>这里 Forgotten words</p>", set()) - allowed == {"Forgotten", "words"}
