"""Who belongs to the workspace: the list for researchers, one person's page for admins."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access, erasure, invitations, memberships, once, passwords
from accounts.forms import ErasureForm, RoleForm, blame
from accounts.models import Membership
from accounts.roles import Role
from api.refusals import Refusal
from web.tables import Column, Table

COLUMNS = [
    Column("name", gettext_lazy("Name"), "person__name"),
    Column("email", gettext_lazy("E-mail address"), "person__email"),
    Column("role", gettext_lazy("Role"), "role"),
    Column("since", gettext_lazy("Since"), "since"),
]
INVITED = [
    Column("email", gettext_lazy("E-mail address"), "email"),
    Column("role", gettext_lazy("Role"), "role"),
    Column("expires", gettext_lazy("Runs out"), "expires_at"),
    Column("actions", gettext_lazy("What you can do"), is_unseen=True),
]


def member_of(request: access.Asked, person_id: UUID) -> Membership:
    found = Membership.objects.select_related("person", "workspace")
    return get_object_or_404(found, workspace=request.scope.workspace, person=person_id)


@require_GET
@access.page("member.list")
def members(request: access.Asked) -> HttpResponse:
    rows = Membership.objects.filter(workspace=request.scope.workspace).select_related("person")
    context = {"members": Table(request, rows, COLUMNS, order="email", name="members")}
    if access.may(request.scope.role, "member.change"):
        invited = invitations.open_ones(request.scope.workspace)
        context["invited"] = Table(request, invited, INVITED, order="email", name="invited")
    return render(request, "accounts/members.html", context)


@require_GET
@access.page("member.change")
def member(request: access.Asked, person_id: UUID) -> HttpResponse:
    return show(request, member_of(request, person_id))


def show(request: access.Asked, found: Membership, **more: object) -> HttpResponse:
    context = {
        "member": found,
        "is_own": found.person_id == request.scope.person.pk,
        "is_last_admin": memberships.is_last_admin(found),
        "form": RoleForm(initial={"role": found.role}),
        "may_hand_out_link": passwords.may_hand_out(request.scope, found.person),
        **more,
    }
    return render(request, "accounts/member.html", context)


@require_POST
@access.page("member.change")
def change_role(request: access.Asked, person_id: UUID) -> HttpResponse:
    found, form = member_of(request, person_id), RoleForm(request.POST)
    if form.is_valid():
        try:
            memberships.change_role(scope=request.scope, membership=found, role=Role(form.cleaned_data["role"]))
            messages.success(request, _("The role was changed."))
            return redirect("members", slug=request.scope.workspace.slug)
        except Refusal as refusal:
            blame(form, refusal)
    return show(request, found, form=form)


@require_POST
@access.page("member.change")
def remove(request: access.Asked, person_id: UUID) -> HttpResponse:
    found = member_of(request, person_id)
    try:
        memberships.remove(scope=request.scope, membership=found)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("member", slug=request.scope.workspace.slug, person_id=person_id)
    messages.success(request, _("%(person)s is no longer a member.") % {"person": found.person})
    is_out = found.person_id == request.scope.person.pk
    return redirect("home") if is_out else redirect("members", slug=request.scope.workspace.slug)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.page("member.change")
def reset_link(request: access.Asked, person_id: UUID) -> HttpResponse:
    """A post makes the link, and the page shows it this once."""
    found = member_of(request, person_id)
    if request.method != "POST":
        link = once.take(request, f"reset-{person_id}")
        return render(request, "accounts/reset_link.html", {"member": found, "link": link})
    try:
        link = passwords.hand_out_reset_link(scope=request.scope, membership=found)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("member", slug=request.scope.workspace.slug, person_id=person_id)
    once.keep(request, f"reset-{person_id}", link)
    return redirect("member_reset_link", slug=request.scope.workspace.slug, person_id=person_id)


@require_http_methods(["GET", "HEAD", "POST"])
@access.page("member.change")
def erase(request: access.Asked, person_id: UUID) -> HttpResponse:
    found = member_of(request, person_id)
    form = ErasureForm(request.POST or None, expected=found.person.email)
    if request.method == "POST" and form.is_valid():
        try:
            erasure.erase_member(scope=request.scope, membership=found)
            messages.success(request, _("Erased. The judgments stay, under a pseudonym that leads nowhere."))
            if found.person_id == request.scope.person.pk:
                return redirect("home")
            return redirect("members", slug=request.scope.workspace.slug)
        except Refusal as refusal:
            blame(form, refusal)
    is_whole = erasure.may_erase_wholly(request.scope, found.person)
    return render(request, "accounts/erase.html", {"member": found, "form": form, "is_whole": is_whole})


@require_http_methods(["GET", "HEAD", "POST"])
@access.page("workspace.see")
def leave(request: access.Asked) -> HttpResponse:
    own = member_of(request, request.scope.person.pk)
    if request.method == "POST":
        try:
            memberships.remove(scope=request.scope, membership=own)
            messages.success(request, _("You have left %(workspace)s.") % {"workspace": request.scope.workspace})
            return redirect("home")
        except Refusal as refusal:
            messages.error(request, refusal.message)
    return render(request, "accounts/leave.html", {"is_last_admin": memberships.is_last_admin(own)})
