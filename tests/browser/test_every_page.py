"""Every page once: nothing for axe to find, nothing that scrolls sideways, nothing that the browser complains about."""

import pytest

from tests.web.addresses import PAGES

pytestmark = pytest.mark.django_db(transaction=True)
ENDS = ("/logout/", "/download/", "/end/")  # these end a session or send a file


@pytest.mark.parametrize("width, theme", [(1280, "light"), (390, "dark")])
def test_every_page_is_accessible_and_fits(see, admin, axe, fits, width, theme):
    admin.person.is_staff = True
    admin.person.save()
    shown = [path for path in PAGES if not path.endswith(ENDS) and is_page(admin.browser.get(path))]
    assert len(shown) >= 5
    page = see(admin, width=width, theme=theme)
    complaints = []
    for path in shown:
        page.goto(path)
        for check in (axe, fits):
            try:
                check(page)
            except AssertionError as found:
                complaints.append(str(found))
    assert not complaints, "\n\n".join(complaints)


def is_page(answer):
    return answer.status_code == 200 and answer["Content-Type"].startswith("text/html")
