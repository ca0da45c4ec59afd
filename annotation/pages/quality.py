"""How far a project's data can be trusted, drawn; and having it computed."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts import access
from accounts.access import Asked
from annotation import projects
from annotation.models import Project
from annotation.quality import computing, page
from jobs import display
from jobs.models import Job
from web.tables import Column, Table

COLUMNS = [
    Column("annotator", gettext_lazy("Annotator"), "annotator__pseudonym"),
    Column("flags", gettext_lazy("Worth a look")),
    Column("labels", gettext_lazy("Labels"), "judgments", is_number=True),
    Column("reliability", gettext_lazy("Reliability")),
    Column("gold", gettext_lazy("Known answers"), "gold_share", is_number=True),
    Column("same", gettext_lazy("Same again"), "repeats_share", is_number=True),
    Column("seconds", gettext_lazy("Median time"), "median_seconds", is_number=True),
]


@require_GET
@access.page("quality.read")
def index(request: Asked, project: UUID) -> HttpResponse:
    found = projects.find(scope=request.scope, project=project)
    context = {"project": found, "may_compute": access.may(request.scope.role, "quality.compute")}
    context |= progress_of(request, found)
    report = computing.newest(found)
    if report is not None:
        people = page.people(found)
        table = Table(request, people, COLUMNS, order="-labels", name="annotators")
        context |= {"report": report, "table": table, **page.of(found, report, request.scope.workspace.slug)}
    return render(request, "annotation/quality.html", context)


@require_POST
@access.page("quality.compute")
def compute(request: Asked, project: UUID) -> HttpResponse:
    found = projects.find(scope=request.scope, project=project)
    computing.start(scope=request.scope, project=found)
    messages.success(request, _("The figures are being computed; this page shows them when they are there."))
    return redirect("project-quality", slug=request.scope.workspace.slug, project=found.pk)


@require_GET
@access.page("quality.read")
def progress(request: Asked, project: UUID) -> HttpResponse:
    """How far the computation is; when it is over the page is read anew."""
    found = projects.find(scope=request.scope, project=project)
    context = progress_of(request, found)
    if context["job"] is None or context["job"].is_over:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "annotation/_quality_progress.html", {"project": found, **context})


def progress_of(request: Asked, project: Project) -> dict[str, Any]:
    """The newest computation, where it is under way or has failed."""
    job = computing.last_job(project)
    if job is None or job.state in {Job.State.SUCCEEDED, Job.State.CANCELLED}:
        return {"job": None}
    return {
        "job": job,
        "shown": display.shown(job, request.scope),
        "may_follow": access.may(request.scope.role, "job.read"),
    }
