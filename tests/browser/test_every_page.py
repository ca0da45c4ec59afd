"""Every page once: nothing for axe to find, nothing that scrolls sideways, nothing that the browser complains about."""

import pytest

from tests import samples
from tests.web.addresses import OBJECTS, PAGES

pytestmark = pytest.mark.django_db(transaction=True)
ENDS = ("/logout/", "/download/", "/end/")  # these end a session or send a file


@pytest.mark.parametrize("width, theme", [(1280, "light"), (390, "dark")])
def test_every_page_is_accessible_and_fits(
    see, admin, annotator, stranger, axe, fits, settings, tmp_path, width, theme
):
    settings.MEDIA_ROOT = tmp_path
    admin.person.is_staff = True
    admin.person.save()
    shown = [path for path in PAGES if not path.endswith(ENDS) and is_page(admin.browser.get(path))]
    assert len(shown) >= 5
    page = see(admin, width=width, theme=theme)
    complaints = []
    for path in [*shown, *of_objects(admin, annotator, stranger)]:
        page.goto(path)
        for check in (axe, fits):
            try:
                check(page)
            except AssertionError as found:
                complaints.append(str(found))
    assert not complaints, "\n\n".join(complaints)


def of_objects(admin, annotator, stranger):
    """The pages of one object each, by samples; an address that is a button's or leads elsewhere is left out."""
    world = samples.World(admin.membership.workspace, {"admin": admin, "annotator": annotator}, stranger)
    routes = [route for route in OBJECTS if not str(route).endswith(ENDS)]
    found = [path for route in routes if is_page(admin.browser.get(path := route.address(world, admin)))]
    assert len(found) >= 5
    return found


def is_page(answer):
    """A whole page: a fragment is part of one, and is looked at there."""
    return answer.status_code == 200 and b"<title>" in b"".join(answer)
