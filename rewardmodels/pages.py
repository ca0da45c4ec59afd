"""The pages of reward models: the list, a new one, one model, and what it thinks of two answers."""

from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access
from accounts.scope import Scope
from api import methods
from api.refusals import Refusal
from rewardmodels import exporting, figures, registry, scoring
from rewardmodels.forms import StandingForm, TryForm, WishForm
from rewardmodels.models import RewardModel
from web.tables import Column, Table

COLUMNS = [
    Column("name", gettext_lazy("Reward model"), "name"),
    Column("standing", gettext_lazy("Standing"), "standing"),
    Column("state", gettext_lazy("State"), "job__state"),
    Column("accuracy", gettext_lazy("Test accuracy"), is_number=True),
    Column("snapshot", gettext_lazy("Learned from"), "snapshot__name"),
    Column("created", gettext_lazy("Asked for"), "created_at"),
]
KIND = "bradley_terry"


class Asked(HttpRequest):
    """A request that `access.page` has let in."""

    scope: Scope


@require_GET
@access.page("model.read")
def index(request: Asked) -> HttpResponse:
    table = Table(request, registry.of_workspace(request.scope), COLUMNS, order="-created")
    return render(request, "rewardmodels/index.html", {"table": table})


@require_http_methods(["GET", "POST"])
@access.page("model.change")
def new(request: Asked) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    wish = WishForm(data, scope=request.scope, snapshot=request.GET.get("snapshot", ""))
    method = methods.find("reward_model_kinds", KIND)
    settings = method.form()(data, prefix="settings")
    if data is not None and wish.is_valid() and settings.is_valid():
        asked = {**wish.cleaned_data, "snapshot": wish.cleaned_data["snapshot"].pk}
        try:
            model = registry.begin(
                scope=request.scope, wish=registry.Wish(kind=KIND, settings=settings.values(), **asked)
            )
            return redirect("reward-model", slug=request.scope.workspace.slug, pk=model.pk)
        except Refusal as refusal:
            said_at_fields(refusal, wish, settings)
    status = 422 if data is not None else 200
    return render(
        request, "rewardmodels/new.html", {"wish": wish, "settings": settings, "method": method}, status=status
    )


def said_at_fields(refusal: Refusal, wish: django_forms.Form, settings: Any) -> None:
    """Each message at the field that it is about, or above the form."""
    for field, message in refusal.errors or [("", refusal.message)]:
        inner = field.removeprefix("settings.")
        if field.startswith("settings.") and inner in settings.fields:
            settings.add_error(inner, message)
        else:
            wish.add_error(field if field in wish.fields else None, message)


@require_GET
@access.page("model.read")
def page(request: Asked, pk: UUID) -> HttpResponse:
    return shown(request, registry.find(scope=request.scope, reward_model=pk))


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


@require_POST
@access.page("model.change")
def delete(request: Asked, pk: UUID) -> HttpResponse:
    model = registry.find(scope=request.scope, reward_model=pk)
    try:
        registry.put_away(scope=request.scope, model=model)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return back_to(request, model)
    messages.success(request, _("The reward model was deleted."))
    return redirect("reward-models", slug=request.scope.workspace.slug)


@require_POST
@access.page("model.score")
def compare(request: Asked, pk: UUID) -> HttpResponse:
    """What the model thinks of one answer, or of two."""
    model = registry.find(scope=request.scope, reward_model=pk)
    form = TryForm(request.POST)
    if not form.is_valid():
        return shown(request, model, try_form=form, status=422)
    given = form.cleaned_data
    answers = [given[name] for name in ("first", "second") if given[name]]
    try:
        scores = scoring.score(model=model, items=[{"prompt": given["prompt"], "response": text} for text in answers])
    except Refusal as refusal:
        form.add_error(None, refusal.message)
        return shown(request, model, try_form=form, status=refusal.status)
    chance = figures.chance(model, *(score["calibrated"] for score in scores)) if len(scores) == 2 else None
    return shown(request, model, try_form=form, scores=scores, chance=chance)


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
    context.setdefault("try_form", TryForm())
    context |= {
        "model": model,
        "may_change": may_change,
        "facts": figures.facts(model),
        "history": model.standing_changes.select_related("person"),
    }
    if model.is_trained:
        context |= {
            "splits": [figures.SPLIT_NAMES.get(split, split) for split in figures.splits(model)],
            "rows": figures.table(model),
            "reliability": figures.reliability(model),
            "verdict": figures.verdict(model),
            "notes": figures.notes(model),
        }
    return render(request, "rewardmodels/page.html", context, status=status)
