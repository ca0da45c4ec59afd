"""Judgments stand under pseudonyms that are found again."""

import pytest

from accounts import annotators
from accounts.models import Annotator
from api.refusals import Invalid

pytestmark = pytest.mark.django_db


def test_a_person_has_one_record_in_a_workspace(workspace, researcher):
    first = annotators.of_person(workspace, researcher.person)
    assert annotators.of_person(workspace, researcher.person) == first
    assert first.origin == "person"


def test_a_person_has_another_pseudonym_in_another_workspace(workspace, researcher, stranger):
    here = annotators.of_person(workspace, researcher.person)
    there = annotators.of_person(stranger.membership.workspace, researcher.person)
    assert here.pseudonym != there.pseudonym


def test_a_source_is_found_again_by_its_name(workspace):
    first = annotators.of_source(workspace, "imported", "rater 7")
    assert annotators.of_source(workspace, "imported", "rater 7") == first
    assert annotators.of_source(workspace, "simulated", "rater 7") != first


def test_many_sources_cost_three_statements(workspace, django_assert_max_num_queries):
    annotators.of_source(workspace, "imported", "rater 1")
    names = [f"rater {number}" for number in range(500)]
    with django_assert_max_num_queries(5):  # three, and a savepoint around the insertion
        found = annotators.of_sources(workspace, "imported", names + names)
    assert sorted(found) == sorted(names)
    assert Annotator.objects.count() == 500


@pytest.mark.parametrize("name", ["", "x" * 201])
def test_a_name_that_cannot_be_kept_is_refused(workspace, name):
    with pytest.raises(Invalid):
        annotators.of_source(workspace, "imported", name)


def test_a_pseudonym_tells_nothing_of_the_person(workspace, researcher):
    assert researcher.person.name.lower() not in annotators.of_person(workspace, researcher.person).pseudonym
