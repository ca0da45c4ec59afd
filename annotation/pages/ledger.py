"""Play money: one's own balance and entries, and the whole ledger for admins."""

import csv
from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts import access
from accounts.access import Asked
from accounts.forms import blame
from annotation import ledger
from annotation.forms.ledger import CorrectionForm, FilterForm
from api.refusals import Refusal
from web.tables import Column, Table

AMOUNT = Column("amount", gettext_lazy("Amount"), "amount", is_number=True)
OWN = [
    Column("when", gettext_lazy("When"), "id"),
    AMOUNT,
    Column("kind", gettext_lazy("What"), "kind"),
    Column("project", gettext_lazy("Project")),
]
ALL = [OWN[0], Column("annotator", gettext_lazy("Annotator"), "annotator__pseudonym"), *OWN[1:]]


@require_GET
@access.page("ledger.own")
def mine(request: Asked) -> HttpResponse:
    table = Table(request, ledger.own(request.scope), OWN, order="-when")
    return render(request, "annotation/my_balance.html", {"table": table, "balances": ledger.sums(table.rows)})


@require_http_methods(["GET", "HEAD", "POST"])
@access.page("ledger.read")
def everybody(request: Asked) -> HttpResponse:
    """The ledger of the workspace, and a correction at its foot."""
    known = {name: request.GET.get(name, "") for name in ("annotator", "currency")}
    correction = CorrectionForm(request.POST or None, scope=request.scope, initial=known, auto_id="correction_%s")
    if request.method == "POST" and correction.is_valid():
        correct = ledger.correct_member if correction.cleaned_data["member"] else ledger.correct
        try:
            correct(scope=request.scope, **correction.whose())
            messages.success(request, _("The correction stands in the ledger."))
            return redirect("ledger", slug=request.scope.workspace.slug)
        except Refusal as refusal:
            blame(correction, refusal)
    form = FilterForm(request.GET, scope=request.scope)
    rows = ledger.entries(request.scope).filter(**form.condition())
    context = {
        "table": Table(request, rows, ALL, order="-when"),
        "balances": ledger.sums(rows),
        "form": form,
        "correction": correction,
        "query": request.GET.urlencode(),
    }
    return render(request, "annotation/ledger.html", context)


@require_GET
@access.page("ledger.read")
def file(request: Asked) -> StreamingHttpResponse:
    form = FilterForm(request.GET, scope=request.scope)
    rows = ledger.entries(request.scope).filter(**form.condition())
    request.scope.record("ledger.exported", "workspace", request.scope.workspace.pk)
    name = f'attachment; filename="ledger-{request.scope.workspace.slug}.csv"'
    headers = {"Content-Disposition": name}
    return StreamingHttpResponse(lines(rows), content_type="text/csv; charset=utf-8", headers=headers)


class Echo:
    """What a csv writer writes to when its line is wanted back."""

    def write(self, line: str) -> str:
        return line


def lines(rows: ledger.Entries) -> Iterator[str]:
    """No cell begins with what a spreadsheet would take for a formula; a minus before digits is a number."""
    writer = csv.writer(Echo())
    yield writer.writerow(ledger.COLUMNS)
    for entry in rows.order_by("id").iterator(chunk_size=1_000):
        yield writer.writerow(ledger.cells(entry))
