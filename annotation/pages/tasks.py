"""The list of tasks, and the page of one: what it asks, what was said, its known answer, its takedown."""

from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access
from accounts.access import Asked
from annotation import descendants, gold, projects, takedowns
from annotation.browsing import scanning, tasks
from annotation.browsing.forms import TakedownForm, TaskFilterForm, TaskForm
from annotation.browsing.known import KnownForm
from annotation.models import Project
from annotation.quality import computing
from annotation.queue import ordering
from annotation.settings import Terms
from api.refusals import Refusal
from api.schemas import build


@require_GET
@access.page("judgment.read")
def index(request: Asked, project: UUID) -> HttpResponse:
    found = projects.find(scope=request.scope, project=project)
    form = TaskFilterForm(request.GET, project=found)
    wanted = form.wanted
    page, rows = tasks.listed(found, wanted, request.GET.get("cursor", ""))
    context = {"project": found, "form": form, "page": page, "rows": rows, "is_filtered": form.has_changed()}
    context["by_dispute"] = wanted.order == "disputed"
    context["has_figures"] = bool(rows) or computing.newest(found) is not None
    context["query"] = scanning.kept(request.GET)
    context["may_import"] = access.may(request.scope.role, "import.make")
    return render(request, "annotation/tasks.html", context)


@require_GET
@access.page("judgment.read")
def task(request: Asked, project: UUID, task: UUID) -> HttpResponse:
    return shown(request, projects.find(scope=request.scope, project=project), task)


def shown(request: Asked, project: Project, task: UUID, *, status: int = 200, **context: Any) -> HttpResponse:
    sheet = tasks.sheet(project, task)
    context.setdefault("form", TaskForm.of(sheet.task))
    context.setdefault("known_form", KnownForm(None, task=sheet.task, terms=terms(project), gold=sheet.gold))
    learned = descendants.of_judgments(request.scope, [one.judgment.pk for one in sheet.said])
    context["judgments"] = [(one, learned.get(one.judgment.pk, [])) for one in sheet.said]
    context |= {"project": project, "sheet": sheet, "may_change": access.may(request.scope.role, "task.change")}
    return render(request, "annotation/task.html", context, status=status)


def terms(project: Project) -> Terms:
    return build(Terms, projects.newest_guidelines(project).terms)


@require_POST
@access.page("task.change")
def change(request: Asked, project: UUID, task: UUID) -> HttpResponse:
    found = projects.find(scope=request.scope, project=project)
    sheet, form = tasks.sheet(found, task), TaskForm(request.POST)
    if form.is_valid():
        try:
            ordering.change_task(sheet.task, scope=request.scope, change=form.change_of(sheet.task))
            messages.success(request, _("The task was changed."))
            return back_to(request, found, task)
        except Refusal as refusal:
            form.add_error(None, refusal.message)
    return shown(request, found, task, form=form, status=422)


@require_POST
@access.page("task.change")
def know(request: Asked, project: UUID, task: UUID) -> HttpResponse:
    """Set or change the known answer."""
    found = projects.find(scope=request.scope, project=project)
    form = KnownForm(request.POST, task=tasks.sheet(found, task).task, terms=terms(found))
    if form.is_valid():
        try:
            gold.put(scope=request.scope, project=found, items=[form.item])
            messages.success(request, _("The answer of this task is known now."))
            return back_to(request, found, task)
        except Refusal as refusal:
            say(form, refusal)
    return shown(request, found, task, known_form=form, status=422)


def say(form: django_forms.Form, refusal: Refusal) -> None:
    """`items.0.answer.amount` at the field `amount`, the rest above the form."""
    for path, message in refusal.errors or [("", refusal.message)]:
        name = path.rpartition(".")[2]
        form.add_error(name if name in form.fields else None, message)


@require_POST
@access.page("task.change")
def forget(request: Asked, project: UUID, task: UUID) -> HttpResponse:
    """The answer is not known any more."""
    found = projects.find(scope=request.scope, project=project)
    gold.remove(scope=request.scope, task=tasks.sheet(found, task).task)
    messages.success(request, _("The task is like any other again."))
    return back_to(request, found, task)


@require_http_methods(["GET", "POST"])
@access.page("takedown.make")
def takedown(request: Asked, project: UUID, task: UUID) -> HttpResponse:
    """What taking the prompt down would reach; POST takes it down."""
    found = projects.find(scope=request.scope, project=project)
    sheet = tasks.sheet(found, task)
    form = TakedownForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        takedowns.make(
            scope=request.scope, project=found, prompt=sheet.task.prompt_id, reason=form.cleaned_data["reason"]
        )
        messages.success(request, _("The prompt was taken down."))
        return back_to(request, found, task)
    context = {"project": found, "sheet": sheet, "form": form, "reach": tasks.reach(sheet.task.prompt)}
    return render(request, "annotation/takedown.html", context, status=422 if form.is_bound else 200)


def back_to(request: Asked, project: Project, task: UUID) -> HttpResponse:
    return redirect("task", slug=request.scope.workspace.slug, project=project.pk, task=task)
