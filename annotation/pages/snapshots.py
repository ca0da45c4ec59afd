"""Freezing: how much there is, the snapshot to be, and the page of one."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access
from accounts.access import Asked
from annotation import descendants, projects
from annotation.delivery import running as delivering
from annotation.models import Destination, Project, Snapshot
from annotation.snapshots import filters, freezing, sheets, verifying
from annotation.snapshots.forms import ExportForm, FreezeForm
from api.refusals import Conflict, Refusal
from web.tables import Column, Table

MOST_EQUALS = 5
COLUMNS = [
    Column("name", gettext_lazy("Snapshot"), "name"),
    Column("rows", gettext_lazy("Judgments"), is_number=True),
    Column("state", gettext_lazy("State")),
    Column("hash", gettext_lazy("Hash")),
    Column("created", gettext_lazy("Asked for"), "created_at"),
]


def find(project: Project, snapshot: UUID) -> Snapshot:
    found = Snapshot.objects.standing().filter(project=project).select_related("job", "created_by", "project")
    return get_object_or_404(found, pk=snapshot)


@require_http_methods(["GET", "POST"])
@access.page("snapshot.read")
def index(request: Asked, project: UUID) -> HttpResponse:
    """The list; POST freezes, for those who may."""
    found = projects.find(scope=request.scope, project=project)
    form = FreezeForm(request.POST if request.method == "POST" else None, project=found)
    if form.is_valid():
        try:
            made = freezing.start(
                scope=request.scope, project=found, name=form.cleaned_data["name"], wishes=form.wishes
            )
            return redirect("snapshot", slug=request.scope.workspace.slug, project=found.pk, snapshot=made.pk)
        except Refusal as refusal:
            form.add_error(None, refusal.message)
    rows = Snapshot.objects.standing().filter(project=found).select_related("job")
    context = {"project": found, "form": form, "table": Table(request, rows, COLUMNS, order="-created", size=10)}
    context["tally"] = filters.tally(found, safe(form))
    return render(request, "annotation/snapshots.html", context, status=422 if form.is_bound else 200)


@require_GET
@access.page("snapshot.read")
def count(request: Asked, project: UUID) -> HttpResponse:
    """What would go in, as the form stands."""
    found = projects.find(scope=request.scope, project=project)
    form = FreezeForm(request.GET, project=found)
    form.is_valid()
    return render(request, "annotation/_freeze_count.html", {"tally": filters.tally(found, safe(form))})


def safe(form: FreezeForm) -> dict[str, Any]:
    """The filters of a form, or none while it cannot be read."""
    try:
        return filters.check(form.filters)
    except Refusal:
        return {}


def equals(request: Asked, found: Snapshot) -> QuerySet[Snapshot]:
    """Others that hold the very same, the oldest first: what was learned from one was learned from all."""
    same = Snapshot.objects.standing().filter(project__workspace=request.scope.workspace, sha256=found.sha256)
    return same.exclude(pk=found.pk).select_related("project").order_by("created_at")[:MOST_EQUALS]


@require_GET
@access.page("snapshot.read")
def snapshot(request: Asked, project: UUID, snapshot: UUID) -> HttpResponse:
    found = find(projects.find(scope=request.scope, project=project), snapshot)
    context: dict[str, Any] = {"project": found.project, "snapshot": found}
    if found.frozen_at is not None:
        address = request.build_absolute_uri("/").rstrip("/")
        context["descendants"] = descendants.of_snapshot(request.scope, found)
        context["equals"] = equals(request, found)
        context |= sheets.of(found, ExportForm(request.GET, snapshot=found), address) | delivering.told(found)
        if access.may(request.scope.role, "delivery.make"):
            context["destinations"] = Destination.objects.filter(workspace=request.scope.workspace).order_by("name")
    return render(request, "annotation/snapshot.html", context)


@require_GET
@access.page("snapshot.read")
def status(request: Asked, project: UUID, snapshot: UUID) -> HttpResponse:
    """While it freezes; a frozen one tells the page to load anew."""
    found = find(projects.find(scope=request.scope, project=project), snapshot)
    answer = render(request, "annotation/_snapshot_status.html", {"project": found.project, "snapshot": found})
    if found.frozen_at is not None:
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
@access.page("snapshot.read")
def verify(request: Asked, project: UUID, snapshot: UUID) -> HttpResponse:
    found = find(projects.find(scope=request.scope, project=project), snapshot)
    try:
        if found.frozen_at is None:
            raise Conflict(_("This snapshot is not frozen yet."))
        verifying.start(scope=request.scope, snapshot=found)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("snapshot", slug=request.scope.workspace.slug, project=found.project_id, snapshot=found.pk)


@require_GET
@access.page("snapshot.read")
def verification(request: Asked, project: UUID, snapshot: UUID) -> HttpResponse:
    """How the verification goes."""
    found = find(projects.find(scope=request.scope, project=project), snapshot)
    context = {"project": found.project, "snapshot": found, "verification": verifying.newest(found)}
    return render(request, "annotation/_verification.html", context)
