"""The list of runs, and the page of one: its curves, its samples, its checkpoints, why it ended."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts import access
from accounts.access import Asked
from api.refusals import Refusal
from jobs import curves as job_curves
from jobs import launch
from jobs import pages as job_pages
from training import (
    curves,
    exporting,
    figures,
    foretelling,
    held,
    lineage,
    naming,
    pictures,
    readings,
    runs,
    selections,
    warnings,
)
from training.checks import polls, tables
from training.forms import FilterForm
from training.models import Run
from web.tables import Column, Table

COLUMNS = [
    Column("name", gettext_lazy("Run"), "name"),
    Column("state", gettext_lazy("State"), "job__state"),
    Column("ended", gettext_lazy("Ended"), "ending"),
    Column("policy", gettext_lazy("Policy"), "policy"),
    Column("algorithm", gettext_lazy("Algorithm"), "algorithm"),
    Column("steps", gettext_lazy("Steps"), "steps", is_number=True),
    Column("created", gettext_lazy("Asked for"), "created_at"),
]
LINES = 20  # of the log
NOTHING_NEW = 204  # htmx leaves the page as it is and asks again


@require_GET
@access.page("run.read")
def index(request: Asked) -> HttpResponse:
    form = FilterForm(request.GET)
    found = runs.of_workspace(request.scope)
    table = Table(request, form.chosen(found), COLUMNS, order="-created")
    context = {"table": table, "form": form, "is_filtered": form.has_changed(), "are_two": found.count() > 1}
    context["policies"] = naming.of(request.scope.workspace, [run.policy for run in table.page])
    return render(request, "training/index.html", context)


@require_GET
@access.page("run.read")
def page(request: Asked, pk: UUID) -> HttpResponse:
    run = runs.find(scope=request.scope, run=pk)
    sources = list(run.sources.select_related("source"))
    context = {
        **state_of(request, run),
        **charts_of(request, run),
        **readings.of(run, request.GET.get("step", "")),
        "may_change": access.may(request.scope.role, "run.change"),
        "facts": figures.facts(run),
        "parts": parts_of(run),
        "held": held.of(run),
        "foretold": foretelling.of(run),
        "chosen": selections.of(run),
        "sources": sources,
        "policies": naming.of(request.scope.workspace, [one.policy for one in sources]),
        "made_from": figures.made_from(run),
        "checkpoints": run.checkpoints.order_by("-step"),
        "lines": job_pages.lines_of(run.job, 0)["lines"][-LINES:] if run.job else [],
    }
    return render(request, "training/page.html", context)


def parts_of(run: Run) -> list[dict[str, Any]]:
    """Components with where their thresholds lie among the reference's rewards."""
    values = run.details.get("reference", {})
    found = []
    for part in lineage.parts(run):
        thresholds = [(bound.role, bound.threshold) for bound in part.bounds.all()]
        seen = values.get(part.name)
        picture = (
            pictures.histogram(part.reward_model.name, part.reward_model.unit_alone, seen, thresholds) if seen else None
        )
        found.append({"part": part, "picture": picture, "identifier": f"reference-{part.name}"})
    return found


def state_of(request: Asked, run: Run) -> dict[str, Any]:
    found: dict[str, Any] = {"run": run, "ending": figures.ending(run), "warnings": warnings_of(run)}
    found["stopped_after"] = figures.stopped_after(run)
    found |= {"alarms": run.alarms.all(), "polls": tables.of(run)}
    return {**found, **(job_pages.about(request, run.job) if run.job else {})}


def warnings_of(run: Run) -> list[str]:
    """Without what stands there already as the reason of its failure."""
    failure = run.job.error if run.job else ""
    return [said for said in warnings.of(run) if said != failure]


def charts_of(request: Asked, run: Run) -> dict[str, Any]:
    return {"charts": curves.charts(run, request.scope.workspace.slug), "known": curves.print_of(run.job)}


@require_GET
@access.page("run.read")
def status(request: Asked, pk: UUID) -> HttpResponse:
    """What changes while it takes steps; when it is over, the page is loaded anew."""
    run = runs.find(scope=request.scope, run=pk)
    if run.job is None or (run.job.is_over and request.GET.get("state") != run.job.state):
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = {**state_of(request, run), "has_turned": request.GET.get("state") != run.job.state}
    context["may_change"] = access.may(request.scope.role, "run.change")
    return render(request, "training/_state.html", context)


@require_GET
@access.page("run.read")
def charts(request: Asked, pk: UUID) -> HttpResponse:
    """Drawn anew when a measurement has come or gone, or for good when the run is over."""
    run = runs.find(scope=request.scope, run=pk)
    is_over = run.job is None or run.job.is_over
    if request.GET.get("known") == curves.print_of(run.job) and not is_over:
        return HttpResponse(status=NOTHING_NEW)
    return render(request, "training/_charts.html", {**state_of(request, run), **charts_of(request, run)})


@require_GET
@access.page("run.read")
def chart(request: Asked, pk: UUID) -> JsonResponse:
    """The points of one chart, for the browser that draws it."""
    run = runs.find(scope=request.scope, run=pk)
    asked = request.GET.get("panel")
    known = curves.panels(run)
    panel = next((one for one in known if one.key == asked), known[0])
    counts = {name: n for name, n in job_curves.names(run.job).items() if panel.shows(name)} if run.job else {}
    return JsonResponse(curves.chart(run, panel, counts, request.scope.workspace.slug).as_json())


@require_GET
@access.page("run.read")
def samples(request: Asked, pk: UUID) -> HttpResponse:
    """The samples of a step; asked again while the run goes, and answered when a step has come."""
    run = runs.find(scope=request.scope, run=pk)
    found = readings.of(run, request.GET.get("step", ""))
    is_over = run.job is None or run.job.is_over
    if request.GET.get("known") == found["latest"] and not is_over:
        return HttpResponse(status=NOTHING_NEW)
    return render(request, "training/_samples.html", {"run": run, "job": run.job, **found})


@require_POST
@access.page("run.change")
def cancel(request: Asked, pk: UUID) -> HttpResponse:
    run = runs.find(scope=request.scope, run=pk)
    job_pages.do(request, run.job, launch.cancel, _("The run stops within seconds. Its checkpoints are kept."))
    return back_to(request, run)


@require_POST
@access.page("run.change")
def retry(request: Asked, pk: UUID) -> HttpResponse:
    run = runs.find(scope=request.scope, run=pk)
    job_pages.do(request, run.job, launch.retry, _("It waits for its turn again, and goes on where it was."))
    return back_to(request, run)


@require_POST
@access.page("run.change")
def go_on(request: Asked, pk: UUID) -> HttpResponse:
    """Without the verdicts that are still out."""
    run = runs.find(scope=request.scope, run=pk)
    try:
        polls.go_on_without(scope=request.scope, asks=run)
        messages.success(request, _("The run goes on with the verdicts that are there."))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return back_to(request, run)


@require_GET
@access.page("run.read")
def download(request: Asked, pk: UUID) -> HttpResponse | StreamingHttpResponse:
    """A checkpoint, or all answers of what keeps none."""
    run = runs.find(scope=request.scope, run=pk)
    try:
        if run.is_selection:
            return exporting.answers(run)
        return exporting.response(run, request.GET.get("checkpoint"))
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return back_to(request, run)


def back_to(request: Asked, run: Run) -> HttpResponse:
    return redirect("run", slug=request.scope.workspace.slug, pk=run.pk)
