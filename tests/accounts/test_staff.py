"""Who looks after the installation is named on the command line, and may see no more than the gallery."""

import pytest
from django.core.management import CommandError, call_command

from audit.models import Entry

pytestmark = pytest.mark.django_db


def test_staff_see_the_gallery_until_it_is_ended(annotator):
    assert annotator.browser.get("/gallery/").status_code != 200
    call_command("staff", email=annotator.person.email.upper())
    assert annotator.browser.get("/gallery/").status_code == 200
    assert annotator.browser.get("/w/home/members/").status_code == 403  # and no more than that
    call_command("staff", email=annotator.person.email, end=True)
    assert annotator.browser.get("/gallery/").status_code != 200
    said = Entry.objects.filter(action="person.staff_changed").order_by("id").values_list("details", flat=True)
    assert list(said) == [{"is_staff": True}, {"is_staff": False}]


def test_nobody_with_that_address_is_said():
    with pytest.raises(CommandError, match="Nobody active"):
        call_command("staff", email="nobody@home.example")
