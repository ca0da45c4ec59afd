"""Groups of annotators, and who stands behind a pseudonym."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access, pseudonyms
from accounts import groups as grouping
from accounts.forms import GroupForm, GroupMemberForm, blame
from accounts.models import Annotator, Group
from accounts.scope import Scope
from api.refusals import Refusal
from web.tables import Column, Table

COLUMNS = [
    Column("name", gettext_lazy("Name"), "name"),
    Column("size", gettext_lazy("Annotators"), "size", is_number=True),
    Column("created", gettext_lazy("Made"), "created_at"),
]
PSEUDONYMS = [
    Column("pseudonym", gettext_lazy("Pseudonym"), "pseudonym"),
    Column("origin", gettext_lazy("Origin"), "origin"),
    Column("created", gettext_lazy("First seen"), "created_at"),
    Column("behind", gettext_lazy("Who stands behind it")),
]


def groups_of(request: access.Asked) -> QuerySet[Group]:
    return Group.objects.filter(workspace=request.scope.workspace).annotate(size=Count("annotators"))


@require_GET
@access.page("group.list")
def groups(request: access.Asked) -> HttpResponse:
    table = Table(request, groups_of(request), COLUMNS, order="name", name="groups")
    may_change = access.may(request.scope.role, "group.change")
    return render(request, "accounts/groups.html", {"groups": table, "may_change": may_change})


@require_http_methods(["GET", "HEAD", "POST"])
@access.page("group.change")
def new_group(request: access.Asked) -> HttpResponse:
    form = GroupForm(request.POST or None, workspace=request.scope.workspace)
    members = None
    if access.may(request.scope.role, "identity.see"):
        members = GroupMemberForm(request.POST or None, workspace=request.scope.workspace)
    if request.method == "POST" and form.is_valid() and (members is None or members.is_valid()):
        try:
            make(request.scope, form, members)
            messages.success(request, _("The group was saved."))
            return redirect("groups", slug=request.scope.workspace.slug)
        except Refusal as refusal:
            blame(form, refusal)
    return render(request, "accounts/group.html", {"form": form, "chosen_form": members})


@transaction.atomic
def make(scope: Scope, form: GroupForm, members: GroupMemberForm | None) -> None:
    chosen = [annotator.pk for annotator in form.cleaned_data["pseudonyms"]]
    made = grouping.create(scope=scope, name=form.cleaned_data["name"], members=chosen)
    if members and members.cleaned_data["member"]:
        grouping.add_members(scope=scope, group=made, memberships=members.cleaned_data["member"])


@require_http_methods(["GET", "HEAD", "POST"])
@access.page("group.change")
def group(request: access.Asked, group_id: UUID) -> HttpResponse:
    found = get_object_or_404(groups_of(request), pk=group_id)
    form = GroupForm(request.POST or None, workspace=request.scope.workspace, group=found)
    if request.method == "POST" and form.is_valid():
        chosen = [annotator.pk for annotator in form.cleaned_data["pseudonyms"]]
        try:
            grouping.change(scope=request.scope, group=found, name=form.cleaned_data["name"], members=chosen)
            messages.success(request, _("The group was saved."))
            return redirect("groups", slug=request.scope.workspace.slug)
        except Refusal as refusal:
            blame(form, refusal)
    context = {"group": found, "form": form}
    if access.may(request.scope.role, "identity.see"):
        context["member_form"] = GroupMemberForm(workspace=request.scope.workspace)
    return render(request, "accounts/group.html", context)


@require_POST
@access.page("identity.see")
def add_member(request: access.Asked, group_id: UUID) -> HttpResponse:
    """An admin names people; researchers see pseudonyms join."""
    found = get_object_or_404(groups_of(request), pk=group_id)
    form = GroupMemberForm(request.POST, workspace=request.scope.workspace)
    if form.is_valid() and form.cleaned_data["member"]:
        grouping.add_members(scope=request.scope, group=found, memberships=form.cleaned_data["member"])
        messages.success(request, _("Their pseudonyms have joined the group."))
    else:
        messages.error(request, _("Choose members of this workspace."))
    return redirect("group", slug=request.scope.workspace.slug, group_id=group_id)


@require_POST
@access.page("group.change")
def delete_group(request: access.Asked, group_id: UUID) -> HttpResponse:
    found = get_object_or_404(Group, workspace=request.scope.workspace, pk=group_id)
    try:
        grouping.delete(scope=request.scope, group=found)
        messages.success(request, _("The group was deleted; its annotators stay."))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("groups", slug=request.scope.workspace.slug)


@require_GET
@access.page("identity.see")
def pseudonyms_page(request: access.Asked) -> HttpResponse:
    rows = Annotator.objects.filter(workspace=request.scope.workspace)
    table = Table(request, rows, PSEUDONYMS, order="pseudonym", name="pseudonyms")
    return render(request, "accounts/pseudonyms.html", {"annotators": table})


@never_cache
@require_POST
@access.page("identity.see")
def reveal(request: access.Asked, annotator_id: UUID) -> HttpResponse:
    found = get_object_or_404(
        Annotator.objects.select_related("person"), workspace=request.scope.workspace, pk=annotator_id
    )
    behind = pseudonyms.reveal(scope=request.scope, annotator=found)
    template = "accounts/_behind.html" if request.htmx else "accounts/behind.html"  # type: ignore[attr-defined]
    return render(request, template, {"behind": behind})
