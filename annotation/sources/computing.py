"""Having the sources compared: on request, one computation at a time for a project or a snapshot."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation.models import Project, Snapshot, SourceReport
from api.refusals import Conflict
from jobs import launch
from jobs.models import Job

KIND = "annotation.sources"


def newest(project: Project, snapshot: Snapshot | None) -> SourceReport | None:
    found = SourceReport.objects.filter(project=project, snapshot=snapshot)
    return found.order_by("-as_of", "id").first()


def last_job(project: Project, snapshot: Snapshot | None) -> Job | None:
    """The newest computation, however it stands."""
    kind, pk = subject(project, snapshot)
    return Job.objects.filter(kind=KIND, subject_kind=kind, subject_id=pk).order_by("-created_at").first()


def is_under_way(job: Job | None) -> bool:
    return job is not None and not job.is_over and job.cancel_requested_at is None


def subject(project: Project, snapshot: Snapshot | None) -> tuple[str, UUID]:
    return ("project", project.pk) if snapshot is None else ("snapshot", snapshot.pk)


@transaction.atomic
def start(*, scope: Scope, project: Project, snapshot: Snapshot | None) -> Job:
    """A new computation, or the one that is under way already."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if snapshot is not None and snapshot.frozen_at is None:
        raise Conflict(_("This snapshot is not frozen yet."))
    running = last_job(project, snapshot)
    if running is not None and is_under_way(running):
        return running
    kind, pk = subject(project, snapshot)
    scope.record("sources.asked", kind, pk)
    arguments = {"project": str(project.pk), "snapshot": str(snapshot.pk) if snapshot else ""}
    return launch.start(KIND, scope=scope, arguments=arguments, subject=(kind, pk))


@transaction.atomic
def keep(
    project: Project, snapshot: Snapshot | None, figures: dict[str, Any], *, as_of: datetime, job: UUID
) -> SourceReport:
    """One report a job, however often it is delivered."""
    made: dict[str, Any] = {"project": project, "snapshot": snapshot, "as_of": as_of}
    made |= {"judgments": figures["judgments"], "figures": figures}
    return SourceReport.objects.get_or_create(job_id=job, defaults=made)[0]
