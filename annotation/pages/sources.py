"""Which of the models that answered is better: of a project as it stands, and of a snapshot for good."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import access
from accounts.access import Asked
from annotation import projects
from annotation.models import Project, Snapshot
from annotation.pages import snapshots
from annotation.sources import beside, computing, files, page
from api.refusals import Refusal
from jobs import display
from jobs.models import Job


@require_GET
@access.page("quality.read")
def index(request: Asked, project: UUID) -> HttpResponse:
    return shown(request, projects.find(scope=request.scope, project=project), None)


@require_POST
@access.page("quality.compute")
def compute(request: Asked, project: UUID) -> HttpResponse:
    return begun(request, projects.find(scope=request.scope, project=project), None)


@require_GET
@access.page("quality.read")
def progress(request: Asked, project: UUID) -> HttpResponse:
    return going(request, projects.find(scope=request.scope, project=project), None)


@require_GET
@access.page("quality.read")
def file(request: Asked, project: UUID) -> HttpResponse:
    return taken(request, projects.find(scope=request.scope, project=project), None)


@require_GET
@access.page("snapshot.read")
def index_of_snapshot(request: Asked, project: UUID, snapshot: UUID) -> HttpResponse:
    return shown(request, *both(request, project, snapshot))


@require_POST
@access.page("snapshot.make")
def compute_of_snapshot(request: Asked, project: UUID, snapshot: UUID) -> HttpResponse:
    return begun(request, *both(request, project, snapshot))


@require_GET
@access.page("snapshot.read")
def progress_of_snapshot(request: Asked, project: UUID, snapshot: UUID) -> HttpResponse:
    return going(request, *both(request, project, snapshot))


@require_GET
@access.page("snapshot.read")
def file_of_snapshot(request: Asked, project: UUID, snapshot: UUID) -> HttpResponse:
    return taken(request, *both(request, project, snapshot))


def both(request: Asked, project: UUID, snapshot: UUID) -> tuple[Project, Snapshot]:
    found = snapshots.find(projects.find(scope=request.scope, project=project), snapshot)
    return found.project, found


def shown(request: Asked, project: Project, snapshot: Snapshot | None) -> HttpResponse:
    may = access.may(request.scope.role, "quality.compute" if snapshot is None else "snapshot.make")
    is_frozen = snapshot is None or snapshot.frozen_at is not None
    context = told(request, project, snapshot) | {"may_compute": may and is_frozen}
    report = computing.newest(project, snapshot)
    if report is not None:
        context |= {"report": report, **page.of(report, request.GET.get("of", ""))}
        if access.may(request.scope.role, "model.read"):
            context["beside"] = beside.of(request.scope, project)
    return render(request, "annotation/sources.html", context)


def begun(request: Asked, project: Project, snapshot: Snapshot | None) -> HttpResponse:
    try:
        computing.start(scope=request.scope, project=project, snapshot=snapshot)
        messages.success(request, _("The models are being compared; this page shows it when it is there."))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect(address(request, project, snapshot))


def going(request: Asked, project: Project, snapshot: Snapshot | None) -> HttpResponse:
    """How far the computation is; when it is over the page is read anew."""
    context = told(request, project, snapshot)
    if context["job"] is None or context["job"].is_over:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "annotation/_sources_progress.html", context)


def taken(request: Asked, project: Project, snapshot: Snapshot | None) -> HttpResponse:
    report, format = computing.newest(project, snapshot), request.GET.get("format", "csv")
    if format not in files.TYPES:
        raise Http404
    if report is None:
        messages.error(request, _("Nothing was compared yet, so there is no file."))
        return redirect(address(request, project, snapshot))
    name = f"{slugify(project.name)[:60] or 'project'}-models.{format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(files.write(report, format), content_type=files.TYPES[format], headers=headers)


def told(request: Asked, project: Project, snapshot: Snapshot | None) -> dict[str, Any]:
    """What page and fragment share: the addresses, and the newest computation where it goes on or has failed."""
    job = computing.last_job(project, snapshot)
    context: dict[str, Any] = {"project": project, "snapshot": snapshot, "job": None}
    context["at"] = {
        name or "page": address(request, project, snapshot, name) for name in ("", "compute", "progress", "file")
    }
    if job is not None and job.state not in {Job.State.SUCCEEDED, Job.State.CANCELLED}:
        may_follow = access.may(request.scope.role, "job.read")
        context |= {"job": job, "shown": display.shown(job, request.scope), "may_follow": may_follow}
    return context


def address(request: Asked, project: Project, snapshot: Snapshot | None, part: str = "") -> str:
    """Of the page, or of one of its parts."""
    own: dict[str, Any] = {"slug": request.scope.workspace.slug, "project": project.pk}
    name = "project-models" if snapshot is None else "snapshot-models"
    if snapshot is not None:
        own["snapshot"] = snapshot.pk
    return reverse(f"{name}-{part}" if part else name, kwargs=own)
