"""The list of reward models, and the page of one: how it learns, what it is worth, its standing."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts import access
from accounts.access import Asked
from api.refusals import Refusal
from jobs import launch
from jobs import pages as job_pages
from rewardmodels import exporting, figures, formulas, lineage, registry, reliance, worth
from rewardmodels.forms import AskForm, FilterForm, StandingForm
from rewardmodels.models import RewardModel
from rewardmodels.tracking import page as tracking
from web.tables import Column, Table

COLUMNS = [
    Column("name", gettext_lazy("Reward model"), "name"),
    Column("standing", gettext_lazy("Standing"), "standing"),  # these two are in sight on a telephone
    Column("state", gettext_lazy("State"), "job__state"),
    Column("accuracy", gettext_lazy("Test accuracy"), is_number=True),
    Column("kind", gettext_lazy("Kind"), "kind"),
    Column("snapshot", gettext_lazy("Learned from"), "snapshot__name"),
    Column("created", gettext_lazy("Asked for"), "created_at"),
]
LINES = 20  # of the log, on the page of a model that learns


@require_GET
@access.page("model.read")
def index(request: Asked) -> HttpResponse:
    models = registry.of_workspace(request.scope)
    form = FilterForm(request.GET, models)
    table = Table(request, form.chosen(models), COLUMNS, order="-created")
    return render(request, "rewardmodels/index.html", {"table": table, "form": form, "is_filtered": form.has_changed()})


@require_GET
@access.page("model.read")
def page(request: Asked, pk: UUID) -> HttpResponse:
    return shown(request, registry.find(scope=request.scope, reward_model=pk))


@require_GET
@access.page("model.read")
def status(request: Asked, pk: UUID) -> HttpResponse:
    """What changes while it learns; once it has learned, the page is loaded anew for its figures."""
    model = registry.find(scope=request.scope, reward_model=pk)
    if model.is_trained or model.job is None:
        return HttpResponse(headers={"HX-Refresh": "true"})
    has_turned = request.GET.get("state") != model.job.state
    context = {"model": model, **job_pages.about(request, model.job), "has_turned": has_turned}
    return render(request, "rewardmodels/_learning.html", context)


@require_POST
@access.page("model.change")
def cancel(request: Asked, pk: UUID) -> HttpResponse:
    model = registry.find(scope=request.scope, reward_model=pk)
    job_pages.do(request, model.job, launch.cancel, _("Learning stops within seconds. What was computed is kept."))
    return back_to(request, model)


@require_POST
@access.page("model.change")
def retry(request: Asked, pk: UUID) -> HttpResponse:
    model = registry.find(scope=request.scope, reward_model=pk)
    said = _("It waits for its turn again, and goes on from its last checkpoint.")
    job_pages.do(request, model.job, launch.retry, said)
    return back_to(request, model)


@require_POST
@access.page("model.change")
def standing(request: Asked, pk: UUID) -> HttpResponse:
    model = registry.find(scope=request.scope, reward_model=pk)
    form = StandingForm(request.POST, now=model.standing, is_trained=model.is_trained)
    if not form.is_valid():
        return shown(request, model, standing_form=form, status=422)
    try:
        registry.change_standing(scope=request.scope, model=model, **form.cleaned_data)
        messages.success(request, _("The standing was changed."))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return back_to(request, model)


@require_GET
@access.page("model.read")
def download(request: Asked, pk: UUID) -> HttpResponse | StreamingHttpResponse:
    model = registry.find(scope=request.scope, reward_model=pk)
    try:
        return exporting.response(model)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return back_to(request, model)


def back_to(request: Asked, model: RewardModel) -> HttpResponse:
    return redirect("reward-model", slug=request.scope.workspace.slug, pk=model.pk)


def shown(request: Asked, model: RewardModel, *, status: int = 200, **context: Any) -> HttpResponse:
    may_change = access.may(request.scope.role, "model.change")
    context.setdefault("standing_form", StandingForm(None, now=model.standing, is_trained=model.is_trained))
    trained = registry.of_workspace(request.scope).filter(pk=model.pk)
    context["form"] = AskForm(None, trained=trained, chosen=[])
    context |= {
        "model": model,
        "may_change": may_change,
        "facts": figures.facts(model),
        "since": lineage.since(model.snapshot),
        "going": reliance.going(request.scope, model),
        "history": model.standing_changes.select_related("person"),
    }
    if not model.is_trained and model.job is not None:
        context |= {**job_pages.about(request, model.job), **job_pages.charts_of(request, model.job)}
        context["lines"] = job_pages.lines_of(model.job, 0)["lines"][-LINES:]
    if model.is_trained:
        context |= {**worth.of(model), "formula": formulas.formula(model), **tracking.of(request.scope, model)}
    return render(request, "rewardmodels/page.html", context, status=status)
