"""Two models side by side."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts import access
from accounts.access import Asked
from api.refusals import Refusal
from jobs import display
from rewardmodels import comparisons, registry
from rewardmodels.forms import CompareForm
from rewardmodels.kinds import TITLES


@require_http_methods(["GET", "POST"])
@access.page("model.read")
def choose(request: Asked) -> HttpResponse:
    trained = registry.of_workspace(request.scope).filter(trained_at__isnull=False)
    is_sent = request.method == "POST"
    form = CompareForm(request.POST if is_sent else None, trained=trained, one=request.GET.get("one", ""))
    if is_sent and form.is_valid():
        try:
            job = comparisons.start(scope=request.scope, **form.cleaned_data)
            return redirect("reward-model-comparison", slug=request.scope.workspace.slug, job=job.pk)
        except Refusal as refusal:
            for field, message in refusal.errors or [("", refusal.message)]:
                form.add_error(field or None, message)
    context = {"form": form, "are_two": trained.count() > 1}
    return render(request, "rewardmodels/compare.html", context, status=422 if is_sent else 200)


@require_GET
@access.page("model.read")
def comparison(request: Asked, job: UUID) -> HttpResponse:
    return followed(request, job, "rewardmodels/comparison.html")


@require_GET
@access.page("model.read")
def status(request: Asked, job: UUID) -> HttpResponse:
    """What changes while it runs."""
    return followed(request, job, "rewardmodels/_comparison.html")


def followed(request: Asked, job: UUID, template: str) -> HttpResponse:
    found = comparisons.find(scope=request.scope, job=job)
    models = registry.of_workspace(request.scope).in_bulk([UUID(found.arguments[name]) for name in ("one", "other")])
    one, other = (models.get(UUID(found.arguments[name])) for name in ("one", "other"))
    context: dict[str, Any] = {"job": found, "one": one, "other": other}
    context["shown"] = display.shown(found, request.scope)
    told = (found.result or {}).get("kinds", {})
    context["kinds"] = [(title, told[kind]) for kind, title in TITLES.items() if kind in told]
    return render(request, template, context)
