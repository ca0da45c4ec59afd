"""People and rights in a real browser: signing in, the second factor, invitations, and every page to look at."""

import re
import time

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from accounts import annotators, invitations, passwords, tokens
from accounts.models import Group
from accounts.roles import Role
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def give_password(member):
    member.person.set_password(PASSWORD)
    member.person.save()
    member.browser.force_login(member.person)


def code_of(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def sign_in(page, email, leads_to="**/w/home/"):
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(leads_to)


def test_a_person_signs_in_and_out(see, annotator):
    give_password(annotator)
    page = see()
    sign_in(page, annotator.person.email)
    page.locator("summary", has_text="Annotator").last.click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.goto("/w/home/")
    expect(page).to_have_url(re.compile("/accounts/login/"))


def test_the_second_factor_is_set_up_and_then_asked_for(see, annotator, axe, fits, settings):
    settings.MFA_TOTP_TOLERANCE = 1  # half a minute may end between reading a code and sending it
    give_password(annotator)
    page = see()
    sign_in(page, annotator.person.email)
    page.goto("/accounts/2fa/")
    page.get_by_role("link", name="Set up").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    secret = page.locator("#totp-secret").inner_text()
    axe(page)
    fits(page)
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Switch on").click()
    assert len(page.locator("#recovery-codes").inner_text().split()) == 10
    axe(page)
    fits(page)
    other = see()
    sign_in(other, annotator.person.email, "**/2fa/authenticate/**")
    axe(other)
    other.get_by_label("Code").fill(code_of(secret))
    other.get_by_role("button", name="Sign in").click()
    other.wait_for_url("**/w/home/")


def test_an_admin_invites_and_the_invited_person_joins(see, admin):
    page = see(admin)
    page.goto("/w/home/members/")
    page.get_by_role("link", name="Invite").click()
    page.get_by_label("E-mail address").fill("new@lab.example")
    page.get_by_label("Role").select_option("reviewer")
    page.get_by_role("button", name="Make the invitation").click()
    link = page.locator("#invitation-link").inner_text()
    guest = see()
    guest.goto("/invitations/" + link.rstrip("/").rsplit("/", 1)[1] + "/")
    guest.get_by_label("Name").fill("Nell")
    guest.get_by_label("Password").fill(PASSWORD)
    guest.get_by_role("button", name="Join").click()
    guest.wait_for_url("**/w/home/")
    page.goto("/w/home/members/")
    expect(page.get_by_role("link", name="Nell")).to_be_visible()


def test_a_member_is_removed_only_after_a_question(see, admin, annotator):
    page = see(admin)
    page.goto(f"/w/home/members/{annotator.person.pk}/")
    page.get_by_role("button", name="Remove").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Remove Annotator?")
    dialog.get_by_role("button", name="Remove").click()
    page.wait_for_url("**/w/home/members/")
    expect(page.get_by_role("link", name="Annotator")).to_have_count(0)


def test_who_stands_behind_a_pseudonym_appears_in_its_row(see, admin, annotator, workspace):
    record = annotators.of_person(workspace, annotator.person)
    page = see(admin)
    page.goto("/w/home/pseudonyms/")
    page.get_by_role("button", name=f"Show who is {record.pseudonym}").click()
    expect(page.get_by_role("status").filter(has_text=annotator.person.email)).to_be_focused()
    expect(page).to_have_url(re.compile("/pseudonyms/$"))


def test_a_pressed_button_says_so_before_the_answer_comes(see, admin, annotator):
    page = see(admin)
    page.goto(f"/w/home/members/{annotator.person.pk}/")
    pressed = "document.querySelector('[aria-busy=true]')?.textContent.trim() ?? 'nothing'"
    page.evaluate(f"addEventListener('pagehide', () => sessionStorage.setItem('pressed', {pressed}))")
    page.get_by_role("button", name="Change the role").click()
    expect(page.get_by_text("The role was changed.")).to_be_visible()
    assert page.evaluate("sessionStorage.getItem('pressed')") == "Change the role"
    page.go_back()
    expect(page.get_by_role("button", name="Change the role")).not_to_have_attribute("aria-busy", "true")


def test_everything_works_without_scripts(see, admin, annotator, workspace):
    record = annotators.of_person(workspace, annotator.person)
    page = see(admin, scripts=False)
    page.goto("/w/home/pseudonyms/")
    page.get_by_role("button", name=f"Show who is {record.pseudonym}").click()
    expect(page.get_by_text(annotator.person.email)).to_be_visible()
    expect(page).to_have_url(re.compile("/reveal/$"))


def furnished(admin, annotator, workspace):
    """Something of everything, so that no page is empty."""
    group = Group.objects.create(workspace=workspace, name="Experts")
    group.annotators.add(*annotators.of_sources(workspace, "imported", [f"rater {n}" for n in range(12)]).values())
    annotators.of_person(workspace, annotator.person)
    invitation, link = invitations.invite(scope=admin.scope, email="asked@lab.example", role=Role.REVIEWER)
    tokens.make(membership=annotator.membership, name="A notebook that trains every night", role=Role.ANNOTATOR)
    return group, invitation, link.rstrip("/").rsplit("/", 1)[1]


BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


def second_session(member):
    other = Client()
    other.force_login(member.person)
    return other.session.session_key


def own_pages(admin, annotator, workspace):
    """Every page for somebody who is signed in, as an admin sees it."""
    group, _invitation, secret = furnished(admin, annotator, workspace)
    TOTP.activate(admin.person, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(admin.person)
    here = {"slug": workspace.slug}
    person = {**here, "person_id": annotator.person.pk}
    UserSession.objects.create(
        user=admin.person, ip="2001:db8::1", session_key=admin.browser.session.session_key, user_agent=BROWSER
    )
    UserSession.objects.create(user=admin.person, ip="192.0.2.7", session_key=second_session(admin), user_agent="curl")
    alone = ["own_account", "own_erase", "usersessions_list", "account_logout", "account_reauthenticate"]
    alone += ["account_change_password", "mfa_index", "mfa_reauthenticate", "mfa_view_recovery_codes"]
    placed = ["workspace_home", "workspace_settings", "leave", "members", "invite", "groups", "group_new"]
    placed += ["pseudonyms", "tokens"]
    return [
        *(reverse(name) for name in alone),
        *(reverse(name, kwargs=here) for name in placed),
        *(reverse(name, kwargs=person) for name in ("member", "member_erase")),
        reverse("group", kwargs={**here, "group_id": group.pk}),
        reverse("invitation", kwargs={"secret": secret}),
        "/invitations/no-such-link/",
    ]


def pages_for_anybody(admin, annotator, workspace):
    _group, _invitation, secret = furnished(admin, annotator, workspace)
    names = ["account_login", "account_inactive", "account_reset_password", "account_reset_password_done"]
    return [
        *(reverse(name) for name in names),
        reverse("account_reset_password_from_key_done"),
        "/accounts/password/reset/key/nobody/nothing/",
        "/" + passwords.reset_link(admin.person).split("/", 3)[3],
        reverse("invitation", kwargs={"secret": secret}),
    ]


@pytest.mark.expects_faults  # a link that is over answers 404, which the browser tells
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
@pytest.mark.parametrize("paths", [own_pages, pages_for_anybody])
def test_each_page_fits_and_can_be_used_by_everybody(see, admin, annotator, workspace, axe, fits, paths, width, theme):
    give_password(admin)
    shown = paths(admin, annotator, workspace)
    page = see(admin if paths is own_pages else None, width=width, theme=theme)
    for path in shown:
        page.goto(path)
        fits(page)
        axe(page)


def test_a_name_in_the_list_of_members_opens_the_person(see, admin, annotator):
    page = see(admin)
    page.goto("/w/home/members/")
    page.locator("#members").get_by_role("link", name="Annotator").click()
    expect(page).to_have_url(re.compile(str(annotator.person.pk)))
    expect(page.get_by_role("heading", level=1)).to_have_text(str(annotator.person))


def test_the_new_link_of_an_invitation_is_shown(see, admin):
    invitations.invite(scope=admin.scope, email="asked@home.example", role=Role.ANNOTATOR)
    page = see(admin)
    page.goto("/w/home/members/")
    page.get_by_role("button", name="New link").click()
    expect(page.locator("[data-copy]")).to_be_visible()
    expect(page.locator("main")).to_contain_text("/invitations/")


def test_a_withdrawn_invitation_leaves_the_list_with_a_word(see, admin):
    invitations.invite(scope=admin.scope, email="asked@home.example", role=Role.ANNOTATOR)
    page = see(admin)
    page.goto("/w/home/members/")
    page.get_by_role("button", name="Withdraw").click()
    expect(page.locator(".toast")).to_contain_text("withdrawn")
    expect(page.locator("main")).not_to_contain_text("asked@home.example")
