"""The demo people come into the workspace as anybody does: into the trail too, and under their names."""

from io import StringIO

import pytest
from django.core.management import call_command

from accounts.models import Membership, Person, Workspace
from audit import identities
from audit.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings):
    settings.IS_EMBEDDED, settings.HOST = True, "127.0.0.1"
    return lambda **options: call_command("demo_people", stdout=StringIO(), **options)


def test_each_role_is_a_person_whom_the_trail_names(demo):
    demo()
    place = Workspace.objects.get(slug="demo")
    assert set(Membership.objects.filter(workspace=place).values_list("role", flat=True)) == {
        "annotator", "reviewer", "researcher", "admin",
    }  # fmt: skip
    assert Entry.objects.filter(workspace=place.pk, action="member.added").count() == 4
    admin = Person.objects.get(email="admin@demo.example")
    assert identities.labels([admin.pk])[admin.pk] == "Demo admin <admin@demo.example>"


def test_new_passwords_are_in_the_trail_and_end_the_old_ones(demo):
    demo()
    before = Person.objects.get(email="admin@demo.example").password
    demo(reset=True)
    assert Person.objects.get(email="admin@demo.example").password != before
    assert Entry.objects.filter(action="person.password_reset", actor=None).count() == 4


def test_a_reset_leaves_a_changed_role_as_it_is(demo):
    demo()
    Membership.objects.filter(person__email="researcher@demo.example").update(role="admin")
    demo(reset=True)
    assert Membership.objects.get(person__email="researcher@demo.example").role == "admin"
