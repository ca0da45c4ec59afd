"""Where the policy of a run or a campaign comes from: drawn, as lists, and as a file."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts import access
from accounts.access import Asked
from api.refusals import Refusal
from training import runs
from training.ancestry import pictures, walking
from training.ancestry.graph import Graph
from training.rounds import campaigns

FILE = "json"  # `?format=json`
LONGEST_NUMBER = 5


@require_GET
@access.page("run.read")
def of_run(request: Asked, pk: UUID) -> HttpResponse:
    run = runs.find(scope=request.scope, run=pk)
    back = reverse("run", args=[request.scope.workspace.slug, run.pk])
    try:
        graph = walking.of_run(run, request.GET.get("checkpoint") or None)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect(back)
    return shown(request, graph, run, back)


@require_GET
@access.page("campaign.read")
def of_campaign(request: Asked, pk: UUID) -> HttpResponse:
    campaign = campaigns.find(scope=request.scope, campaign=pk)
    back = reverse("campaign", args=[request.scope.workspace.slug, campaign.pk])
    asked = request.GET.get("round", "")
    number = int(asked) if asked.isdecimal() and len(asked) <= LONGEST_NUMBER else None
    return shown(request, walking.of_campaign(campaign, number), campaign, back)


def shown(request: Asked, graph: Graph, subject: Any, back: str) -> HttpResponse:
    if request.GET.get("format") == FILE:
        answer = JsonResponse(graph.as_dict(), json_dumps_params={"ensure_ascii": False, "indent": 1})
        answer["Content-Disposition"] = f'attachment; filename="lineage-{subject.pk}.json"'
        return answer
    query = request.GET.copy()
    query["format"] = FILE
    context = {"subject": subject, "back": back, "picture": pictures.of(graph), "file": f"?{query.urlencode()}"}
    return render(request, "training/lineage.html", context)
