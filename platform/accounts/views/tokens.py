"""One's own API tokens in a workspace, and for admins everybody's."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import access, once
from accounts import tokens as tokening
from accounts.forms import TokenForm, blame
from accounts.models import Token
from accounts.roles import Role
from api.refusals import Refusal
from web.tables import Column, Table

COLUMNS = [
    Column("name", gettext_lazy("Name"), "name"),
    Column("role", gettext_lazy("At most"), "role"),
    Column("created", gettext_lazy("Made"), "created_at"),
    Column("used", gettext_lazy("Last used"), "last_used_at"),
    Column("expires", gettext_lazy("Runs out"), "expires_at"),
    Column("state", gettext_lazy("State")),
    Column("actions", gettext_lazy("What you can do"), is_unseen=True),
]
OWNED = [Column("person", gettext_lazy("Person"), "person__email"), *COLUMNS]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.page("token.own")
def tokens(request: access.Asked) -> HttpResponse:
    """The list and the form; after a new one also its secret, this once."""
    form = TokenForm(request.POST or None, role=request.scope.role)
    if request.method == "POST" and form.is_valid():
        days = form.cleaned_data["days"]
        try:
            _token, secret = tokening.issue(
                scope=request.scope,
                name=form.cleaned_data["name"],
                role=Role(form.cleaned_data["role"]),
                expires_at=now() + timedelta(days=days) if days else None,
            )
            once.keep(request, "token", secret)
            return redirect("tokens", slug=request.scope.workspace.slug)
        except Refusal as refusal:
            blame(form, refusal)
    within = Token.objects.filter(workspace=request.scope.workspace)
    context = {
        "form": form,
        "secret": once.take(request, "token"),
        "own": Table(request, within.filter(person=request.scope.person), COLUMNS, order="-created", name="own"),
    }
    if access.may(request.scope.role, "token.any"):
        others = within.exclude(person=request.scope.person).select_related("person")
        context["others"] = Table(request, others, OWNED, order="-created", name="others")
    return render(request, "accounts/tokens.html", context)


@require_POST
@access.page("token.own")
def revoke(request: access.Asked, token_id: UUID) -> HttpResponse:
    within = Token.objects.filter(workspace=request.scope.workspace)
    if not access.may(request.scope.role, "token.any"):
        within = within.filter(person=request.scope.person)
    tokening.revoke(scope=request.scope, token=get_object_or_404(within, pk=token_id))
    messages.success(request, _("The token was revoked: it opens nothing any more."))
    return redirect("tokens", slug=request.scope.workspace.slug)
