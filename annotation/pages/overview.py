"""The first page of one project: how it goes, who works in it, and what to do next."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts import access
from accounts.access import Asked
from annotation import projects, sections
from annotation.models import Project, QualityReport
from annotation.quality import pictures
from annotation.quality.page import MOST_REPORTS
from annotation.watching import charts, pace, people
from annotation.watching import overview as watching
from jobs.models import Job
from web.charts import Chart
from web.plots import Plot
from web.tables import Column, Table

PEOPLE = [
    Column("pseudonym", _("Annotator"), "annotator__pseudonym"),
    Column("judged", _("Judgments"), "judged", is_number=True),
    Column("median", _("Median time"), is_number=True),
    Column("hours", _("Hours"), is_number=True),
    Column("skips", _("Skips"), is_number=True),
    Column("last", _("Last active")),
]


@require_GET
@access.page("judgment.read")
def overview(request: Asked, project: UUID) -> HttpResponse:
    found = projects.find(scope=request.scope, project=project)
    table = Table(request, people.seated(found), PEOPLE, order="-judged", name="people")
    table.page = people.with_work(found.pk, table.page)
    context = {
        "project": found,
        "found": watching.of(found),
        "people": table,
        "charts": [(span, drawn(request, found, span)) for span in (charts.HOURS, charts.DAYS)],
        "agreement": agreement(found) if access.may(request.scope.role, "quality.read") else None,
        "jobs": under_way(found) if access.may(request.scope.role, "job.read") else [],
        "open_sections": sections.names(request.scope),
        "may_change": access.may(request.scope.role, "project.change"),
        "may_see_names": access.may(request.scope.role, "identity.see"),
    }
    return render(request, "annotation/overview.html", context)


def agreement(project: Project) -> Plot | None:
    """Agreement as of each report on quality, where there are two."""
    reports = QualityReport.objects.filter(project=project).order_by("-as_of")[:MOST_REPORTS]
    return pictures.over_time(list(reports)[::-1])


def under_way(project: Project) -> list[Job]:
    """Long work on the project that waits or runs."""
    about = Job.objects.filter(workspace=project.workspace_id, subject_kind="project", subject_id=project.pk)
    return list(about.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).order_by("created_at")[:5])


@require_GET
@access.page("judgment.read")
def chart(request: Asked, project: UUID) -> JsonResponse:
    """The same chart anew, for a page that lies open."""
    span = request.GET.get("span", charts.HOURS)
    if span not in {charts.HOURS, charts.DAYS}:
        raise Http404
    return JsonResponse(drawn(request, projects.find(scope=request.scope, project=project), span).as_json())


def drawn(request: Asked, project: Project, span: str) -> Chart:
    own: dict[str, Any] = {"slug": request.scope.workspace.slug, "project": project.pk}
    url = f"{reverse('project-chart', kwargs=own)}?span={span}"
    is_done = project.status == Project.Status.CLOSED
    return charts.of(pace.kept(project.pk), span, now=now(), url=url, is_done=is_done)
