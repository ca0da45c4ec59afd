"""Known answers, by how people did on them."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts import access
from accounts.access import Asked
from annotation import projects
from annotation.trust import items


@require_GET
@access.page("task.change")
def answers(request: Asked, project: UUID) -> HttpResponse:
    found = projects.find(scope=request.scope, project=project)
    known = items.of(found)
    context = {"project": found, "rows": items.described(found, known[: items.SHOWN]), "count": len(known)}
    return render(request, "annotation/known_answers.html", context)
