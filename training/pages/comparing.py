"""Runs side by side: their curves over each other."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts import access
from accounts.access import Asked
from training import comparing, curves, runs
from training.forms import CompareForm


@require_GET
@access.page("run.read")
def compare(request: Asked) -> HttpResponse:
    found = runs.of_workspace(request.scope)
    is_asked = "run" in request.GET or "asked" in request.GET
    form = CompareForm(request.GET if is_asked else None, runs=found, beginning=request.GET.getlist("with"))
    chosen = form.cleaned_data["run"] if is_asked and form.is_valid() else []
    context = {"form": form, "chosen": chosen, "charts": curves.together(chosen), "are_two": found.count() > 1}
    context["beside"] = comparing.with_best_of_n(chosen)
    return render(request, "training/compare.html", context, status=422 if is_asked and not chosen else 200)
