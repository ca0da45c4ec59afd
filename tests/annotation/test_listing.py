"""What the list of projects says, and what saying it costs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from annotation import listing, projects
from annotation.models import Project, Seat
from annotation.queue import progress
from tests.annotation.queue.conftest import worker

__all__ = ["worker"]  # a fixture of the queue's tests
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _counted_anew():
    progress._known.clear()


def test_a_project_with_nothing_in_it_has_zeros(project):
    assert listing.figures([project.pk]) == {project.pk: listing.Figures(0, 0, 0, None)}


def test_labels_people_and_the_last_label_are_told(project, add_task, worker):
    add_task("a", overlap=2)
    add_task("b", overlap=1)
    bob = worker("bob")
    worker("ann").do()
    bob.do()
    bob.next()
    found = listing.figures([project.pk])[project.pk]
    assert (found.judged, found.wanted, found.people) == (2, 3, 2)  # what is on a desk is no label yet
    assert found.share == pytest.approx(2 / 3)
    assert now() - found.last_at < timedelta(minutes=1)


def test_projects_are_kept_apart(project, add_task, researcher):
    add_task("a", overlap=3)
    other = projects.create(scope=researcher.scope, wish=projects.Wish(name="Other", kinds=["binary"]))
    found = listing.figures([project.pk, other.pk])
    assert (found[project.pk].wanted, found[other.pk].wanted) == (3, 0)


def test_a_page_of_projects_costs_as_many_statements_as_one(researcher, project, add_task):
    add_task("a")
    address = "/w/home/projects/"
    researcher.browser.get(address)

    def statements():
        progress._known.clear()
        with CaptureQueriesContext(connection) as captured:
            assert researcher.browser.get(address).status_code == 200
        return len(captured)

    alone = statements()
    for number in range(20):
        projects.create(scope=researcher.scope, wish=projects.Wish(name=f"P{number}", kinds=["pairwise"]))
    assert statements() == alone


def test_counting_is_remembered_for_a_moment(project, add_task):
    assert progress.share(project.pk) == 0
    add_task("a")
    Project.objects.get(pk=project.pk).tasks.update(open_places=0)
    assert progress.share(project.pk) == 0
    progress._known.clear()
    assert progress.share(project.pk) == 1.0


def test_who_only_looked_is_no_annotator_yet(project, add_task, worker):
    add_task("a")
    worker("ann").next()
    assert Seat.objects.count() == 1
    assert listing.figures([project.pk])[project.pk].people == 0
