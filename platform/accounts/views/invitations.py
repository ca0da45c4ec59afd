"""Asking people in, and following the link."""

from typing import cast
from uuid import UUID

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access, invitations, once
from accounts.forms import InviteForm, JoinForm, blame
from accounts.models import Invitation, Person
from accounts.roles import Role
from api.refusals import Refusal


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.page("member.change")
def invite(request: access.Asked) -> HttpResponse:
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            made, link = invitations.invite(
                scope=request.scope, email=asked["email"], role=Role(asked["role"]), days=asked["days"]
            )
            return to_link(request, made, link)
        except Refusal as refusal:
            blame(form, refusal)
    return render(request, "accounts/invite.html", {"form": form})


@never_cache
@require_POST
@access.page("member.change")
def renew(request: access.Asked, invitation_id: UUID) -> HttpResponse:
    """A new link to the same address, for the old one cannot be shown again."""
    found = get_object_or_404(Invitation, workspace=request.scope.workspace, pk=invitation_id)
    try:
        made, link = invitations.invite(scope=request.scope, email=found.email, role=Role(found.role))
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("members", slug=request.scope.workspace.slug)
    return to_link(request, made, link)


def to_link(request: access.Asked, made: Invitation, link: str) -> HttpResponse:
    once.keep(request, f"invitation-{made.pk}", link)
    return redirect("invited", slug=request.scope.workspace.slug, invitation_id=made.pk)


@never_cache
@require_GET
@access.page("member.change")
def invited(request: access.Asked, invitation_id: UUID) -> HttpResponse:
    """The new link, this once."""
    found = get_object_or_404(Invitation, workspace=request.scope.workspace, pk=invitation_id)
    link = once.take(request, f"invitation-{found.pk}")
    context = {"invitation": found, "link": link, "is_mailed": settings.HAS_MAIL}
    return render(request, "accounts/invited.html", context)


@require_POST
@access.page("member.change")
def revoke(request: access.Asked, invitation_id: UUID) -> HttpResponse:
    found = get_object_or_404(Invitation, workspace=request.scope.workspace, pk=invitation_id)
    invitations.revoke(scope=request.scope, invitation=found)
    messages.success(request, _("The invitation was withdrawn: its link opens nothing any more."))
    return redirect("members", slug=request.scope.workspace.slug)


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.public("whoever holds an invitation's link has no account yet")
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    found = invitations.behind(secret)
    if found is None:
        return render(request, "accounts/invitation_over.html", status=404)
    if request.user.is_authenticated:
        return accept(request, found)
    if not invitations.may_choose_password(found):
        return redirect_to_login(reverse("invitation", kwargs={"secret": secret}))
    return join(request, found)


def accept(request: HttpRequest, found: Invitation) -> HttpResponse:
    person = cast(Person, request.user)
    if request.method == "POST":
        try:
            invitations.accept(invitation=found, person=person)
            return redirect("workspace_home", slug=found.workspace.slug)
        except Refusal as refusal:
            messages.error(request, refusal.message)
    is_theirs = person.email == found.email
    return render(request, "accounts/invitation_accept.html", {"invitation": found, "is_theirs": is_theirs})


def join(request: HttpRequest, found: Invitation) -> HttpResponse:
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = invitations.join(
                invitation=found, name=form.cleaned_data["name"], password=form.cleaned_data["password"]
            )
            destination = reverse("workspace_home", kwargs={"slug": found.workspace.slug})
            return perform_login(request, person, redirect_url=destination)
        except Refusal as refusal:
            blame(form, refusal)
    return render(request, "accounts/invitation_join.html", {"invitation": found, "form": form})
