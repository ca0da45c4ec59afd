"""Projects in choices: two of one name can be told apart, and who is not at work is said."""

from datetime import timedelta

from django.utils.timezone import now

from annotation import calling
from annotation.models import Project
from annotation.projects import Wish, create
from training.checks.forms import panel


def made(researcher, name, **fields):
    found = create(scope=researcher.scope, wish=Wish(name=name, kinds=["pairwise"]))
    Project.objects.filter(pk=found.pk).update(**fields)
    return Project.objects.get(pk=found.pk)


def test_two_projects_of_one_name_are_told_apart_by_when_they_were_begun(researcher):
    one = made(researcher, "Warmth", created_at=now() - timedelta(days=40))
    two, alone = made(researcher, "Warmth"), made(researcher, "Coverage")
    called = calling.namer(Project.objects.all())
    assert called(alone) == "Coverage"
    assert called(one).startswith("Warmth (begun ")
    assert called(one) != called(two)


def test_a_project_that_is_not_open_is_said_to_be_so_where_its_people_are_asked(researcher):
    said = panel(researcher.scope)
    assert said(made(researcher, "Busy", status="open")) == "Busy"
    assert said(made(researcher, "Resting", status="paused")) == "Resting (not open)"
