"""Thresholds searched within one run: the form, and the page that follows it proposal by proposal."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access
from accounts.access import Asked
from api.refusals import Refusal
from jobs import launch
from jobs import pages as job_pages
from jobs.models import Job
from training.checks import polls, tables
from training.pages import thresholds, wishes
from training.searches import asking, forms, pictures
from training.searches.forms import Sheet

SHOWN = 10  # earlier searches


@require_http_methods(["GET", "POST"])
@access.page("run.change")
def new(request: Asked) -> HttpResponse:
    if request.headers.get("HX-Request"):
        sheet = forms.begun(wishes.typed(request), request.scope)
        return render(request, "rewardmodels/_settings.html", {"sheet": sheet})
    return begin(request) if request.method == "POST" else whole(request, forms.begun(request.GET, request.scope))


def begin(request: Asked) -> HttpResponse:
    sheet = forms.sent(request.POST, request.scope)
    if sheet.are_valid():
        try:
            job = asking.start(scope=request.scope, wish=sheet.asked)
            return redirect("threshold-search", slug=request.scope.workspace.slug, pk=job.pk)
        except Refusal as refusal:
            sheet.say(refusal)
    return whole(request, sheet, status=422)


def whole(request: Asked, sheet: Sheet, *, status: int = 200) -> HttpResponse:
    found = asking.of_workspace(request.scope)[:SHOWN]
    context = {"sheet": sheet, "wish": sheet.wish, "found": found}
    return render(request, "training/searches/new.html", context, status=status)


@require_GET
@access.page("run.read")
def page(request: Asked, pk: UUID) -> HttpResponse:
    """While it goes, the page asks for its part again; where other buttons belong to it, it is loaded anew."""
    job = asking.find(scope=request.scope, job=pk)
    if request.headers.get("HX-Request"):
        if job.is_over or is_parked(job) != request.GET.get("parked", ""):
            return HttpResponse(headers={"HX-Refresh": "true"})
        return render(request, "training/searches/_going.html", going(request, job))
    return render(request, "training/searches/page.html", {**going(request, job), **ended(request, job)})


def is_parked(job: Job) -> str:
    """As the page asks about it."""
    return "1" if job.parked_at else ""


def going(request: Asked, job: Job) -> dict[str, Any]:
    return {
        **job_pages.about(request, job),
        "rows": pictures.rows(job),
        "picture": pictures.picture(job),
        "components": job.arguments["components"],
        "wanted": pictures.wanted_of(job),
        "polls": tables.of(job),
        "parked": is_parked(job),
    }


def ended(request: Asked, job: Job) -> dict[str, Any]:
    return {
        "result": job.result,
        "is_noise": pictures.is_noise(job),
        "facts": pictures.facts(job),
        "bounds": bounds_of(request, job) if job.result else "",
        "campaign": thresholds.campaign_of(request, job),
        "may_change": access.may(request.scope.role, "run.change"),
    }


def bounds_of(request: Asked, job: Job) -> str:
    """The form of a run that holds every component where the search found it."""
    asked = job.arguments
    given = {name: asked[name] for name in ("policy", "algorithm")} | {"name": _("Held at the thresholds found")}
    given |= {f"settings-{name}": value for name, value in asked["settings"].items() if value is not None}
    if isinstance(asked["prompts"], str):
        given["prompts"] = asked["prompts"]
    assert job.result is not None
    return thresholds.form_of(request, job.result["components"], given)


@require_POST
@access.page("run.change")
def cancel(request: Asked, pk: UUID) -> HttpResponse:
    job = asking.find(scope=request.scope, job=pk)
    job_pages.do(request, job, launch.cancel, _("The search stops within seconds. What it has measured is kept."))
    return redirect("threshold-search", slug=request.scope.workspace.slug, pk=pk)


@require_POST
@access.page("run.change")
def retry(request: Asked, pk: UUID) -> HttpResponse:
    job = asking.find(scope=request.scope, job=pk)
    job_pages.do(request, job, launch.retry, _("It waits for its turn again, and goes on where it was."))
    return redirect("threshold-search", slug=request.scope.workspace.slug, pk=pk)


@require_POST
@access.page("run.change")
def go_on(request: Asked, pk: UUID) -> HttpResponse:
    """Without the verdicts that are still out."""
    job = asking.find(scope=request.scope, job=pk)
    try:
        polls.go_on_without(scope=request.scope, asks=job)
        messages.success(request, _("The search goes on with the verdicts that are there."))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("threshold-search", slug=request.scope.workspace.slug, pk=pk)
