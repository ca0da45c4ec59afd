"""One annotator in one project: what they did, and what is decided about it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts import access
from accounts.access import Asked
from annotation import descendants, projects
from annotation.forms.trust import AsideForm, PauseForm, QualificationForm
from annotation.models import Pause, Seat
from annotation.trust import aside, pauses, qualification, records
from api.refusals import Refusal


@require_GET
@access.page("judgment.read")
def annotator(request: Asked, project: UUID, annotator: UUID) -> HttpResponse:
    own = projects.find(scope=request.scope, project=project)
    who = aside.find(scope=request.scope, annotator=annotator)
    role = request.scope.role
    context = {
        "project": own,
        "annotator": who,
        "record": records.of(own, who.pk),
        "test": qualification.standing(project=own, annotator=who),
        "seat": Seat.objects.filter(project=own, annotator=who).first(),
        "pauses": Pause.objects.filter(project=own, annotator=who).order_by("-created_at"),
        "pause_form": PauseForm(prefix="pause"),
        "descendants": descendants.of_annotator(request.scope, own, who),
        "deeds": aside.deeds(own, who)[:50],
        "aside_form": AsideForm(prefix="aside") if access.may(role, "judgment.set_aside") else None,
        "qualification_form": QualificationForm(prefix="test") if access.may(role, "qualification.decide") else None,
    }
    return render(request, "annotation/annotator.html", context)


@require_POST
@access.page("judgment.set_aside")
def set_aside(request: Asked, project: UUID, annotator: UUID) -> HttpResponse:
    own = projects.find(scope=request.scope, project=project)
    who = aside.find(scope=request.scope, annotator=annotator)
    form = AsideForm(request.POST, prefix="aside")

    def do(values: dict[str, Any]) -> str:
        deed, job = aside.begin(scope=request.scope, project=own, annotator=who, **values)
        if job is not None:
            return _("It is a great deal: a job sets it aside, and the page of the project says how far it is.")
        said = ngettext("{count} judgment is set aside.", "{count} judgments are set aside.", deed.judgments)
        return said.format(count=deed.judgments)

    return decided(request, form, do, annotator)


@require_POST
@access.page("judgment.set_aside")
def undo(request: Asked, project: UUID, annotator: UUID, deed: UUID) -> HttpResponse:
    own = projects.find(scope=request.scope, project=project)
    who = aside.find(scope=request.scope, annotator=annotator)
    made = get_object_or_404(aside.deeds(own, who).select_related("project", "annotator"), pk=deed)

    def do(values: dict[str, Any]) -> str:
        undone, job = aside.begin_undo(scope=request.scope, deed=made)
        if job is not None:
            return _("It is a great deal: a job brings it back, and the page of the project says how far it is.")
        back = ngettext("{count} judgment is back.", "{count} judgments are back.", undone.back)
        kept = ngettext(
            "{count} stays aside: others have judged it anew.",
            "{count} stay aside: others have judged them anew.",
            undone.kept,
        )
        said = back.format(count=undone.back)
        return f"{said} {kept.format(count=undone.kept)}" if undone.kept else said

    return decided(request, forms.Form(request.POST), do, annotator)


@require_POST
@access.page("qualification.decide")
def qualify(request: Asked, project: UUID, annotator: UUID) -> HttpResponse:
    own = projects.find(scope=request.scope, project=project)
    who = aside.find(scope=request.scope, annotator=annotator)
    form = QualificationForm(request.POST, prefix="test")

    def do(values: dict[str, Any]) -> str:
        qualification.decide(scope=request.scope, project=own, annotator=who, **values)
        return _("The decision stands.")

    return decided(request, form, do, annotator)


@require_POST
@access.page("pause.decide")
def decide(request: Asked, project: UUID, pause: UUID) -> HttpResponse:
    found = pauses.find(project=projects.find(scope=request.scope, project=project), pause=pause)
    form = PauseForm(request.POST, prefix="pause")

    def do(values: dict[str, Any]) -> str:
        made = pauses.decide(scope=request.scope, pause=found, **values)
        return _("The pause is lifted.") if made.decision == "lifted" else _("The pause is upheld.")

    return decided(request, form, do, found.annotator_id)


def decided(request: Asked, form: forms.Form, do: Callable[[dict[str, Any]], str], annotator: UUID) -> HttpResponse:
    """Does it where the form is whole, says how it went, and comes back to where it was asked for."""
    if form.is_valid():
        try:
            messages.success(request, do(form.cleaned_data))
        except Refusal as refusal:
            messages.error(request, refusal.message)
    else:
        messages.error(request, " ".join(f"{form[name].label}: {rows[0]}" for name, rows in form.errors.items()))
    own = {"slug": request.scope.workspace.slug, "project": request.resolver_match.kwargs["project"]}  # type: ignore[union-attr]
    if request.POST.get("back") == "review":
        return redirect("project-review", **own)
    return redirect("project-annotator", **own, annotator=annotator)
