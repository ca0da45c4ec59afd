"""The list of projects, and the overview of one."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts import access
from accounts.access import Asked
from annotation import projects
from web.tables import Column, Table

COLUMNS = [
    Column("name", _("Project"), "name"),
    Column("status", _("Status"), "status"),
    Column("created", _("Begun"), "created_at"),
]


@require_GET
@access.page("judgment.read")
def index(request: Asked) -> HttpResponse:
    table = Table(request, projects.visible(request.scope), COLUMNS, order="-created")
    return render(request, "annotation/projects.html", {"table": table})


@require_GET
@access.page("judgment.read")
def overview(request: Asked, project: UUID) -> HttpResponse:
    found = projects.find(scope=request.scope, project=project)
    return render(request, "annotation/overview.html", {"project": found})
