"""The researchers' side of questions: those of a project, and one with its task and its answer."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts import access
from accounts.access import Asked
from accounts.forms import blame
from annotation import projects
from annotation.desk import questions
from annotation.desk.questions import Reply
from annotation.models import Project, Question
from api.refusals import Refusal
from web.tables import Column, Table

COLUMNS = [
    Column("text", gettext_lazy("Question")),
    Column("asker", gettext_lazy("Asked by"), "assignment__annotator__pseudonym"),
    Column("created", gettext_lazy("Asked"), "created_at"),
    Column("answered", gettext_lazy("Answered"), "answered_at"),
]


class AnswerForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Answer"),
        max_length=questions.LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("Markdown is shown as such."),
    )
    reach = forms.ChoiceField(
        label=gettext_lazy("Who reads it"),
        widget=forms.RadioSelect,
        choices=[
            ("asker", gettext_lazy("Only who asked")),
            ("all", gettext_lazy("Everybody in the project, as a clarification beside the guidelines")),
            ("guidelines", gettext_lazy("Everybody, as a passage of the guidelines: a new version that all are shown")),
        ],
    )

    @property
    def reply(self) -> Reply:
        reach = self.cleaned_data["reach"]
        return Reply(self.cleaned_data["text"], is_shared=reach != "asker", to_guidelines=reach == "guidelines")


@require_GET
@access.page("question.answer")
def index(request: Asked, project: UUID) -> HttpResponse:
    found = projects.find(scope=request.scope, project=project)
    waiting = questions.readable(request.scope, found)
    rows = waiting if request.GET.get("all") else waiting.filter(answered_at=None)
    table = Table(request, rows, COLUMNS, order="created")
    return render(request, "annotation/questions.html", {"project": found, "table": table})


@require_http_methods(["GET", "POST"])
@access.page("question.answer")
def question(request: Asked, project: UUID, question: UUID) -> HttpResponse:
    found = projects.find(scope=request.scope, project=project)
    asked = questions.find(scope=request.scope, project=found, question=question)
    form = AnswerForm(request.POST or None, initial=given(asked))
    if request.method == "POST" and form.is_valid():
        try:
            questions.answer(scope=request.scope, question=asked, reply=form.reply)
        except Refusal as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("Answered: who asked is told."))
            return redirect("questions", slug=request.scope.workspace.slug, project=found.pk)
    return render(request, "annotation/question.html", about(found, asked) | {"form": form})


def given(asked: Question) -> dict[str, Any]:
    return {"text": asked.answer, "reach": "all" if asked.is_shared else "asker"}


def about(project: Project, asked: Question) -> dict[str, Any]:
    """The task as its asker saw it."""
    task = asked.assignment.task
    shown = {place.position: place.response for place in task.places.select_related("response")}
    responses = [shown[position] for position in asked.assignment.shown_order]
    return {"project": project, "question": asked, "prompt": task.prompt, "responses": responses}
