"""The annotator's page, and what opens over it."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from accounts import access
from accounts.access import Asked
from annotation import consents, label_page, projects
from annotation.desk import questions, reading


@require_GET
@access.page("task.label")
def label(request: Asked, project: UUID) -> HttpResponse:
    scope = request.scope
    found = projects.find(scope=scope, project=project)
    if consents.of(scope, found).is_asked:
        return redirect("consent", slug=scope.workspace.slug, project=found.pk)
    news = reading.news(scope=scope, project=found)
    return render(
        request,
        "annotation/label.html",
        {
            "project": found,
            "news": news,
            "configuration": label_page.configuration(scope=scope, project=found, news=news),
            "config": label_page.questions(found),
            "mine": label_page.judged(scope, found),
        },
    )


@require_GET
@access.page("task.label")
def guidelines(request: Asked, project: UUID) -> HttpResponse:
    """The newest guidelines with what changed since this person last read them."""
    found = projects.find(scope=request.scope, project=project)
    news = reading.news(scope=request.scope, project=found)
    clarifications = questions.clarifications(found)[:100]
    return render(
        request,
        "annotation/_guidelines.html",
        {"project": found, "news": news, "clarifications": clarifications},
    )


@require_GET
@access.page("question.ask")
def my_questions(request: Asked, project: UUID) -> HttpResponse:
    """What this person asked in this project, and the answers."""
    found = projects.find(scope=request.scope, project=project)
    mine = questions.own(request.scope).filter(project=found).order_by("-created_at")[:50]
    return render(request, "annotation/_my_questions.html", {"project": found, "questions": mine})
