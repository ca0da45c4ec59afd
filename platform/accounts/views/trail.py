"""The audit trail for admins: a list with filters, and the same as a file. What is read stands in `audit`, below."""

from uuid import UUID

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts import access
from accounts.models import Membership
from audit import identities, reading
from audit.forms import FilterForm
from audit.models import Entry
from web.tables import Column, Table

COLUMNS = [
    Column("at", gettext_lazy("When"), "id"),
    Column("actor", gettext_lazy("Who")),
    Column("action", gettext_lazy("What"), "action"),
    Column("object", gettext_lazy("To what")),
    Column("details", gettext_lazy("Details")),
]
WRITERS = {
    "csv": (reading.as_csv, "text/csv; charset=utf-8"),
    "jsonl": (reading.as_jsonl, "application/jsonl; charset=utf-8"),
}


def actors(request: access.Asked) -> list[tuple[UUID, str]]:
    """The members, and whoever is asked for that is none any more."""
    members = Membership.objects.filter(workspace=request.scope.workspace).select_related("person")
    found = {member.person_id: str(member.person) for member in members}
    try:
        asked = UUID(request.GET.get("actor", ""))
    except ValueError:
        return sorted(found.items(), key=lambda pair: pair[1])
    known = Entry.objects.filter(workspace=request.scope.workspace.pk, actor=asked).exists()
    if known and asked not in found:
        found[asked] = identities.labels([asked]).get(asked, str(asked))
    return sorted(found.items(), key=lambda pair: pair[1])


@require_GET
@access.page("audit.read")
def trail(request: access.Asked) -> HttpResponse:
    form = FilterForm(request.GET, actors(request))
    filters = form.filters() if form.is_valid() else None
    rows = reading.entries(request.scope.workspace.pk, filters) if filters else Entry.objects.none()
    table = Table(request, rows, COLUMNS, order="-at")
    reading.name_actors(table.page)
    for entry in table.page:
        entry.words = reading.words_of(entry.details)
    context = {"table": table, "form": form, "is_filtered": form.has_changed(), "query": request.GET.urlencode()}
    return render(request, "audit/trail.html", context)


@require_GET
@access.page("audit.read")
def trail_file(request: access.Asked, layout: str) -> StreamingHttpResponse:
    if layout not in WRITERS:
        raise Http404("A file of the trail is csv or jsonl.")
    form = FilterForm(request.GET, actors(request))
    if not form.is_valid():
        raise Http404("No entry is like that.")
    write, content_type = WRITERS[layout]
    request.scope.record("audit.exported", "workspace", request.scope.workspace.pk, layout=layout)
    rows = reading.rows(request.scope.workspace.pk, form.filters())
    name = f'attachment; filename="audit-{request.scope.workspace.slug}.{layout}"'
    return StreamingHttpResponse(write(rows), content_type=content_type, headers={"Content-Disposition": name})
