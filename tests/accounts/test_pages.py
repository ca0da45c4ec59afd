"""The pages of people and rights do what they say, and put a refusal where it belongs."""

import pytest
from django.test import Client

from accounts import annotators, invitations, tokens
from accounts.models import Group, Invitation, Membership, Person, Token
from accounts.roles import Role
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def secret_of(admin, email="new@lab.example", role=Role.REVIEWER):
    _invitation, link = invitations.invite(scope=admin.scope, email=email, role=role)
    return link.rstrip("/").rsplit("/", 1)[1]


def test_one_workspace_is_entered_at_once(researcher):
    assert researcher.browser.get("/")["Location"] == "/w/home/"


def test_of_several_workspaces_one_chooses(researcher, stranger):
    stranger.membership.workspace.memberships.create(person=researcher.person, role="annotator")
    page = researcher.browser.get("/").content.decode()
    assert "/w/home/" in page
    assert "/w/elsewhere/" in page


def test_without_a_workspace_one_is_told_what_to_do(researcher):
    researcher.membership.delete()
    assert "Ask for an invitation" in researcher.browser.get("/").content.decode()


def test_rooms_are_those_that_the_role_may_enter(admin, annotator):
    assert "/w/home/pseudonyms/" in admin.browser.get("/w/home/").content.decode()
    page = annotator.browser.get("/w/home/").content.decode()
    assert "/w/home/tokens/" in page
    assert "/w/home/members/" not in page


def room(slug):
    return f'class="room" href="/w/{slug}/tokens/"'


@pytest.mark.parametrize("path", ["/accounts/", "/accounts/2fa/", "/accounts/sessions/"])
def test_pages_of_ones_own_keep_the_rooms_of_the_only_workspace(annotator, path):
    page = annotator.browser.get(path, follow=True).content.decode()
    assert room("home") in page
    assert "/w/home/members/" not in page


def test_pages_of_ones_own_keep_the_rooms_of_where_one_was_last(researcher, stranger):
    stranger.membership.workspace.memberships.create(person=researcher.person, role="annotator")
    assert room("home") not in researcher.browser.get("/accounts/").content.decode()
    for slug, other in (("home", "elsewhere"), ("elsewhere", "home")):
        researcher.browser.get(f"/w/{slug}/")
        page = researcher.browser.get("/accounts/").content.decode()
        assert room(slug) in page
        assert room(other) not in page


def test_rooms_that_one_may_enter_no_more_are_not_kept(researcher, stranger):
    stranger.membership.workspace.memberships.create(person=researcher.person, role="annotator")
    researcher.browser.get("/w/home/")
    researcher.membership.delete()
    page = researcher.browser.get("/accounts/").content.decode()
    assert "/w/home/" not in page
    assert room("elsewhere") in page


def test_the_many_rooms_of_an_admin_are_grouped(admin, annotator):
    page = admin.browser.get("/w/home/").content.decode()
    places = [
        page.index(text) for text in ('id="rooms-people"', "/w/home/members/", 'id="rooms-upkeep"', "/w/home/audit/")
    ]
    assert places == sorted(places)
    assert "rooms-upkeep" not in annotator.browser.get("/w/home/").content.decode()


def test_an_admin_who_is_alone_is_shown_how_to_invite(admin, member):
    assert "You are the only member" in admin.browser.get("/w/home/").content.decode()
    member("annotator")
    assert "You are the only member" not in admin.browser.get("/w/home/").content.decode()


def test_an_invitation_shows_its_link_to_copy(admin):
    asked = {"email": "new@lab.example", "role": "reviewer", "days": 7}
    page = admin.browser.post("/w/home/members/invite/", asked, follow=True)
    assert invitations.behind(page.context["link"].rstrip("/").rsplit("/", 1)[1]).email == "new@lab.example"
    assert page.context["link"] in page.content.decode()
    assert page["Cache-Control"].startswith("max-age=0")
    again = admin.browser.get(page.redirect_chain[-1][0])  # loaded anew it neither asks again nor shows it again
    assert (again.context["link"], Invitation.objects.count()) == ("", 1)


def test_a_refused_invitation_says_why_at_the_field(admin, annotator):
    asked = {"email": annotator.person.email, "role": "reviewer", "days": 7}
    page = admin.browser.post("/w/home/members/invite/", asked)
    assert page.context["form"].errors["email"] == ["This person is a member already."]


def test_a_new_link_makes_the_old_one_void(admin):
    old = secret_of(admin)
    page = admin.browser.post(f"/w/home/members/invitations/{Invitation.objects.get().pk}/renew/", follow=True)
    assert invitations.behind(old) is None
    assert page.context["link"]


def test_a_withdrawn_invitation_is_over(admin):
    secret = secret_of(admin)
    admin.browser.post(f"/w/home/members/invitations/{Invitation.objects.get().pk}/revoke/")
    answer = Client().get(f"/invitations/{secret}/")
    assert answer.status_code == 404
    assert "This invitation is over" in answer.content.decode()


def test_somebody_new_joins_and_is_signed_in(admin, client):
    secret = secret_of(admin)
    answer = client.post(f"/invitations/{secret}/", {"name": "Nell", "password": PASSWORD})
    assert answer["Location"] == "/w/home/"
    assert "Nell" in client.get("/w/home/").content.decode()


@pytest.mark.parametrize("weak", ["", "short", "1234567890", "new@lab.example"])
def test_joining_with_a_weak_password_says_so_and_makes_nobody(admin, client, weak):
    secret = secret_of(admin)
    page = client.post(f"/invitations/{secret}/", {"name": "Nell", "password": weak})
    assert page.context["form"].errors["password"]
    assert not Person.objects.filter(email="new@lab.example").exists()
    assert invitations.behind(secret)


def test_somebody_with_an_account_signs_in_first(admin, stranger, client):
    stranger.person.set_password(PASSWORD)
    stranger.person.save()
    secret = secret_of(admin, email=stranger.person.email)
    assert client.get(f"/invitations/{secret}/")["Location"] == f"/accounts/login/?next=/invitations/{secret}/"
    answer = client.post("/accounts/login/", {"login": stranger.person.email, "password": PASSWORD})
    assert client.post(f"/invitations/{secret}/")["Location"] == "/w/home/"
    assert answer.status_code == 302


def test_signed_in_as_somebody_else_one_is_told(admin, researcher):
    page = researcher.browser.get(f"/invitations/{secret_of(admin)}/").content.decode()
    assert "This invitation is for new@lab.example" in page
    researcher.browser.post(f"/invitations/{secret_of(admin)}/")
    assert not Person.objects.filter(email="new@lab.example").exists()


def test_an_admin_changes_a_role(admin, annotator):
    admin.browser.post(f"/w/home/members/{annotator.person.pk}/role/", {"role": "researcher"})
    assert Membership.objects.get(person=annotator.person).role == "researcher"


def test_the_last_admin_reads_why_they_cannot_step_down(admin):
    page = admin.browser.post(f"/w/home/members/{admin.person.pk}/role/", {"role": "annotator"})
    assert "make somebody else an admin first" in page.context["form"].errors["role"][0]


def test_an_admin_removes_a_member(admin, annotator):
    admin.browser.post(f"/w/home/members/{annotator.person.pk}/remove/")
    assert not Membership.objects.filter(person=annotator.person).exists()
    assert tokens.scope_of(annotator.secret) is None


def test_a_removed_person_is_out_of_an_open_browser_too(admin, annotator):
    assert annotator.browser.get("/w/home/").status_code == 200
    admin.browser.post(f"/w/home/members/{annotator.person.pk}/remove/")
    assert annotator.browser.get("/w/home/").status_code == 404


def test_a_member_leaves(admin, annotator):
    assert annotator.browser.post("/w/home/leave/")["Location"] == "/"
    assert not Membership.objects.filter(person=annotator.person).exists()


def test_the_last_admin_does_not_leave(admin):
    assert admin.browser.post("/w/home/leave/").status_code == 200
    assert Membership.objects.filter(person=admin.person).exists()


def test_a_new_token_is_shown_once(annotator):
    asked = {"name": "notebook", "role": "annotator", "days": ""}
    answer = annotator.browser.post("/w/home/tokens/", asked)
    assert (answer.status_code, answer["Location"]) == (302, "/w/home/tokens/")
    page = annotator.browser.get("/w/home/tokens/")
    secret = page.context["secret"]
    assert tokens.scope_of(secret).person == annotator.person
    assert secret in page.content.decode()
    assert secret not in annotator.browser.get("/w/home/tokens/").content.decode()
    assert Token.objects.filter(name="notebook").count() == 1


def test_on_its_way_to_the_page_a_secret_lies_sealed(annotator):
    annotator.browser.post("/w/home/tokens/", {"name": "notebook", "role": "annotator", "days": ""})
    held = str(dict(annotator.browser.session))
    secret = annotator.browser.get("/w/home/tokens/").context["secret"]
    assert secret and secret not in held


def test_a_role_above_one_s_own_is_no_choice(annotator):
    page = annotator.browser.post("/w/home/tokens/", {"name": "strong", "role": "admin"})
    assert page.context["form"].errors["role"]
    assert Token.objects.filter(name="strong").count() == 0


def test_a_token_is_revoked_only_after_a_question(researcher):
    page = researcher.browser.get("/w/home/tokens/").content.decode()
    own = Token.objects.get(person=researcher.person)
    dialog = page[page.index(f'<dialog id="revoke-{own.pk}"') :]
    assert "Revoke test?" in dialog
    assert f'action="/w/home/tokens/{own.pk}/revoke/"' in dialog[: dialog.index("</dialog>")]


def test_one_revokes_one_s_own_token_and_an_admin_any(admin, annotator, researcher):
    own = Token.objects.get(person=annotator.person)
    assert researcher.browser.post(f"/w/home/tokens/{own.pk}/revoke/").status_code == 404
    admin.browser.post(f"/w/home/tokens/{own.pk}/revoke/")
    assert tokens.scope_of(annotator.secret) is None
    mine = Token.objects.get(person=researcher.person)
    researcher.browser.post(f"/w/home/tokens/{mine.pk}/revoke/")
    assert tokens.scope_of(researcher.secret) is None


def test_a_workspace_is_renamed_and_keeps_its_address(admin, workspace):
    admin.browser.post("/w/home/settings/", {"name": "Laboratory"})
    workspace.refresh_from_db()
    assert (workspace.name, workspace.slug) == ("Laboratory", "home")


def test_a_group_is_made_changed_and_deleted(researcher, workspace):
    rater = annotators.of_source(workspace, "imported", "r")
    researcher.browser.post("/w/home/groups/new/", {"name": "Experts", "pseudonyms": f"{rater.pseudonym}\n"})
    group = Group.objects.get()
    assert list(group.annotators.all()) == [rater]
    researcher.browser.post(f"/w/home/groups/{group.pk}/", {"name": "Masters"})
    group.refresh_from_db()
    assert (group.name, group.annotators.count()) == ("Masters", 0)
    researcher.browser.post(f"/w/home/groups/{group.pk}/delete/")
    assert not Group.objects.exists()


def test_a_pseudonym_of_nobody_here_is_named_at_the_field(researcher, stranger):
    theirs = annotators.of_source(stranger.membership.workspace, "imported", "x")
    page = researcher.browser.post("/w/home/groups/new/", {"name": "Experts", "pseudonyms": theirs.pseudonym})
    assert page.context["form"].errors["pseudonyms"] == [f"Nobody here is called {theirs.pseudonym}."]


def test_a_second_group_of_a_name_is_refused_at_the_field(researcher, workspace):
    Group.objects.create(workspace=workspace, name="Experts")
    page = researcher.browser.post("/w/home/groups/new/", {"name": "Experts"})
    assert page.context["form"].errors["name"] == ["There is a group of this name already."]


def test_an_admin_adds_a_member_to_a_group_by_name(admin, annotator, workspace):
    group = Group.objects.create(workspace=workspace, name="Experts")
    admin.browser.post(f"/w/home/groups/{group.pk}/member/", {"member": annotator.membership.pk})
    assert group.annotators.get().person == annotator.person


def test_a_member_of_another_workspace_joins_no_group(admin, stranger, workspace):
    group = Group.objects.create(workspace=workspace, name="Experts")
    admin.browser.post(f"/w/home/groups/{group.pk}/member/", {"member": stranger.membership.pk})
    assert group.annotators.count() == 0


def test_a_pseudonym_is_revealed_one_at_a_time(admin, annotator, workspace):
    record = annotators.of_person(workspace, annotator.person)
    assert annotator.person.email not in admin.browser.get("/w/home/pseudonyms/").content.decode()
    part = admin.browser.post(f"/w/home/pseudonyms/{record.pk}/reveal/", headers={"HX-Request": "true"})
    assert annotator.person.email in part.content.decode()
    assert "<html" not in part.content.decode()
    assert "<html" in admin.browser.post(f"/w/home/pseudonyms/{record.pk}/reveal/").content.decode()


def test_one_changes_one_s_own_name(annotator):
    annotator.browser.post("/accounts/", {"name": "Anna"})
    annotator.person.refresh_from_db()
    assert annotator.person.name == "Anna"


def test_a_person_s_name_is_text_and_never_markup(annotator):
    annotator.browser.post("/accounts/", {"name": "<script>alert(1)</script>"})
    assert "<script>alert" not in annotator.browser.get("/w/home/").content.decode()


def test_too_many_attempts_are_answered_by_a_page_of_ours(client, person, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
    for _attempt in range(2):
        answer = client.post("/accounts/login/", {"login": "a@b.example", "password": "x"})
    assert answer.status_code == 429
    assert "Too many attempts" in answer.content.decode()


def test_the_form_of_erasure_goes_to_its_own_page_wherever_it_is_shown(annotator):
    """After the question for the password it is shown at the address of that question."""
    assert 'action="/accounts/erase/"' in annotator.browser.get("/accounts/erase/").content.decode()


def test_who_signs_in_after_pressing_a_button_comes_back_to_where_it_stood(client):
    pressed = client.post("/w/home/leave/", headers={"referer": "http://testserver/w/home/members/?page=2"})
    assert pressed["Location"] == "/accounts/login/?next=/w/home/members/%3Fpage%3D2"


@pytest.mark.parametrize("referer", ["", "https://evil.example/w/home/", "//evil.example/", "javascript:alert(1)"])
def test_a_foreign_page_is_nothing_to_come_back_to(client, referer):
    pressed = client.post("/w/home/leave/", headers={"referer": referer})
    assert pressed["Location"] == "/accounts/login/?next=/"


def test_the_list_of_tokens_says_when_each_runs_out(annotator):
    annotator.browser.post("/w/home/tokens/", {"name": "script", "role": "annotator", "days": 3})
    token = Token.objects.get(name="script")
    assert f'datetime="{token.expires_at.isoformat()[:19]}' in annotator.browser.get("/w/home/tokens/").content.decode()


def test_every_page_of_the_account_leads_back_to_it(annotator):
    for path in ["/accounts/2fa/", "/accounts/sessions/", "/accounts/erase/"]:
        crumbs = annotator.browser.get(path).content.decode().split("<main")[1].split("<h1")[0]
        assert 'href="/accounts/"' in crumbs, path


def test_the_page_of_an_invitation_lies_in_the_room_of_the_members(admin):
    asked = {"email": "new@lab.example", "role": "reviewer", "days": 7}
    page = admin.browser.post("/w/home/members/invite/", asked, follow=True).content.decode()
    assert 'href="/w/home/members/" aria-current="page"' in page


def test_one_s_own_page_offers_neither_removal_nor_a_link_for_a_password(admin, annotator):
    own = admin.browser.get(f"/w/home/members/{admin.person.pk}/").content.decode()
    other = admin.browser.get(f"/w/home/members/{annotator.person.pk}/").content.decode()
    for address in ("remove/", "erase/", "reset-link/"):
        assert (address in own, address in other) == (False, True)
