"""A project once more, and more labels for some of its tasks."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import access
from accounts.access import Asked
from annotation import cloning, projects, raising
from annotation.forms.work import CloneForm, RaiseForm
from annotation.pages.projects import back_to
from api.refusals import Refusal


@require_http_methods(["GET", "HEAD", "POST"])
@access.page("project.change")
def clone(request: Asked, project: UUID) -> HttpResponse:
    found = projects.find(scope=request.scope, project=project)
    data = request.POST if request.method == "POST" else None
    form = CloneForm(data, initial={"name": _("%(name)s, once more") % {"name": found.name[:180]}})
    if data is not None and form.is_valid():
        given = form.cleaned_data
        made, job = cloning.clone(scope=request.scope, project=found, name=given["name"], with_tasks=given["tasks"])
        messages.success(
            request,
            _("Here is the copy, a draft. Its tasks are on their way.") if job else _("Here is the copy, a draft."),
        )
        return back_to(request, made)
    status = 422 if data is not None else 200
    return render(request, "annotation/project_clone.html", {"project": found, "form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@access.page("task.change")
def overlap(request: Asked, project: UUID) -> HttpResponse:
    found = projects.find(scope=request.scope, project=project)
    data = request.POST if request.method == "POST" else None
    form = RaiseForm(data, project=found)
    if data is not None and form.is_valid():
        wanted = form.cleaned_data["overlap"]
        try:
            job = raising.begin(scope=request.scope, project=found, overlap=wanted, subset=form.subset)
            return redirect("job", slug=request.scope.workspace.slug, pk=job.pk)
        except Refusal as refusal:
            for path, message in refusal.errors or [("", refusal.message)]:
                name = form.refused_at.get(path, path)
                form.add_error(name if name in form.fields else None, message)
    status = 422 if data is not None else 200
    return render(request, "annotation/project_overlap.html", {"project": found, "form": form}, status=status)
