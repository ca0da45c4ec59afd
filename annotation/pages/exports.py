"""Taking a snapshot away: one file at once, or an archive that is packed while one waits."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts import access
from accounts.access import Asked
from annotation import projects
from annotation.pages.snapshots import find
from annotation.snapshots import archives, sending
from annotation.snapshots.exports import Export
from annotation.snapshots.forms import FIRST
from api.refusals import Refusal
from web import errors


@require_GET
@access.page("snapshot.read")
def file(request: Asked, project: UUID, snapshot: UUID) -> HttpResponseBase:
    found = find(projects.find(scope=request.scope, project=project), snapshot)
    given = {name: request.GET.get(name, default) for name, default in FIRST.items()}
    try:
        known = request.headers.get("If-None-Match", "")
        return sending.file(scope=request.scope, export=Export(found, **given), known=known)
    except Refusal as refusal:
        return errors.answer(request, refusal.status, refusal.message)


@require_POST
@access.page("snapshot.read")
def pack(request: Asked, project: UUID, snapshot: UUID) -> HttpResponse:
    found = find(projects.find(scope=request.scope, project=project), snapshot)
    layout, format_ = request.POST.get("layout", "raw"), request.POST.get("format", "jsonl.gz")
    try:
        archives.start(scope=request.scope, export=Export(found, layout, format_))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    slug = request.scope.workspace.slug
    answer = redirect("snapshot", slug=slug, project=found.project_id, snapshot=found.pk)
    answer["Location"] += "#archives"
    return answer


@require_GET
@access.page("snapshot.read")
def packed(request: Asked, project: UUID, snapshot: UUID) -> HttpResponse:
    """The archives of this snapshot, and how far those are that are being packed."""
    found = find(projects.find(scope=request.scope, project=project), snapshot)
    jobs = archives.of_snapshot(found)
    context = {"project": found.project, "snapshot": found, "archives": jobs}
    context["is_packing"] = any(not job.is_over for job in jobs)
    return render(request, "annotation/_archives.html", context)


@require_GET
@access.page("snapshot.read")
def archive(request: Asked, project: UUID, snapshot: UUID, job: UUID) -> HttpResponseBase:
    found = find(projects.find(scope=request.scope, project=project), snapshot)
    return sending.archive(scope=request.scope, snapshot=found, job=job)
