"""Scoring many answers: what to score, how far it is, and the file that came of it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts import access
from accounts.access import Asked
from api.refusals import Refusal
from jobs import display
from rewardmodels import registry
from rewardmodels.batches import asking, results
from rewardmodels.forms import BatchForm
from rewardmodels.models import RewardModel


@require_http_methods(["GET", "POST"])
@access.page("model.score")
def index(request: Asked, pk: UUID) -> HttpResponse:
    model = registry.find(scope=request.scope, reward_model=pk)
    is_sent = request.method == "POST"
    form = BatchForm(request.POST if is_sent else None, request.FILES if is_sent else None, scope=request.scope)
    if is_sent and form.is_valid():
        try:
            job = begin(request, model, form.cleaned_data)
            return redirect("reward-model-batch", slug=request.scope.workspace.slug, pk=model.pk, job=job.pk)
        except Refusal as refusal:
            for field, message in refusal.errors or [("", refusal.message)]:
                form.add_error(field if field in form.fields else None, message)
    context = {"model": model, "form": form, "newest": list(results.newest(model))}
    return render(request, "rewardmodels/batches.html", context, status=422 if is_sent else 200)


def begin(request: Asked, model: RewardModel, given: dict[str, Any]) -> Any:
    common = {"scope": request.scope, "model": model, "format": given["format"]}
    if given["file"]:
        return asking.of_file(file=given["file"], **common)
    if given["snapshot"]:
        return asking.of_snapshot(snapshot=given["snapshot"].pk, split="", **common)
    return asking.of_project(project=given["project"].pk, **common)


@require_GET
@access.page("model.score")
def batch(request: Asked, pk: UUID, job: UUID) -> HttpResponse:
    return followed(request, pk, job, "rewardmodels/batch.html")


@require_GET
@access.page("model.score")
def status(request: Asked, pk: UUID, job: UUID) -> HttpResponse:
    """What changes while it runs."""
    return followed(request, pk, job, "rewardmodels/_batch.html")


def followed(request: Asked, pk: UUID, job: UUID, template: str) -> HttpResponse:
    model = registry.find(scope=request.scope, reward_model=pk)
    found = get_object_or_404(results.of_model(model), pk=job)
    context = {"model": model, "job": found, "shown": display.shown(found, request.scope)}
    return render(request, template, {**context, "is_there": results.path_of(found) is not None})


@require_GET
@access.page("model.score")
def download(request: Asked, pk: UUID, job: UUID) -> HttpResponseBase:
    model = registry.find(scope=request.scope, reward_model=pk)
    return results.response(scope=request.scope, model=model, job=job)
