"""When figures are computed: on request, and by themselves when enough judgments came."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import now

from accounts.scope import Scope
from annotation.models import Judgment, Project, QualityReport, SetAside
from annotation.settings import ProjectSettings
from api.schemas import build
from jobs import launch
from jobs.models import Job

KIND = "annotation.quality"
LEAST_NEW = 20
SHARE_NEW = 0.1
PAUSE = timedelta(minutes=10)
MOST_AT_ONCE = 20  # projects a turn of the chore


def newest(project: Project) -> QualityReport | None:
    return QualityReport.objects.filter(project=project).order_by("-as_of", "id").first()


def under_way(project: Project) -> Job | None:
    """The computation that waits or runs."""
    return (
        Job.objects.filter(
            kind=KIND,
            subject_kind="project",
            subject_id=project.pk,
            state__in=[Job.State.QUEUED, Job.State.RUNNING],
            cancel_requested_at=None,
        )
        .order_by("created_at")
        .first()
    )


def last_job(project: Project) -> Job | None:
    """The newest computation, however it stands."""
    return Job.objects.filter(kind=KIND, subject_kind="project", subject_id=project.pk).order_by("-created_at").first()


@transaction.atomic
def start(*, scope: Scope, project: Project) -> Job:
    """A new computation, or the one that is under way already."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if (running := under_way(project)) is not None:
        return running
    scope.record("quality.asked", "project", project.pk)
    return launch.start(KIND, scope=scope, arguments={"project": str(project.pk)}, subject=("project", project.pk))


def refresh_due() -> int:
    """The sweeper's chore: how many computations it started."""
    started = 0
    for project in Project.objects.standing().exclude(status=Project.Status.DRAFT).select_related("workspace"):
        if started == MOST_AT_ONCE:
            break
        started += is_due(project) and start_unasked(project)
    return started


def is_due(project: Project) -> bool:
    """Judgments grew by a tenth, by twenty at least, or work was set aside; and the last computation is a while ago."""
    if not build(ProjectSettings, project.settings).quality_auto:
        return False
    last = newest(project)
    if last is not None and last.as_of > now() - PAUSE:
        return False
    if last is not None and set_aside_since(project, last.as_of):
        return True
    wanted = max(LEAST_NEW, int(SHARE_NEW * last.judgments)) if last else LEAST_NEW
    found = Judgment.objects.filter(project=project, withdrawn_at=None)
    if last is not None:
        found = found.filter(created_at__gt=last.as_of)
    return found.order_by()[:wanted].count() >= wanted


def set_aside_since(project: Project, moment: datetime) -> bool:
    """Whether somebody's judgments were left out, or came back."""
    deeds = SetAside.objects.filter(project=project)
    return deeds.filter(Q(created_at__gt=moment) | Q(undone_at__gt=moment)).exists()


@transaction.atomic
def start_unasked(project: Project) -> bool:
    """Whether one was started: not beside one that is under way, nor soon after one that ended badly."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    lately = Job.objects.filter(kind=KIND, subject_kind="project", subject_id=project.pk, created_at__gt=now() - PAUSE)
    if under_way(project) is not None or lately.exists():
        return False
    launch.start_unasked(
        KIND, workspace=project.workspace, arguments={"project": str(project.pk)}, subject=("project", project.pk)
    )
    return True
