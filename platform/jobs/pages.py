"""The pages of long work: the list, one job, and the fragments that keep its page true while it runs."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts import access
from accounts.access import Asked
from accounts.scope import Scope
from api.refusals import Conflict, Refusal
from jobs import answers, curves, launch, subjects, tellers
from jobs.display import shown
from jobs.forms import FilterForm
from jobs.models import Job
from web.tables import Column, Table

COLUMNS = [
    Column("kind", gettext_lazy("Job"), "kind"),
    Column("about", gettext_lazy("About")),
    Column("state", gettext_lazy("State"), "state"),
    Column("progress", gettext_lazy("Progress"), "progress"),
    Column("created", gettext_lazy("Asked for"), "created_at"),
]
NOTHING_NEW = 204  # htmx leaves the page as it is and asks again


def found(request: Asked, pk: UUID) -> Job:
    jobs = Job.objects.filter(workspace=request.scope.workspace).select_related("created_by")
    return get_object_or_404(jobs, pk=pk)


@require_GET
@access.page("job.read")
def index(request: Asked) -> HttpResponse:
    jobs = Job.objects.filter(workspace=request.scope.workspace)
    form = FilterForm(request.GET, jobs)
    table = Table(request, form.chosen(jobs).defer("arguments", "result"), COLUMNS, order="-created")
    context = {"table": table, "form": form, "is_filtered": form.has_changed()}
    return render(request, "jobs/index.html", {**context, "subject_names": subjects.names(table.page)})


@require_GET
@access.page("job.read")
def page(request: Asked, pk: UUID) -> HttpResponse:
    job = found(request, pk)
    context = {**about(request, job), **told(request, job), **charts_of(request, job), **lines_of(job, 0)}
    return render(request, "jobs/page.html", context)


@require_GET
@access.page("job.read")
def status(request: Asked, pk: UUID) -> HttpResponse:
    """What changes while it runs; the buttons come along only when the state has changed, so that no dialog closes."""
    job = found(request, pk)
    context = {**about(request, job), **told(request, job), "has_turned": request.GET.get("state") != job.state}
    return render(request, "jobs/_status.html", context)


@require_GET
@access.page("job.read")
def log(request: Asked, pk: UUID) -> HttpResponse:
    job = found(request, pk)
    after = request.GET.get("after", "")
    context = lines_of(job, int(after) if after.isdecimal() and len(after) < 19 else 0)
    if not context["lines"] and not job.is_over:
        return HttpResponse(status=NOTHING_NEW)
    return render(request, "jobs/_lines.html", {"job": job, **context})


@require_GET
@access.page("job.read")
def charts(request: Asked, pk: UUID) -> HttpResponse:
    """Drawn anew when a name has come or gone, or for good when the job is over."""
    job = found(request, pk)
    context = charts_of(request, job)
    if request.GET.get("known") == context["known"] and not job.is_over:
        return HttpResponse(status=NOTHING_NEW)
    return render(request, "jobs/_charts.html", {"job": job, **context})


@require_GET
@access.page("job.read")
def chart(request: Asked, pk: UUID) -> JsonResponse:
    job = found(request, pk)
    drawn = curves.chart(job, request.GET.get("group", ""), curves.names(job), request.scope.workspace.slug)
    return JsonResponse(drawn.as_json())


@require_POST
@access.page("job.change")
def cancel(request: Asked, pk: UUID) -> HttpResponse:
    do(request, found(request, pk), launch.cancel, _("The job stops within seconds."))
    return redirect("job", slug=request.scope.workspace.slug, pk=pk)


@require_POST
@access.page("job.change")
def retry(request: Asked, pk: UUID) -> HttpResponse:
    do(request, found(request, pk), launch.retry, _("The job waits for its turn again."))
    return redirect("job", slug=request.scope.workspace.slug, pk=pk)


def do(request: Asked, job: Job | None, deed: Callable[[Job, Scope], Job], said: str) -> None:
    """What a button of a job's page, or of the page of what the job is about, asks for; the next page says how it went.

    A job is pruned some day; what it was about may outlive it.
    """
    try:
        if job is None:
            raise Conflict(_("Its job is gone; ask for it anew."))
        deed(job, request.scope)
        messages.success(request, said)
    except Refusal as refusal:
        messages.error(request, refusal.message)


def about(request: Asked, job: Job) -> dict[str, Any]:
    return {
        "job": job,
        "shown": shown(job, request.scope),
        "attempts": list(job.attempts.order_by("number")),
    }


def told(request: Asked, job: Job) -> dict[str, Any]:
    """What its app says of it; on pages of the app's own that stands elsewhere."""
    return {"told": tellers.of(job).facts(job, request.scope.workspace.slug)}


def lines_of(job: Job, after: int) -> dict[str, Any]:
    """What was said after a line; at first only the tail."""
    lines = list(job.lines.filter(pk__gt=after).order_by("pk")[:500]) if after else answers.tail(job, 200)
    return {"lines": lines, "after": lines[-1].pk if lines else after}


def charts_of(request: Asked, job: Job) -> dict[str, Any]:
    counts = curves.names(job)
    groups = curves.groups(counts)
    slug = request.scope.workspace.slug
    drawn = curves.charts(job, groups[: curves.MOST_CHARTS], counts, slug)
    return {"charts": drawn, "known": curves.print_of(counts), "left_out": groups[curves.MOST_CHARTS :]}
