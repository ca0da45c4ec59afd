"""Trying a project's page: the annotator's page itself, asking these views where it would ask the API."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from rest_framework.exceptions import APIException

from accounts import access
from accounts.access import Asked
from annotation import label_page, projects
from annotation.desk import reading
from annotation.resources import bodies, work
from annotation.sandbox import answers, trials
from api.parsers import read_object
from api.refusals import Conflict, Refusal

View = Callable[..., HttpResponse]


class Body:
    """The body of a page's call, as the readers of the API's bodies take it."""

    def __init__(self, request: HttpRequest) -> None:
        self.data = read_object(request.body or b"{}")


def answered(view: View) -> View:
    """Refusals as the API says them, so that the page shows them as ever."""

    @wraps(view)
    def guarded(request: Asked, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, **kwargs)
        except Refusal as refusal:
            errors = [{"field": field, "message": message} for field, message in refusal.errors]
            return JsonResponse({"detail": refusal.message, "errors": errors}, status=refusal.status)
        except APIException as broken:
            return JsonResponse({"detail": str(broken.detail), "errors": []}, status=broken.status_code)

    return guarded


@require_GET
@access.page("judgment.read")
def page(request: Asked, project: UUID) -> HttpResponse:
    scope, found = request.scope, projects.find(scope=request.scope, project=project)
    news = reading.news(scope=scope, project=found)
    configuration = label_page.configuration(scope=scope, project=found, news=news)
    configuration |= {
        "root": reverse("try", kwargs={"slug": scope.workspace.slug, "project": project}),
        "person": f"try.{scope.person.pk}",  # drafts of trials stay apart from real ones
        "guidelinesRead": news.guidelines.version,
        "outcomes": {"tried": static("annotation/outcomes/tried.js")},
        "latest": None,
        "unseen": 0,
        "words": {**configuration["words"], "tried": words()},
    }
    config, is_example = label_page.questions(found), not trials.own_tasks(found)
    context = {"project": found, "news": news, "configuration": configuration, "config": config}
    return render(request, "annotation/try.html", {**context, "is_example": is_example})


def words() -> dict[str, str]:
    return {
        "unwritten": _("Nothing was written. This row would be:"),
        "beside": _("Kept beside it, to be counted and sorted:"),
    }


@require_POST
@access.page("judgment.read")
@answered
def offer(request: Asked, project: UUID, same: UUID) -> HttpResponse:
    found = projects.find(scope=request.scope, project=project)
    holding = bodies.holding(Body(request))  # type: ignore[arg-type]
    trial = answers.offer(scope=request.scope, project=found, holding=holding)
    return JsonResponse(work.shown(trial, project, with_html=True))


@require_POST
@access.page("judgment.read")
@answered
def submit(request: Asked, project: UUID, trial: UUID) -> HttpResponse:
    """Checked like a judgment, shown as the row that it would be."""
    found = projects.find(scope=request.scope, project=project)
    submission = bodies.submission(Body(request))  # type: ignore[arg-type]
    tried = answers.check(scope=request.scope, project=found, trial=trial, submission=submission)
    upcoming = answers.offer(scope=request.scope, project=found, holding=[*submission.holding, trial])
    outcome = {"tried": {"row": json.dumps(tried["row"], ensure_ascii=False, indent=2), "beside": tried["beside"]}}
    body = {"judgment": {"id": trial, "version": 1, "assignment": trial}, "outcome": outcome}
    return JsonResponse({**body, "next": work.shown(upcoming, project, with_html=True)}, status=201)


@require_POST
@access.page("judgment.read")
@answered
def end(request: Asked, project: UUID, trial: UUID) -> HttpResponse:
    """Skipping, renewing and taking back: there is no lease, so there is nothing to do."""
    trials.find(projects.find(scope=request.scope, project=project), trial)
    return JsonResponse({"assignment": trial, "state": "open"})


@access.page("judgment.read")
@answered
def nothing(request: Asked, project: UUID, rest: str) -> HttpResponse:
    """Whatever else the page may ask: there is nothing to read, and nothing is written."""
    projects.find(scope=request.scope, project=project)
    if request.method == "GET":
        return JsonResponse({"results": []})
    raise Conflict(_("This is a trial: nothing is written, so this cannot be done here."))
