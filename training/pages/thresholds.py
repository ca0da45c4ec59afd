"""Finding thresholds from finished runs: which, and the surface with its highest place."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import access
from accounts.access import Asked
from api.refusals import Refusal
from jobs import pages as job_pages
from jobs.models import Job
from training.models import Run
from training.sheets.parts import prefix_of
from training.thresholds import asking, pictures
from training.thresholds.forms import ProxyPointForm


@require_http_methods(["GET", "POST"])
@access.page("run.change")
def new(request: Asked) -> HttpResponse:
    looked = asking.looked(request.scope)
    form = ProxyPointForm(request.POST or None, runs=looked)
    if request.method == "POST" and form.is_valid():
        chosen = [run.pk for run in form.cleaned_data["runs"]]
        try:
            job = asking.start(scope=request.scope, chosen=chosen, wanted=form.cleaned_data["wanted"])
            return redirect("proxy-point", slug=request.scope.workspace.slug, pk=job.pk)
        except Refusal as refusal:
            for field, message in refusal.errors or [("", refusal.message)]:
                form.add_error(field if field in form.fields else None, message)
    context = {"form": form, "has_runs": looked.exists(), "found": asking.of_workspace(request.scope)[:10]}
    return render(request, "training/thresholds/new.html", context, status=422 if form.errors else 200)


@require_GET
@access.page("run.read")
def page(request: Asked, pk: UUID) -> HttpResponse:
    """While it is worked on, the page asks for its part again; with the result it is drawn."""
    job = asking.find(scope=request.scope, job=pk)
    result = job.result or {}
    context = {
        **job_pages.about(request, job),
        "result": result,
        "pictures": pictures.pictures(result) if result else [],
        "bounds": bounds_of(request, job) if result else "",
        "campaign": campaign_of(request, job),
        "may_change": access.may(request.scope.role, "run.change"),
    }
    is_part = bool(request.headers.get("HX-Request"))
    return render(request, "training/thresholds/_found.html" if is_part else "training/thresholds/page.html", context)


def bounds_of(request: Asked, job: Job) -> str:
    """The form of a run that holds every component at the proxy point, set out like the first of the runs."""
    first = Run.objects.filter(pk=job.arguments["runs"][0]).first()
    given: dict[str, Any] = {"name": _("Held at the proxy point")}
    if first is not None:
        given |= {"policy": first.policy, "algorithm": first.algorithm, "steps": str(first.steps)}
    assert job.result is not None
    return form_of(request, job.result["components"], given)


def form_of(request: Asked, components: list[dict[str, Any]], given: dict[str, Any]) -> str:
    """The address of a run's form in which each component equals its threshold, as near to the reference as it can."""
    given = {"kl_role": "objective", **given}
    for one in components:
        prefix = prefix_of(UUID(one["model"]))
        given |= {f"{prefix}-use": "on", f"{prefix}-equal": f"{one['threshold']:.6g}"}
    return f"{reverse('run-new', kwargs={'slug': request.scope.workspace.slug})}?{urlencode(given)}"


def campaign_of(request: Asked, job: Job) -> str:
    """The form of a campaign whose runs are held to what was found."""
    return f"{reverse('campaign-new', args=[request.scope.workspace.slug])}?thresholds_from={job.pk}"
