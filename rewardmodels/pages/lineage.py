"""Every judgment that a model learned from, and what became of it since."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts import access
from accounts.access import Asked
from rewardmodels import lineage, registry
from rewardmodels.forms import JudgmentFilterForm
from web.tables import Column, Table

COLUMNS = [
    Column("judgment", _("Judgment"), "version__judgment__created_at"),
    Column("kind", _("Kind"), "version__kind"),
    Column("annotator", _("Annotator"), "version__judgment__assignment__annotator__pseudonym"),
    Column("version", _("Version"), "version__version", is_number=True),
    Column("state", _("Now"), "state"),
]


@require_GET
@access.page("model.read")
def judgments(request: Asked, pk: UUID) -> HttpResponse:
    model = registry.find(scope=request.scope, reward_model=pk)
    form = JudgmentFilterForm(request.GET)
    rows = lineage.rows(model.snapshot)
    table = Table(request, form.chosen(rows), COLUMNS, order="judgment")
    context = {"model": model, "table": table, "form": form, "since": lineage.since(model.snapshot)}
    return render(request, "rewardmodels/judgments.html", context)
