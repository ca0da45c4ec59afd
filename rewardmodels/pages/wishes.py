"""The form of a model to be learned; it follows what is chosen in it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import access
from accounts.access import Asked
from api.refusals import Refusal
from rewardmodels import registry, sheets
from rewardmodels.sheets import Sheet


@require_http_methods(["GET", "POST"])
@access.page("model.change")
def new(request: Asked) -> HttpResponse:
    if request.method == "POST":
        return begin(request)
    if request.headers.get("HX-Request"):
        sheet = sheets.begun(request.GET, request.scope)
        context = {"sheet": sheet, "part": request.GET.get("part", ""), "is_behind": sheet.is_behind(request.GET)}
        return render(request, "rewardmodels/_choices.html", context)
    return render(request, "rewardmodels/new.html", {"sheet": first(request)})


def first(request: Asked) -> Sheet:
    """Empty, as the address says, or like another model."""
    try:
        model = registry.find(scope=request.scope, reward_model=UUID(request.GET["like"]))
    except (KeyError, ValueError):
        return sheets.begun(request.GET, request.scope)
    return sheets.like(model, request.scope)


def begin(request: Asked) -> HttpResponse:
    sheet = sheets.sent(request.POST, request.scope)
    are_valid = [form.is_valid() for form in (sheet.wish, sheet.settings)]
    if all(are_valid):
        asked = {**sheet.wish.cleaned_data, "snapshot": sheet.wish.cleaned_data["snapshot"].pk}
        try:
            model = registry.begin(scope=request.scope, wish=registry.Wish(settings=sheet.settings.values(), **asked))
            return redirect("reward-model", slug=request.scope.workspace.slug, pk=model.pk)
        except Refusal as refusal:
            said_at_fields(refusal, sheet.wish, sheet.settings)
    return render(request, "rewardmodels/new.html", {"sheet": sheet}, status=422)


def said_at_fields(refusal: Refusal, wish: Any, settings: Any) -> None:
    """Each message at the field that it is about, or above the form."""
    for field, message in refusal.errors or [("", refusal.message)]:
        inner = field.removeprefix("settings.")
        if field.startswith("settings.") and inner in settings.fields:
            settings.add_error(inner, message)
        else:
            wish.add_error(field if field in wish.fields else None, message)
