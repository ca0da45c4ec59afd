"""Which tasks of a project are asked first: the plan, what it changed, and when."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access
from accounts.access import Asked
from annotation import projects
from annotation.models import Project
from annotation.queue import sorting
from api.refusals import Refusal
from jobs import display
from rewardmodels.choosing import asking, replays, telling
from rewardmodels.choosing.forms import OrderForm, ReplayForm

SHOWN = 10


@require_http_methods(["GET", "HEAD", "POST"])
@access.page("model.change")
def index(request: Asked, project: UUID) -> HttpResponse:
    found = projects.find(scope=request.scope, project=project)
    data = request.POST if request.method == "POST" else None
    plan = asking.plan_of(found)
    form = OrderForm(data, able=asking.able(request.scope.workspace), plan=plan)
    if data is not None and form.is_valid():
        try:
            asking.begin(scope=request.scope, project=found, wish=form.wish)
            messages.success(request, _("The tasks are being put in order."))
            return back(request, found)
        except Refusal as refusal:
            for field, message in refusal.errors or [("", refusal.message)]:
                form.add_error(field if field in form.fields else None, message)
    context = {"project": found, "form": form, "plan": plan, **progress_of(request, found)}
    context |= {"orders": [telling.of(one) for one in sorting.newest(found)[:SHOWN]], "why_not": telling.halted(plan)}
    return render(request, "rewardmodels/order.html", context, status=422 if data is not None else 200)


@require_POST
@access.page("model.change")
def automatic(request: Asked, project: UUID) -> HttpResponse:
    """Whether each newly approved model puts the tasks in order by itself."""
    found = projects.find(scope=request.scope, project=project)
    try:
        asking.set_automatic(scope=request.scope, project=found, is_automatic=request.POST.get("is_automatic") == "yes")
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return back(request, found)


@require_GET
@access.page("model.change")
def progress(request: Asked, project: UUID) -> HttpResponse:
    """How far it is; when it is over the page is read anew."""
    found = projects.find(scope=request.scope, project=project)
    context = progress_of(request, found)
    if context["job"] is None or context["job"].is_over:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "rewardmodels/_order_progress.html", {"project": found, **context})


def progress_of(request: Asked, project: Project) -> dict[str, Any]:
    """The newest job, where it is under way or has failed."""
    job = asking.jobs_of(project).first()
    if job is None or job.state in {job.State.SUCCEEDED, job.State.CANCELLED}:
        return {"job": None}
    return {"job": job, "shown": display.shown(job, request.scope)}


def back(request: Asked, project: Project) -> HttpResponse:
    return redirect("project-order", slug=request.scope.workspace.slug, project=project.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@access.page("model.change")
def replay(request: Asked, project: UUID) -> HttpResponse:
    """What each rule would have saved on the project's own judgments."""
    found = projects.find(scope=request.scope, project=project)
    data = request.POST if request.method == "POST" else None
    form = ReplayForm(data, frozen=replays.frozen(found))
    if data is not None and form.is_valid():
        try:
            job = replays.begin(scope=request.scope, project=found, snapshot=form.cleaned_data["snapshot"].pk)
            return redirect("job", slug=request.scope.workspace.slug, pk=job.pk)
        except Refusal as refusal:
            form.add_error("snapshot", refusal.message)
    result = replays.newest_result(found)
    context = {"project": found, "form": form, "job": asking.jobs_of(found, replays.KIND).first(), "result": result}
    if result:
        context |= {"picture": replays.picture(result), "verdict": replays.verdict(result)}
    return render(request, "rewardmodels/order_replay.html", context, status=422 if data is not None else 200)
