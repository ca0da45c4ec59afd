"""The page that asks before something is deleted, and the page of what can be brought back."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access
from accounts.access import Asked
from accounts.deletion import deleting, kinds
from api.refusals import Refusal
from web.tables import Column, Table

COLUMNS = [
    Column("name", gettext_lazy("Name")),
    Column("deleted", gettext_lazy("Deleted"), "deleted_at"),
    Column("back", gettext_lazy("Bring back"), is_unseen=True),
]


@require_http_methods(["GET", "HEAD", "POST"])
@access.page("thing.delete")
def deletion(request: Asked, kind: str, pk: UUID) -> HttpResponse:
    """What depends on it, and the button."""
    found = kinds.find(kind)
    thing = deleting.standing(request.scope, found, pk)
    slug = request.scope.workspace.slug
    context = {"kind": found, "thing": thing, "days": deleting.kept().days, "url": found.url(slug, pk)}
    context["index"] = found.index(slug, thing)
    if request.method == "POST":
        try:
            deleting.delete(scope=request.scope, kind=kind, pk=pk)
        except Refusal as refusal:
            context["refusal"] = refusal.message
        else:
            messages.success(request, _("“{name}” was deleted.").format(name=thing))
            return redirect(context["index"])
    there = kinds.dependants(request.scope, found, thing)
    context["going"] = [one for one in there if one.goes]
    context["dependants"] = [one for one in there if not one.goes]
    context["bar"] = found.bar(thing)
    return render(request, "accounts/deletion.html", context, status=422 if "refusal" in context else 200)


@require_GET
@access.page("thing.delete")
def deleted(request: Asked) -> HttpResponse:
    """What can be brought back, kind by kind."""
    shelves = []
    for kind in kinds.known():
        rows = Table(request, deleting.deleted(request.scope, kind), COLUMNS, order="-deleted", name=kind.name)
        if rows.total:
            shelves.append((kind, rows))
    context = {"shelves": shelves, "days": deleting.kept().days}
    return render(request, "accounts/deleted.html", context)


@require_POST
@access.page("thing.delete")
def restore(request: Asked, kind: str, pk: UUID) -> HttpResponse:
    thing = deleting.restore(scope=request.scope, kind=kind, pk=pk)
    messages.success(request, _("“{name}” is back.").format(name=thing))
    return redirect(kinds.find(kind).url(request.scope.workspace.slug, pk))
