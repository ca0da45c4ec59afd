"""In Simplified Chinese the pages fit a phone, and the scripts speak it too."""

import pytest
from playwright.sync_api import expect

from accounts import languages

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = ["/accounts/", "/w/home/", "/w/home/members/", "/w/home/projects/new/", "/w/home/runs/", "/w/home/studies/"]


def test_pages_in_chinese_do_not_scroll_sideways_on_a_phone(see, admin, fits):
    languages.choose(person=admin.person, language="zh-hans")
    page = see(admin, width=390, theme="light")
    for path in PAGES:
        page.goto(path)
        expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
        fits(page)
