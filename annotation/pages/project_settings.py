"""What a researcher changes about a project: its settings and its state."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import access
from accounts.access import Asked
from annotation import projects
from annotation.feedback.kinds import KINDS
from annotation.forms.projects import Sheet, of_project
from annotation.models import Project
from annotation.pages.projects import back_to
from annotation.projects import Wish
from api.refusals import Refusal


@require_http_methods(["GET", "HEAD", "POST"])
@access.page("project.change")
def settings(request: Asked, project: UUID) -> HttpResponse:
    found = projects.find(scope=request.scope, project=project)
    data = request.POST if request.method == "POST" else None
    sheet = Sheet(data, scope=request.scope, project=of_project(found), settings=found.settings)
    if data is not None and sheet.is_valid():
        try:
            projects.change(scope=request.scope, project=found, wish=sheet.wish())
            messages.success(request, _("The settings were saved."))
            return back_to(request, found, "project-settings")
        except Refusal as refusal:
            sheet.blame(refusal)
    context = {"project": found, "sheet": sheet, "kinds": KINDS.values()}
    return render(request, "annotation/project_settings.html", context, status=422 if data is not None else 200)


@require_POST
@access.page("project.change")
def status(request: Asked, project: UUID) -> HttpResponse:
    """Open, pause or close."""
    found = projects.find(scope=request.scope, project=project)
    wanted = request.POST.get("status", "")
    if wanted in Project.Status.values:
        projects.change(scope=request.scope, project=found, wish=Wish(status=wanted))
    else:
        messages.error(request, _("There is no such state of a project."))
    return back_to(request, found)
