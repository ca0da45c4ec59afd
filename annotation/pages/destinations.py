"""The pages of destinations, for admins, and the button by which a researcher delivers."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access
from accounts.access import Asked
from accounts.forms import blame
from annotation import projects
from annotation.delivery import destinations, forms, running
from annotation.models import Destination
from annotation.pages.snapshots import find
from annotation.snapshots.exports import Export
from api.refusals import Refusal
from web.tables import Column, Table

COLUMNS = [
    Column("name", gettext_lazy("Name"), "name"),
    Column("where", gettext_lazy("Where"), "address"),
    Column("created", gettext_lazy("Made"), "created_at"),
]


@require_http_methods(["GET", "HEAD", "POST"])
@access.page("destination.change")
def index(request: Asked) -> HttpResponse:
    """The list, and a form for each way that the operator allows."""
    asked = request.POST.get("way", "")
    shown = {way: form(request.POST if way == asked else None, prefix=way) for way, form in forms.NEW_FORMS.items()}
    form = shown.get(asked)
    if form is not None and form.is_valid():
        try:
            made = destinations.create(scope=request.scope, wish=form.wish)
            messages.success(request, _("The destination is there: try it out before you rely on it."))
            return to_page(request, made)
        except Refusal as refusal:
            blame(form, refusal)
    found = Destination.objects.filter(workspace=request.scope.workspace)
    context = {
        "table": Table(request, found, COLUMNS, order="name"),
        "folder_form": shown["folder"] if settings.DELIVERY_ROOTS else None,
        "store_form": shown["s3"] if settings.OUTGOING_HOSTS else None,
    }
    return render(request, "annotation/destinations.html", context, status=422 if form is not None else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@access.page("destination.change")
def destination(request: Asked, destination: UUID) -> HttpResponse:
    found = destinations.find(scope=request.scope, destination=destination)
    form = forms.of(found, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            changed = destinations.change(scope=request.scope, destination=found, wish=form.wish)
            messages.success(request, _("The destination was changed."))
            return to_page(request, changed)
        except Refusal as refusal:
            blame(form, refusal)
    context = {"destination": found, "form": form}
    return render(request, "annotation/destination.html", context, status=422 if form.is_bound else 200)


@require_POST
@access.page("destination.change")
def try_out(request: Asked, destination: UUID) -> HttpResponse:
    found = destinations.find(scope=request.scope, destination=destination)
    try:
        destinations.try_out(scope=request.scope, destination=found)
        messages.success(request, _("A small file was written there and taken away again."))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return to_page(request, found)


@require_POST
@access.page("destination.change")
def delete(request: Asked, destination: UUID) -> HttpResponse:
    destinations.delete(
        scope=request.scope, destination=destinations.find(scope=request.scope, destination=destination)
    )
    messages.success(request, _("The destination was deleted; what was delivered stays where it is."))
    return redirect("destinations", slug=request.scope.workspace.slug)


@require_POST
@access.page("delivery.make")
def deliver(request: Asked, project: UUID, snapshot: UUID) -> HttpResponse:
    """Begin, and come back to see how far it is."""
    found = find(projects.find(scope=request.scope, project=project), snapshot)
    layout, format_ = request.POST.get("layout", "raw"), request.POST.get("format", "jsonl.gz")
    try:
        target = destinations.chosen(scope=request.scope, wished=request.POST.get("destination", ""))
        running.start(scope=request.scope, export=Export(found, layout, format_), destination=target)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    answer = redirect("snapshot", slug=request.scope.workspace.slug, project=found.project_id, snapshot=found.pk)
    answer["Location"] += "#deliveries"
    return answer


@require_GET
@access.page("snapshot.read")
def deliveries(request: Asked, project: UUID, snapshot: UUID) -> HttpResponse:
    """The deliveries of this snapshot, and how far those are that are under way."""
    found = find(projects.find(scope=request.scope, project=project), snapshot)
    context = {"project": found.project, "snapshot": found, **running.told(found)}
    return render(request, "annotation/_deliveries.html", context)


def to_page(request: Asked, found: Destination) -> HttpResponse:
    return redirect("destination", slug=request.scope.workspace.slug, destination=found.pk)
