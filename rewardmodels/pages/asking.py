"""Paste a prompt and two answers, and see what several models think of them."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts import access
from accounts.access import Asked
from rewardmodels import opinions, registry
from rewardmodels.forms import AskForm
from rewardmodels.models import Standing


@require_http_methods(["GET", "POST"])
@access.page("model.score")
def ask(request: Asked) -> HttpResponse:
    trained = registry.of_workspace(request.scope).filter(trained_at__isnull=False)
    chosen: list[Any] = request.GET.getlist("models") or list(
        trained.filter(standing=Standing.APPROVED).values_list("pk", flat=True)[: AskForm.MOST]
    )
    is_sent = request.method == "POST"
    form = AskForm(request.POST if is_sent else None, trained=trained, chosen=chosen)
    context: dict[str, Any] = {"form": form, "opinions": [], "is_any": trained.exists()}
    if is_sent and form.is_valid():
        given = form.cleaned_data
        context["opinions"] = opinions.of(given["models"], given["prompt"], form.answers)
        context["is_coming"] = any(one.is_coming for one in context["opinions"])
    if request.headers.get("HX-Request"):
        return render(request, "rewardmodels/_opinions.html", context)  # also what is wrong, beside what was pasted
    return render(request, "rewardmodels/ask.html", context, status=422 if is_sent and form.errors else 200)
