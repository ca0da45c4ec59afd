"""My work: what is left, what I said, what I asked."""

from functools import cached_property
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts import access
from accounts.access import Asked
from annotation import projects
from annotation.desk import history, questions, wishes, work
from annotation.desk.history import Line
from web.tables import Column, Table

HISTORY = [
    Column("created", gettext_lazy("Said"), "judgment__created_at"),
    Column("project", gettext_lazy("Project")),
    Column("question", gettext_lazy("About")),
    Column("said", gettext_lazy("What you said")),
    Column("duration", gettext_lazy("Time"), is_number=True),
    Column("open", gettext_lazy("Open"), is_unseen=True),
]


class HistoryTable(Table):
    """A page of judgments, told in words."""

    @cached_property
    def page(self) -> list[Line]:
        covers_all = wishes.of(self.request.scope).covers_everything  # type: ignore[attr-defined]
        return history.lines(super().page, covers_all=covers_all)


@require_GET
@access.page("task.label")
def my_work(request: Asked) -> HttpResponse:
    wish = wishes.of(request.scope)
    return render(request, "annotation/my_work.html", {"work": work.of(request.scope), "wish": wish})


@require_GET
@access.page("judgment.own")
def my_history(request: Asked) -> HttpResponse:
    chosen = asked_project(request.GET.get("project", ""))
    table = HistoryTable(request, history.mine(request.scope, project=chosen), HISTORY, order="-created")
    offered = [(one.pk, one.name) for one in work.mine(request.scope)]
    return render(request, "annotation/my_history.html", {"table": table, "projects": offered, "chosen": chosen})


def asked_project(text: str) -> UUID | None:
    """The project in the querystring; what is no id filters nothing."""
    try:
        return UUID(text)
    except ValueError:
        return None


@require_GET
@access.page("question.ask")
def my_questions(request: Asked) -> HttpResponse:
    found = questions.own(request.scope).select_related("project", "assignment__judgment").order_by("-created_at")
    return render(request, "annotation/my_questions.html", {"questions": found[:100]})


@require_POST
@access.page("question.ask")
def see_answers(request: Asked, project: UUID) -> HttpResponse:
    questions.see(scope=request.scope, project=projects.find(scope=request.scope, project=project))
    return redirect("my-questions", slug=request.scope.workspace.slug)


@require_POST
@access.page("task.label")
def cover_everything(request: Asked) -> HttpResponse:
    wish = wishes.cover(scope=request.scope, everything=request.POST.get("cover") == "on")
    said = (
        _("Every text is covered until you uncover it.")
        if wish.covers_everything
        else _("Only marked texts are covered.")
    )
    messages.success(request, said)
    return redirect("my-work", slug=request.scope.workspace.slug)
