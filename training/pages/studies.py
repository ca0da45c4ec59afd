"""The list of studies, the form of a new one, and the page of one: its curves, fits, peaks and what is to be known."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access
from accounts.access import Asked
from api.refusals import Refusal
from jobs import launch
from jobs import pages as job_pages
from training.models import Study
from training.studies import asking, exporting, facts, pictures, sheets
from training.studies.sheets import Sheet
from web.tables import Column, Table

COLUMNS = [
    Column("kind", gettext_lazy("Study"), "kind"),
    Column("tier", gettext_lazy("How much"), "tier"),
    Column("seed", gettext_lazy("Seed"), "seed", is_number=True),
    Column("state", gettext_lazy("State"), "job__state"),
    Column("sha256", gettext_lazy("Curves’ SHA-256")),
    Column("created", gettext_lazy("Asked for"), "created_at"),
]


@require_GET
@access.page("run.read")
def index(request: Asked) -> HttpResponse:
    table = Table(request, asking.of_workspace(request.scope).defer("result"), COLUMNS, order="-created")
    return render(request, "training/studies/index.html", {"table": table})


@require_http_methods(["GET", "POST"])
@access.page("run.change")
def new(request: Asked) -> HttpResponse:
    if request.method == "POST":
        return begin(request)
    sheet = first(request)
    if request.headers.get("HX-Request"):
        part = "_choices" if request.GET.get("part") == "tier" else "_forecast"
        return render(request, f"training/studies/{part}.html", {"sheet": sheet, "wish": sheet.wish})
    return whole(request, sheet)


def first(request: Asked) -> Sheet:
    """As the address says, or like another study from the next seed."""
    try:
        study = asking.find(scope=request.scope, study=UUID(request.GET["like"]))
    except (KeyError, ValueError):
        return sheets.begun(request.GET)
    return sheets.again(study)


def begin(request: Asked) -> HttpResponse:
    sheet = sheets.sent(request.POST)
    if sheet.is_valid():
        try:
            study = asking.begin(scope=request.scope, wish=sheet.asked)
            return redirect("study", slug=request.scope.workspace.slug, pk=study.pk)
        except Refusal as refusal:
            sheet.say(refusal)
    return whole(request, sheet, status=422)


def whole(request: Asked, sheet: Sheet, *, status: int = 200) -> HttpResponse:
    return render(request, "training/studies/new.html", {"sheet": sheet, "wish": sheet.wish}, status=status)


@require_GET
@access.page("run.read")
def page(request: Asked, pk: UUID) -> HttpResponse:
    study = asking.find(scope=request.scope, study=pk)
    context = {
        **state_of(request, study),
        "facts": facts.of(study),
        **facts.about(study),
        **(found(study) if study.result else {}),
    }
    if study.job and not study.job.is_over:
        context |= job_pages.charts_of(request, study.job)
    return render(request, "training/studies/page.html", context)


def state_of(request: Asked, study: Study) -> dict[str, Any]:
    context = {"study": study, "title": sheets.title(study), "may_change": access.may(request.scope.role, "run.change")}
    return {**context, **(job_pages.about(request, study.job) if study.job else {})}


def found(study: Study) -> dict[str, Any]:
    """What came of it, to be drawn and read."""
    result: dict[str, Any] = study.result or {}
    return {
        "pictures": pictures.pictures(result),
        "peaks": pictures.peaks(result),
        "fits": pictures.fits(result),
        "comparisons": pictures.comparisons(result),
        "notes": pictures.notes(result),
    }


@require_GET
@access.page("run.read")
def status(request: Asked, pk: UUID) -> HttpResponse:
    """What changes while it runs; when it is over, the page is loaded anew."""
    study = asking.find(scope=request.scope, study=pk)
    if study.job is None or (study.job.is_over and request.GET.get("state") != study.job.state):
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = {**state_of(request, study), "has_turned": request.GET.get("state") != study.job.state}
    return render(request, "training/studies/_state.html", context)


@require_POST
@access.page("run.change")
def cancel(request: Asked, pk: UUID) -> HttpResponse:
    study = asking.find(scope=request.scope, study=pk)
    job_pages.do(
        request, study.job, launch.cancel, _("The study stops within seconds. What is finished of it is kept.")
    )
    return back_to(request, study)


@require_POST
@access.page("run.change")
def retry(request: Asked, pk: UUID) -> HttpResponse:
    study = asking.find(scope=request.scope, study=pk)
    job_pages.do(request, study.job, launch.retry, _("It waits for its turn again, and goes on where it was."))
    return back_to(request, study)


@require_GET
@access.page("run.read")
def download(request: Asked, pk: UUID) -> HttpResponse:
    study = asking.find(scope=request.scope, study=pk)
    try:
        return exporting.response(study, request.GET.get("format", "csv"))
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return back_to(request, study)


def back_to(request: Asked, study: Study) -> HttpResponse:
    return redirect("study", slug=request.scope.workspace.slug, pk=study.pk)
