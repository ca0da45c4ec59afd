"""The first page of one project."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts import access
from accounts.access import Asked
from annotation import projects


@require_GET
@access.page("judgment.read")
def overview(request: Asked, project: UUID) -> HttpResponse:
    found = projects.find(scope=request.scope, project=project)
    may_change = access.may(request.scope.role, "project.change")
    return render(request, "annotation/overview.html", {"project": found, "may_change": may_change})
