"""Pseudonyms in groups, and who may learn what stands behind them."""

from uuid import uuid4

import pytest

from accounts import annotators, groups
from accounts.models import Group
from audit.models import Entry

pytestmark = pytest.mark.django_db
URL = "/api/v1/groups/"
PEOPLE = "/api/v1/annotators/"


@pytest.fixture
def rater(workspace):
    return annotators.of_source(workspace, "imported", "Rita R.")


def test_a_researcher_makes_a_group(researcher, rater):
    made = researcher.api.post(URL, {"name": "Experts", "annotators": [str(rater.pk)]})
    assert made.status_code == 201
    assert researcher.api.get(f"{URL}{made.json()['id']}/").json()["annotators"] == [str(rater.pk)]
    assert Entry.objects.filter(action="group.created", object_id=made.json()["id"]).exists()


def test_a_reviewer_sees_groups_and_changes_none(reviewer, workspace):
    group = Group.objects.create(workspace=workspace, name="Experts")
    assert len(reviewer.api.get(URL).json()["results"]) == 1
    assert reviewer.api.post(URL, {"name": "Mine"}).status_code == 403
    assert reviewer.api.patch(f"{URL}{group.pk}/", {"name": "Mine"}).status_code == 403
    assert reviewer.api.delete(f"{URL}{group.pk}/").status_code == 403


def test_a_stranger_finds_no_group_of_ours(stranger, workspace):
    group = Group.objects.create(workspace=workspace, name="Experts")
    for answer in (
        stranger.api.get(f"{URL}{group.pk}/"),
        stranger.api.patch(f"{URL}{group.pk}/", {"name": "Mine"}),
        stranger.api.delete(f"{URL}{group.pk}/"),
    ):
        assert answer.status_code == 404


def test_an_annotator_of_another_workspace_joins_no_group(researcher, stranger):
    theirs = annotators.of_source(stranger.membership.workspace, "imported", "x")
    for wrong in (theirs.pk, uuid4()):
        answer = researcher.api.post(URL, {"name": "Mixed", "annotators": [str(wrong)]})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "annotators"
    assert not Group.objects.exists()


def test_two_groups_of_one_name_are_refused(researcher):
    researcher.api.post(URL, {"name": "Experts"})
    assert researcher.api.post(URL, {"name": " Experts "}).status_code == 409


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": "x" * 81}, {"name": "x", "annotators": ["me"]}, {"name": {}}]
)
def test_a_group_that_makes_no_sense_is_refused(researcher, body):
    assert researcher.api.post(URL, body).status_code == 400


def test_a_change_leaves_out_what_is_not_named(researcher, workspace, rater):
    group = Group.objects.create(workspace=workspace, name="Experts")
    group.annotators.add(rater)
    researcher.api.patch(f"{URL}{group.pk}/", {"name": "Masters"})
    group.refresh_from_db()
    assert (group.name, list(group.annotators.all())) == ("Masters", [rater])


def test_a_group_is_deleted(researcher, workspace):
    group = Group.objects.create(workspace=workspace, name="Experts")
    assert researcher.api.delete(f"{URL}{group.pk}/").status_code == 204
    assert not Group.objects.exists()


def test_an_admin_puts_a_member_into_a_group(admin, annotator, workspace):
    group = Group.objects.create(workspace=workspace, name="Experts")
    groups.add_members(scope=admin.scope, group=group, memberships=[annotator.membership])
    assert [found.person for found in group.annotators.all()] == [annotator.person]


def test_a_list_of_annotators_names_nobody(researcher, annotator, rater, workspace):
    annotators.of_person(workspace, annotator.person)
    text = researcher.api.get(PEOPLE).content.decode()
    assert rater.pseudonym in text
    assert "Rita" not in text
    assert annotator.person.email not in text
    assert str(annotator.person.pk) not in text


def test_an_admin_learns_who_stands_behind_a_pseudonym_and_it_is_in_the_trail(admin, annotator, workspace):
    record = annotators.of_person(workspace, annotator.person)
    assert admin.api.post(f"{PEOPLE}{record.pk}/reveal/").json()["email"] == annotator.person.email
    assert Entry.objects.filter(action="identity.seen", actor=admin.person.pk, object_id=str(record.pk)).exists()


def test_an_imported_record_shows_what_its_source_called_it(admin, rater):
    behind = admin.api.post(f"{PEOPLE}{rater.pk}/reveal/").json()
    assert (behind["source_name"], behind["email"]) == ("Rita R.", None)


def test_nobody_else_learns_it(researcher, stranger, rater):
    assert researcher.api.post(f"{PEOPLE}{rater.pk}/reveal/").status_code == 403
    assert stranger.api.post(f"{PEOPLE}{rater.pk}/reveal/").status_code == 404
    assert not Entry.objects.filter(action="identity.seen").exists()


def test_an_admin_makes_a_group_of_people_by_name(admin, annotator, member, researcher):
    annotator.person.name = "Ada"
    annotator.person.save()
    other = member("annotator", "other@home.example")
    page = admin.browser.get("/w/home/groups/new/").content.decode()
    assert f"Ada · {annotator.person.email}" in page
    assert "Members by name" not in researcher.browser.get("/w/home/groups/new/").content.decode()
    chosen = {"name": "Night shift", "pseudonyms": "", "member": [annotator.membership.pk, other.membership.pk]}
    assert admin.browser.post("/w/home/groups/new/", chosen).status_code == 302
    assert {one.person for one in Group.objects.get().annotators.all()} == {annotator.person, other.person}
    researcher.browser.post("/w/home/groups/new/", {**chosen, "name": "Day shift"})  # to whom names are closed
    assert not Group.objects.get(name="Day shift").annotators.exists()


def test_an_admin_adds_several_at_once(admin, annotator, member, workspace, stranger):
    group = Group.objects.create(workspace=workspace, name="Experts")
    other = member("annotator", "other@home.example")
    address = f"/w/home/groups/{group.pk}/member/"
    admin.browser.post(address, {"member": [annotator.membership.pk, other.membership.pk]})
    assert group.annotators.count() == 2
    for wrong in ({}, {"member": [stranger.membership.pk]}):
        refused = admin.browser.post(address, wrong, follow=True).content.decode()
        assert "Choose members of this workspace." in refused
    assert group.annotators.count() == 2
