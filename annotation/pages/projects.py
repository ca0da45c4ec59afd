"""The list of projects, and a new one."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access
from accounts.access import Asked
from annotation import listing, projects, starts
from annotation.feedback.kinds import KINDS
from annotation.forms.projects import FilterForm, Sheet
from annotation.models import Project
from api.refusals import Refusal
from web.tables import Column, Table

COLUMNS = [
    Column("name", gettext_lazy("Project"), "name"),
    Column("status", gettext_lazy("Status"), "status"),
    Column("progress", gettext_lazy("Labels")),
    Column("people", gettext_lazy("People"), is_number=True),
    Column("last", gettext_lazy("Last label")),
    Column("created", gettext_lazy("Begun"), "created_at"),
]


@require_GET
@access.page("judgment.read")
def index(request: Asked) -> HttpResponse:
    form = FilterForm(request.GET, scope=request.scope)
    found = form.chosen(request.scope)
    may_change = access.may(request.scope.role, "project.change")
    context = {"form": form, "is_filtered": form.has_changed(), "may_change": may_change}
    table = Table(request, found, COLUMNS, order="-created")
    table.page = listing.rows(table.page)
    context["table"] = table
    return render(request, "annotation/projects.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@access.page("project.change")
def new(request: Asked) -> HttpResponse:
    start = starts.find(request.GET.get("start", ""))
    if start is None:
        return render(request, "annotation/project_starts.html", {"starts": starts.STARTS})
    data = request.POST if request.method == "POST" else None
    sheet = Sheet(data, scope=request.scope, project=start.project(), settings=start.given())
    if data is not None and sheet.is_valid():
        try:
            project = projects.create(scope=request.scope, wish=sheet.wish())
            return redirect("project", slug=request.scope.workspace.slug, project=project.pk)
        except Refusal as refusal:
            sheet.blame(refusal)
    context = {"start": start, "sheet": sheet, "kinds": KINDS.values()}
    return render(request, "annotation/project_new.html", context, status=422 if data is not None else 200)


@require_POST
@access.page("project.change")
def preview(request: Asked) -> HttpResponse:
    """Guidelines as annotators will see them."""
    return render(request, "annotation/_prose.html", {"text": request.POST.get("guidelines", "")})


def back_to(request: Asked, project: Project, name: str = "project") -> HttpResponse:
    return redirect(name, slug=request.scope.workspace.slug, project=project.pk)
