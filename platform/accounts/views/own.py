"""What is about the person alone: name, sign-in, sessions, erasure."""

from typing import cast

from allauth.account import views as allauth_views
from allauth.account.decorators import reauthentication_required
from allauth.decorators import rate_limit
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access, addresses, erasure, languages, people, sessions
from accounts.forms import AccountForm, EmailForm, ErasureForm, blame
from accounts.models import Membership, Person
from api.refusals import Refusal


@require_http_methods(["GET", "HEAD", "POST"])
@access.signed_in
def account(request: HttpRequest) -> HttpResponse:
    person = cast(Person, request.user)
    form = AccountForm(request.POST or None, initial={"name": person.name, "language": person.language})
    if request.method == "POST" and form.is_valid():
        people.rename(person=person, name=form.cleaned_data["name"])
        languages.choose(person=person, language=form.cleaned_data["language"])
        with translation.override(languages.of_request(request)):
            messages.success(request, _("Saved."))
        return redirect("own_account")
    places = Membership.objects.filter(person=person, workspace__deleted_at=None).select_related("workspace")
    context = {"form": form, "has_two_factor": is_mfa_enabled(person), "places": places.order_by("workspace__name")}
    return render(request, "accounts/account.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@access.signed_in
@reauthentication_required(allow_get=True)
@rate_limit(action="manage_email")
def change_email(request: HttpRequest) -> HttpResponse:
    person, form = cast(Person, request.user), EmailForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = {"email": form.cleaned_data["email"], "request_id": getattr(request, "id", "")}
            is_sent = addresses.ask(person=person, **asked)
            messages.success(request, _("A link is on its way to the new address.") if is_sent else _("Saved."))
            return redirect("own_account")
        except Refusal as refusal:
            blame(form, refusal)
    return render(request, "accounts/change_email.html", {"form": form, "has_mail": settings.HAS_MAIL})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.signed_in
def confirm_email(request: HttpRequest, key: str) -> HttpResponse:
    person = cast(Person, request.user)
    email = addresses.behind(key, person)
    if email and request.method == "POST":
        try:
            addresses.change(person=person, email=email, request_id=getattr(request, "id", ""))
            messages.success(request, _("From now on you sign in with this address."))
        except Refusal as refusal:
            messages.error(request, refusal.message)
        return redirect("own_account")
    return render(request, "accounts/confirm_email.html", {"email": email}, status=200 if email else 404)


@require_GET
@access.signed_in
def session_list(request: HttpRequest) -> HttpResponse:
    found = UserSession.objects.purge_and_list(request.user)
    found.sort(key=lambda session: (session.is_current(), session.last_seen_at), reverse=True)
    for session in found:
        session.device = sessions.device(session.user_agent)
    return render(request, "usersessions/usersession_list.html", {"sessions": found})


@require_POST
@access.signed_in
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    get_object_or_404(UserSession, user=request.user.pk, pk=session_id).end()
    messages.success(request, _("That session was ended."))
    return redirect("usersessions_list")


@require_POST
@access.signed_in
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    count = sessions.end_all(cast(Person, request.user), but=request.session.session_key)
    messages.success(request, _("Sessions ended elsewhere: %(count)d.") % {"count": count})
    return redirect("usersessions_list")


@require_http_methods(["GET", "HEAD", "POST"])
@access.signed_in
@reauthentication_required(allow_get=True)
def erase(request: HttpRequest) -> HttpResponse:
    person = cast(Person, request.user)
    form = ErasureForm(request.POST or None, expected=person.email)
    if request.method == "POST" and form.is_valid():
        try:
            erasure.erase(person=person, by=erasure.Actor(person.pk, request_id=getattr(request, "id", "")))
            logout(request)
            return render(request, "accounts/erased.html")
        except Refusal as refusal:
            blame(form, refusal)
    return render(request, "accounts/erase_own.html", {"form": form})


@require_POST
@access.public("who signs in reads in a language of their choice")
def choose_language(request: HttpRequest) -> HttpResponse:
    """From a page before signing in; back to it."""
    chosen, back = request.POST.get("language", ""), request.POST.get("next", "")
    answer = redirect(back if url_has_allowed_host_and_scheme(back, None) else "account_login")
    if chosen in languages.known():
        languages.remember(answer, chosen)
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@access.public("somebody who has forgotten the password cannot sign in")
def password_reset(request: HttpRequest) -> HttpResponseBase:
    """Where no mail is set up, a page that says whom to ask."""
    if settings.HAS_MAIL:
        return allauth_views.password_reset(request)
    return render(request, "accounts/no_mail.html")
