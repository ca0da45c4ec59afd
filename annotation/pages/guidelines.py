"""Guidelines: what stands, what changed, and a new version."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import access
from accounts.access import Asked
from annotation import guidelines, projects
from annotation.forms.projects import GuidelinesForm
from annotation.pages.projects import back_to
from api.refusals import Refusal

MOST_SHOWN = 200  # versions in the list


@require_GET
@access.page("judgment.read")
def index(request: Asked, project: UUID) -> HttpResponse:
    found = projects.find(scope=request.scope, project=project)
    asked = request.GET.get("version", "")
    version = guidelines.read(found, int(asked) if asked.isdecimal() and len(asked) < 9 else None)
    history = found.guidelines.select_related("created_by").order_by("-version").defer("text", "terms")[:MOST_SHOWN]
    context = {
        "project": found,
        "version": version,
        "history": history,
        "newest": history[0].version,
        "may_change": access.may(request.scope.role, "project.change"),
        "may_see_names": access.may(request.scope.role, "member.list"),
    }
    return render(request, "annotation/guidelines.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@access.page("project.change")
def edit(request: Asked, project: UUID) -> HttpResponse:
    found = projects.find(scope=request.scope, project=project)
    newest = projects.newest_guidelines(found)
    data = request.POST if request.method == "POST" else None
    form = GuidelinesForm(data, initial={"guidelines": newest.text, "upon": newest.version})
    if data is not None and form.is_valid():
        text, upon = form.cleaned_data["guidelines"], form.cleaned_data["upon"]
        try:
            guidelines.rewrite(scope=request.scope, project=found, text=text, upon=upon)
            messages.success(request, _("The guidelines were saved. Annotators are shown the new version."))
            return back_to(request, found, "project-guidelines")
        except Refusal as refusal:
            form.add_error("guidelines", refusal.message)
    context = {"project": found, "form": form, "newest": newest}
    return render(request, "annotation/guidelines_edit.html", context, status=422 if data is not None else 200)
