"""What reviewers decide: contests of pauses, and disputes between people."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts import access
from accounts.access import Asked
from annotation import label_page, projects
from annotation.adjudication import cases
from annotation.desk import reading
from annotation.forms.trust import PauseForm
from annotation.trust import pauses


@require_GET
@access.page("judgment.adjudicate")
def review(request: Asked, project: UUID) -> HttpResponse:
    found = projects.find(scope=request.scope, project=project)
    all_pauses = pauses.of_project(found)
    context = {
        "project": found,
        "contests": all_pauses.filter(pauses.WAITING).order_by("contested_at")[:50],
        "standing": all_pauses.exclude(decision="lifted").exclude(pauses.WAITING).order_by("-created_at")[:50],
        "pause_form": PauseForm(),
        "may_see_known": access.may(request.scope.role, "task.change"),
        "disputes": cases.listed(scope=request.scope, project=found),
        "settled": cases.settled(found),
    }
    return render(request, "annotation/review.html", context)


@require_GET
@access.page("judgment.adjudicate")
def adjudicate(request: Asked, project: UUID) -> HttpResponse:
    """The annotator's page, dealing disputed tasks."""
    scope = request.scope
    found = projects.find(scope=scope, project=project)
    news = reading.news(scope=scope, project=found)
    configuration = label_page.configuration(scope=scope, project=found, news=news)
    configuration |= {"deal": "adjudications/next/", "latest": []}
    context = {"project": found, "news": news, "configuration": configuration, "adjudicates": True}
    return render(request, "annotation/label.html", {**context, "config": label_page.questions(found)})
