"""The annotator's page."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts import access
from annotation import label_page, projects


@access.page("task.label")
@require_GET
def label(request: HttpRequest, project: UUID) -> HttpResponse:
    scope = request.scope  # type: ignore[attr-defined]
    found = projects.find(scope=scope, project=project)
    guidelines = projects.newest_guidelines(found)
    return render(
        request,
        "annotation/label.html",
        {
            "project": found,
            "guidelines": guidelines,
            "configuration": label_page.configuration(scope=scope, project=found, guidelines=guidelines),
            "config": label_page.questions(found),
        },
    )
