"""What a project asks people to agree to before their first task."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import access
from accounts.access import Asked
from annotation import consents, projects
from annotation.models import Consent
from api.refusals import Refusal


@require_http_methods(["GET", "HEAD", "POST"])
@access.page("task.label")
def consent(request: Asked, project: UUID) -> HttpResponse:
    found = projects.find(scope=request.scope, project=project)
    if request.method == "POST":
        version = request.POST.get("version", "")
        try:
            said = consents.say(
                scope=request.scope,
                project=found,
                version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0,
                said=request.POST.get("said", ""),
            )
            if said.said == Consent.Said.ACCEPTED:
                return redirect("label", slug=request.scope.workspace.slug, project=found.pk)
            messages.success(request, _("Noted. What you did stays as it is; there is no new work for you here."))
        except Refusal as refusal:
            messages.error(request, refusal.message)
    standing = consents.of(request.scope, found)
    return render(request, "annotation/consent.html", {"project": found, "standing": standing})
