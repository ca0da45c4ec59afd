"""The shell around every page: who sees it, what it loads, and that its policy holds."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.test import RequestFactory

from web import cards, context, navigation

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(admin):
    admin.person.is_staff = True
    admin.person.save()
    return admin


def test_staff_sees_the_gallery(keeper):
    assert keeper.browser.get("/gallery/").status_code == 200


def test_an_admin_of_a_workspace_is_not_staff(admin):
    assert admin.browser.get("/gallery/").status_code == 404


def test_somebody_unknown_signs_in_first(client):
    assert client.get("/gallery/")["Location"] == "/accounts/login/?next=/gallery/"


def test_no_page_carries_a_style_or_a_handler_of_its_own(keeper):
    html = keeper.browser.get("/gallery/?toast").content.decode()
    assert not re.search(r"<[^>]*\s(style|on\w+|hx-on[\w:-]*)=", html)
    assert not re.search(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)", html)


def test_the_policy_allows_nothing_inline(keeper):
    policy = keeper.browser.get("/gallery/")["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def test_a_first_visit_loads_less_than_150_kilobytes(client):
    html = client.get("/nowhere/").content
    files = set(re.findall(r'(?:href|src)="/static/([^"#]+)', html.decode()))
    weight = len(html) + sum(Path(finders.find(name)).stat().st_size for name in files)
    assert weight < 150_000
    assert not any("uplot" in name.lower() for name in files)


def test_every_file_that_a_page_names_is_there(keeper):
    html = keeper.browser.get("/gallery/").content.decode()
    for name in set(re.findall(r'"/static/([^"#]+)', html)):
        assert finders.find(name), name


def test_every_icon_that_is_used_is_in_the_sprite(keeper):
    sprite = Path(finders.find("web/vendor/lucide/icons.svg")).read_text()
    for name in set(re.findall(r'icons\.svg#([\w-]+)"', keeper.browser.get("/gallery/").content.decode())):
        assert f'<symbol id="{name}"' in sprite, name
    for room in [*navigation._rooms, *navigation._desks]:
        assert f'<symbol id="{room.icon}"' in sprite, room.icon


@pytest.mark.parametrize("cookie, written", [("dark", 'data-theme="dark"'), ("light", 'data-theme="light"')])
def test_the_theme_stands_in_the_first_line(client, cookie, written):
    client.cookies["theme"] = cookie
    assert written in client.get("/nowhere/").content.decode()


@pytest.mark.parametrize("cookie", ["system", "", '"><script>', "neon"])
def test_no_other_word_becomes_a_theme(client, cookie):
    client.cookies["theme"] = cookie
    assert "data-theme=" not in client.get("/nowhere/").content.decode()


def test_a_page_lies_in_the_room_whose_address_it_continues():
    urls = ["/w/home/", "/w/home/jobs/", "/w/home/projects/"]
    assert navigation.nearest(urls, "/w/home/jobs/3/") == "/w/home/jobs/"
    assert navigation.nearest(urls, "/elsewhere/") == ""


def test_many_rooms_stand_under_what_they_are_for_and_few_under_nothing():
    made = [navigation.Item(str(number), "", "", False, part) for number, part in enumerate(["", "upkeep", "people"])]
    assert navigation.parts(made) == [navigation.Part("", "", made)]
    many = navigation.parts(made * 3)
    assert [part.name for part in many] == ["", "people", "upkeep"]
    assert [item.label for part in many for item in part.items] == ["0"] * 3 + ["2"] * 3 + ["1"] * 3


def test_the_switcher_shows_the_workspaces_of_the_person_alone(keeper, stranger):
    html = keeper.browser.get("/gallery/").content.decode()
    assert 'href="/w/home/"' in html
    assert "/w/elsewhere/" not in html


def test_a_workspace_in_the_bin_is_in_no_list(keeper):
    keeper.membership.workspace.deleted_at = keeper.membership.workspace.created_at
    keeper.membership.workspace.save()
    request = RequestFactory().get("/")
    request.user = keeper.person
    assert context.memberships(request) == []


def test_the_first_card_is_what_the_role_came_for(monkeypatch):
    monkeypatch.setattr(cards, "_offers", [])
    card = cards.Card("Members", "", "/m/", "Open")
    cards.register(20, lambda scope: [card])
    cards.register(30, lambda scope: [card._replace(title="Label", is_first=True)] if scope.role == "annotator" else [])
    assert [card.title for card in cards.offered(SimpleNamespace(role="annotator"))] == ["Label", "Members"]
    assert [card.title for card in cards.offered(SimpleNamespace(role="admin"))] == ["Members"]


def test_text_of_people_is_escaped_in_every_component():
    html = render_to_string("web/components/empty.html", {"title": "<b>x</b>", "icon_name": "inbox"})
    assert "&lt;b&gt;x&lt;/b&gt;" in html
