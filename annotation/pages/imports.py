"""Bringing in: choose a file, look at what would come of it, bring it in, and see what came of it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import access
from accounts.access import Asked
from annotation import projects
from annotation.imports import outcomes, previewing, requests, staging
from annotation.imports.examples import EXAMPLES
from annotation.imports.forms import ChooseForm, OptionsForm
from annotation.models import Project
from api.refusals import Refusal
from jobs import display
from web.tables import Column, Table

COLUMNS = [
    Column("name", _("File")),
    Column("state", _("State"), "state"),
    Column("result", _("What came of it")),
    Column("by", _("By")),
    Column("created", _("Asked for"), "created_at"),
]


@require_http_methods(["GET", "POST"])
@access.page("import.make")
def index(request: Asked, project: UUID) -> HttpResponse:
    found = projects.find(scope=request.scope, project=project)
    is_sent = request.method == "POST"
    form = ChooseForm(request.POST if is_sent else None, request.FILES if is_sent else None)
    if is_sent and form.is_valid():
        try:
            given = form.cleaned_data
            if given.get("file"):
                staged = staging.of_file(scope=request.scope, project=found, file=given["file"])
            else:
                staged = staging.of_text(scope=request.scope, project=found, text=given["text"])
            slug = request.scope.workspace.slug
            return redirect("import-staged", slug=slug, project=found.pk, token=staged.token)
        except Refusal as refusal:
            say(form, refusal)
    return chosen(request, found, form)


def chosen(request: Asked, project: Project, form: ChooseForm) -> HttpResponse:
    table = Table(request, outcomes.of_project(project), COLUMNS, order="-created", size=10)
    context = {"project": project, "form": form, "examples": EXAMPLES, "table": table, "most": requests.most_bytes()}
    return render(request, "annotation/imports.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@access.page("import.make")
def staged(request: Asked, project: UUID, token: str) -> HttpResponse:
    """What was chosen, as it would be understood; POST brings it in."""
    found = projects.find(scope=request.scope, project=project)
    waiting = staging.find(scope=request.scope, project=found, token=token)
    form = OptionsForm(request.POST if request.method == "POST" else request.GET or None, project=found)
    if request.method == "POST" and form.is_valid():
        try:
            job = requests.of_staged(scope=request.scope, project=found, staged=waiting, options=form.options)
            return redirect("import", slug=request.scope.workspace.slug, project=found.pk, job=job.pk)
        except Refusal as refusal:
            say(form, refusal)
    context = {"project": found, "staged": waiting, "form": form}
    context["preview"] = previewing.preview(found, waiting, form.options)
    context["is_swapped"] = is_swapped = bool(request.headers.get("HX-Request"))
    template = "annotation/_import_preview.html" if is_swapped else "annotation/import_staged.html"
    return render(request, template, context, status=422 if request.method == "POST" else 200)


def say(form: Any, refusal: Refusal) -> None:
    """Each message at its field, or above the form."""
    for field, message in refusal.errors or [("", refusal.message)]:
        form.add_error(field if field in form.fields else None, message)


@require_GET
@access.page("import.make")
def outcome(request: Asked, project: UUID, job: UUID) -> HttpResponse:
    return followed(request, project, job, "annotation/import.html")


@require_GET
@access.page("import.make")
def status(request: Asked, project: UUID, job: UUID) -> HttpResponse:
    """What changes while it runs."""
    return followed(request, project, job, "annotation/_import_status.html")


def followed(request: Asked, project: UUID, job: UUID, template: str) -> HttpResponse:
    found = projects.find(scope=request.scope, project=project)
    one = outcomes.find(found, job)
    context = {"project": found, "job": one, "shown": display.shown(one, request.scope)}
    return render(request, template, {**context, "outcome": outcomes.read(one)})


@require_GET
@access.page("import.make")
def rejected(request: Asked, project: UUID, job: UUID) -> StreamingHttpResponse:
    """Every line that was not taken, as a table for people."""
    one = outcomes.find(projects.find(scope=request.scope, project=project), job)
    headers = {"Content-Disposition": f'attachment; filename="rejected-{str(job)[:8]}.csv"'}
    return StreamingHttpResponse(outcomes.rejected_file(one), content_type="text/csv; charset=utf-8", headers=headers)
