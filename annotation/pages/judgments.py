"""The list of judgments."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts import access
from accounts.access import Asked
from annotation import projects
from annotation.browsing import judgments, scanning
from annotation.browsing.forms import PURPOSES, JudgmentFilterForm


@require_GET
@access.page("judgment.read")
def index(request: Asked, project: UUID) -> HttpResponse:
    found = projects.find(scope=request.scope, project=project)
    form = JudgmentFilterForm(request.GET, project=found)
    page, rows = judgments.listed(found, form.wanted, request.GET.get("cursor", ""))
    context = {"project": found, "form": form, "page": page, "rows": rows, "is_filtered": form.has_changed()}
    context["query"] = scanning.kept(request.GET)
    return render(request, "annotation/judgments.html", {**context, "purposes": PURPOSES})
