"""The shell of the pages in a real browser: both themes, both widths, with the keyboard, and without scripts."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import eventually

pytestmark = pytest.mark.django_db(transaction=True)
BOTH_WIDTHS = pytest.mark.parametrize("width", [1280, 390])
BOTH_THEMES = pytest.mark.parametrize("theme", ["light", "dark"])


@pytest.fixture
def keeper(admin):
    """An admin who also looks after the installation."""
    admin.person.is_staff = True
    admin.person.save()
    return admin


@BOTH_WIDTHS
@BOTH_THEMES
def test_every_component_is_accessible(see, keeper, axe, fits, width, theme):
    page = see(keeper, width=width, theme=theme)
    page.goto("/gallery/?toast")
    expect(page.locator("#chart-settled canvas")).to_be_visible()
    axe(page)
    fits(page)


def test_a_dialog_is_accessible_while_it_is_open(see, keeper, axe):
    page = see(keeper)
    page.goto("/gallery/")
    page.get_by_role("button", name="Delete").last.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    axe(page, "dialog")


def test_escape_closes_a_dialog_and_focus_returns(see, keeper):
    page = see(keeper)
    page.goto("/gallery/")
    opener = page.locator("[data-dialog=gallery-confirm]")
    opener.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(opener).to_be_focused()


def test_the_first_tab_stop_leads_past_the_navigation(see, keeper):
    page = see(keeper)
    page.goto("/gallery/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_the_chosen_theme_is_there_before_the_first_paint(see, keeper):
    page = see(keeper, theme="light")
    page.goto("/gallery/")
    page.get_by_role("radio", name="Dark").check(force=True)
    answer = page.goto("/gallery/")
    assert 'data-theme="dark"' in answer.text()


def test_a_table_sorts_in_place_and_keeps_focus_and_address(see, keeper):
    page = see(keeper)
    page.goto("/gallery/")
    page.evaluate("window.untouched = true")
    page.locator("#table").get_by_role("link", name="Model").click()
    expect(page.locator("#table th[aria-sort=ascending]")).to_have_text(re.compile("Model"))
    expect(page).to_have_url(re.compile(r"sort=model"))
    expect(page.locator("#table-sort-model")).to_be_focused()
    assert page.evaluate("window.untouched")


def test_a_table_sorts_and_pages_without_scripts(see, keeper):
    page = see(keeper, scripts=False)
    page.goto("/gallery/")
    page.locator("#table").get_by_role("link", name="Model").click()
    expect(page.locator("#table th[aria-sort=ascending]")).to_have_text(re.compile("Model"))
    page.locator("#table").get_by_role("link", name="Next").click()
    expect(page.locator("#table .pager-words")).to_contain_text("7–12 of")


def test_a_wide_table_scrolls_in_its_own_box(see, keeper, fits):
    page = see(keeper, width=390)
    page.goto("/gallery/")
    box = page.locator("#table .table-box")
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    fits(page)


def test_a_live_chart_asks_again_and_a_settled_one_does_not(see, keeper):
    page = see(keeper)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/gallery/chart/" in request.url else None)
    page.goto("/gallery/")
    first = page.locator("#chart-live tbody th").first.text_content()
    expect(page.locator("#chart-live tbody th").first).not_to_have_text(first)
    assert asked


def test_a_chart_has_its_numbers_in_a_table(see, keeper):
    page = see(keeper)
    page.goto("/gallery/")
    page.locator("#chart-settled summary").click()
    expect(page.locator("#chart-settled tbody tr")).to_have_count(160)


def test_a_chart_takes_the_colours_of_the_theme(see, keeper):
    page = see(keeper)
    page.goto("/gallery/")
    canvas = page.locator("#chart-settled canvas")
    expect(canvas).to_be_visible()
    light = canvas.evaluate("canvas => canvas.toDataURL()")
    page.get_by_role("radio", name="Dark").check(force=True)
    eventually(page, lambda: page.locator("#chart-settled canvas").evaluate("canvas => canvas.toDataURL()") != light)


def test_copying_puts_the_text_into_the_clipboard(see, keeper):
    page = see(keeper)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/gallery/")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith("tst_0123456789abcdef")


def test_a_toast_is_closed_by_its_button(see, keeper):
    page = see(keeper)
    page.goto("/gallery/?toast")
    page.locator(".toast-bad").get_by_role("button", name="Close").click()
    expect(page.locator(".toast-bad")).to_have_count(0)


def test_the_rooms_open_from_the_menu_on_a_phone(see, keeper):
    page = see(keeper, width=390)
    page.goto("/gallery/")
    expect(page.locator("#sidebar")).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(page.locator("#sidebar")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#sidebar")).to_be_hidden()


def test_one_signs_out_from_the_menu_under_the_name(see, keeper):
    page = see(keeper)
    page.goto("/gallery/")
    page.locator(".foot summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.goto("/gallery/")
    expect(page).to_have_url(re.compile("/accounts/login/"))


def test_an_error_stands_at_its_field_and_is_read_with_it(see, keeper):
    page = see(keeper)
    page.goto("/gallery/")
    field = page.locator("#id_wrong-email")
    expect(field).to_have_attribute("aria-invalid", "true")
    told = page.locator(f"#{field.get_attribute('aria-describedby').split()[-1]}")
    expect(told).to_contain_text("valid email")


@pytest.mark.expects_faults
@BOTH_WIDTHS
@BOTH_THEMES
def test_a_page_that_is_not_there_says_so_accessibly(see, axe, fits, width, theme):
    page = see(width=width, theme=theme)
    page.goto("/nowhere/")
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    axe(page)
    fits(page)
