"""Admins read the trail of their own workspace, as a page, over the API and as a file."""

import csv
import io
import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from audit import identities, reading, trail

API = "/api/v1/audit/"
PAGE = "/w/home/audit/"


@pytest.fixture
def record(workspace, admin, tamper):
    """`record("member.invited", at="2026-01-02")`: an entry of the admin in this workspace."""

    def make(action="project.changed", *, at=None, actor=admin.person.pk, workspace_id=workspace.pk, **details):
        entry = trail.record(
            action, workspace=workspace_id, actor=actor, object_kind="project", object_id="p-1", details=details
        )
        if at:  # as it would stand there had the clock been so
            tamper("UPDATE audit_entry SET at = %s WHERE id = %s", [f"{at}T12:00:00Z", entry.pk])
        return entry

    return make


def actions(answer):
    assert answer.status_code == 200, answer.content
    return [row["action"] for row in answer.json()["results"]]


def test_the_newest_comes_first_with_the_name_of_who_did_it(admin, record):
    identities.remember(admin.person.pk, "Ada")
    record("project.created")
    record("project.changed", status="open")
    first, second = admin.api.get(API).json()["results"]
    assert (first["action"], second["action"]) == ("project.changed", "project.created")
    assert first["actor"] == {"id": str(admin.person.pk), "label": "Ada"}
    assert first["object"] == {"kind": "project", "id": "p-1"}
    assert first["details"] == {"status": "open"}


def test_the_installation_itself_is_nobody(admin, record):
    record(actor=None)
    assert admin.api.get(API).json()["results"][0]["actor"] is None


def test_pages_of_the_list_hold_every_entry_once(admin, record):
    for number in range(5):
        record(f"project.step{number}")
    first = admin.api.get(API, {"limit": 3})
    second = admin.api.get(first.json()["next"])
    assert actions(first) + actions(second) == [f"project.step{number}" for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"action": "member"}, ["member.removed", "member.invited"]),
        ({"action": "member.invited"}, ["member.invited"]),
        ({"action": "memb"}, []),
        ({"since": "2026-03-01T00:00:00Z"}, ["project.created"]),
        ({"until": "2026-02-01T12:00:00Z"}, ["member.invited"]),
        ({"object_kind": "project", "object_id": "p-1"}, ["project.created", "member.removed", "member.invited"]),
        ({"object_id": "p-2"}, []),
    ],
)
def test_filters_choose(admin, record, asked, found):
    record("member.invited", at="2026-01-01")
    record("member.removed", at="2026-02-01")
    record("project.created", at="2026-03-01")
    assert actions(admin.api.get(API, asked)) == found


def test_one_may_ask_what_one_person_did(admin, researcher, record):
    record("project.created", actor=researcher.person.pk)
    record("project.changed")
    assert actions(admin.api.get(API, {"actor": researcher.person.pk})) == ["project.created"]


@pytest.mark.parametrize(
    "asked", [{"actor": "x"}, {"since": "yesterday"}, {"until": "99999-01-01"}, {"action": "x" * 61}]
)
def test_a_filter_that_cannot_be_read_is_named(admin, asked):
    answer = admin.api.get(API, asked)
    assert answer.status_code == 400
    assert [row["field"] for row in answer.json()["errors"]] == list(asked)


def test_another_workspace_is_in_no_answer(admin, stranger, record):
    record("project.created", workspace_id=stranger.membership.workspace_id)
    record("project.purged", workspace_id=None)
    assert actions(admin.api.get(API)) == []
    assert b"project." not in admin.browser.get(PAGE).content.split(b"<table")[-1]


@pytest.mark.parametrize("path", [API, PAGE, PAGE + "export/csv/"])
def test_a_role_too_low_sees_nothing(researcher, path):
    client = researcher.api if path == API else researcher.browser
    assert client.get(path).status_code == 403


def test_the_page_shows_names_and_filters(admin, record):
    identities.remember(admin.person.pk, "Ada <ada@home.example>")
    record("member.invited", role="admin", groups=["day", "night"])
    record("project.created")
    page = admin.browser.get(PAGE, {"action": "member"}).content.decode()
    assert "Ada &lt;ada@home.example&gt;" in page
    assert "member.invited" in page.split("<table")[1]
    assert "role=admin, groups=day night" in page
    assert "project.created" not in page.split("<table")[1]


def test_a_deed_leads_to_its_like_and_an_erased_person_is_called_erased(admin, record):
    gone = uuid4()
    record("member.invited", actor=gone)
    table = admin.browser.get(PAGE).content.decode().split("<table")[1]
    assert '<a href="?action=member.invited"' in table
    assert ">erased <" in table
    assert f">{gone}<" not in table


def test_the_page_says_what_is_wrong_with_a_filter(admin, record):
    record()
    page = admin.browser.get(PAGE, {"since": "2026-02-01", "until": "2026-01-01"}).content.decode()
    assert "This lies before the first day." in page
    assert "No entry is like that" in page


def test_the_last_day_is_included(admin, record):
    record("project.created", at="2026-03-01")
    assert "project.created" in admin.browser.get(PAGE, {"since": "2026-03-01", "until": "2026-03-01"}).content.decode()


def test_somebody_who_has_left_can_still_be_asked_for(admin, record):
    gone = uuid4()
    record("member.left", actor=gone)
    page = admin.browser.get(PAGE, {"actor": str(gone)}).content.decode()
    assert "member.left" in page.split("<table")[1]
    assert str(gone) in page


def exported(admin, layout, asked=None):
    answer = admin.browser.get(f"{PAGE}export/{layout}/", asked or {})
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]
    return answer.getvalue().decode()


def test_a_file_of_lines_holds_every_entry_oldest_first(admin, record):
    first, second = record("project.created", share=0.5), record("project.changed")
    lines = [json.loads(line) for line in exported(admin, "jsonl").splitlines()]
    assert [line["id"] for line in lines[:2]] == [first.pk, second.pk]
    assert lines[0]["details"] == {"share": 0.5}
    assert datetime.fromisoformat(lines[0]["at"]).tzinfo == UTC


def test_taking_the_trail_away_is_in_the_trail(admin):
    (line,) = [json.loads(line) for line in exported(admin, "jsonl").splitlines()]
    assert (line["action"], line["details"]) == ("audit.exported", {"layout": "jsonl"})


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "＝1"])
def test_a_name_is_no_formula_in_a_spreadsheet(admin, record, name):
    identities.remember(admin.person.pk, name)
    record("project.created")
    row = next(csv.DictReader(io.StringIO(exported(admin, "csv"))))
    assert row["actor_label"] == f"'{name}"
    assert row["action"] == "project.created"


def test_a_file_takes_the_filters_of_the_page(admin, record):
    record("project.created")
    record("member.invited")
    rows = list(csv.DictReader(io.StringIO(exported(admin, "csv", {"action": "member"}))))
    assert [row["action"] for row in rows] == ["member.invited"]


@pytest.mark.parametrize("path", ["export/xlsx/", "export/csv/?since=x"])
def test_a_file_that_cannot_be_made_is_not_there(admin, path):
    assert admin.browser.get(PAGE + path).status_code == 404


def test_a_long_trail_is_read_in_batches(admin, record, monkeypatch):
    monkeypatch.setattr(reading, "BATCH", 2)
    for _ in range(5):
        record("project.changed")
    assert len(list(reading.rows(admin.membership.workspace_id, reading.Filters(action="project")))) == 5


def test_the_last_day_of_all_bounds_nothing(admin, record):
    record("project.created", at="2026-03-01")
    assert "project.created" in admin.browser.get(PAGE, {"until": "9999-12-31"}).content.decode()
