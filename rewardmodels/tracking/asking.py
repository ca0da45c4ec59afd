"""Having a reward model held against a project's judgments, and whether the newest look raised a flag."""

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation import projects
from annotation.models import Project
from api.refusals import Conflict, Invalid
from jobs import launch
from jobs.models import Job
from rewardmodels.models import RewardModel, TrackingReport

KIND = "rewardmodels.track"


@transaction.atomic
def start(*, scope: Scope, model: RewardModel, project: UUID) -> Job:
    """A new look, or the one that is under way already."""
    RewardModel.objects.select_for_update(of=("self",), no_key=True).get(pk=model.pk)
    if not model.is_trained:
        raise Conflict(_("“{name}” is not trained yet.").format(name=model.name))
    try:
        found = projects.find(scope=scope, project=project)
    except Http404:
        raise Invalid(_("There is no such project in this workspace."), field="project") from None
    arguments = {"reward_model": str(model.pk), "project": str(found.pk)}
    waiting = Job.objects.filter(kind=KIND, arguments=arguments, state__in=[Job.State.QUEUED, Job.State.RUNNING])
    running = waiting.filter(cancel_requested_at=None).first()
    if running is not None:
        return running
    scope.record("reward_model.tracked", "reward_model", model.pk, project=str(found.pk))
    return launch.start(KIND, scope=scope, arguments=arguments, subject=("reward_model", model.pk))


def newest_job(model: RewardModel) -> Job | None:
    return Job.objects.filter(kind=KIND, subject_id=model.pk).order_by("-created_at").first()


def newest(model: RewardModel) -> list[TrackingReport]:
    """The newest look at each project that still stands, the latest first."""
    found = standing(model.workspace_id).filter(reward_model=model)
    return sorted(found, key=lambda one: one.as_of, reverse=True)


def standing(workspace: UUID) -> QuerySet[TrackingReport]:
    """The newest look of each of a workspace's models at each of its projects that still stands."""
    projects_ = Project.objects.standing().filter(workspace=workspace).values("pk")
    found = TrackingReport.objects.filter(reward_model__workspace=workspace, project__in=projects_)
    order = ("reward_model", "project")
    return found.order_by(*order, "-as_of", "id").distinct(*order)


def flag(model: RewardModel) -> TrackingReport | None:
    """The newest look that raised the flag, while no later one at the same project took it back."""
    return next((one for one in newest(model) if one.is_flagged), None)


def flagged(scope: Scope) -> set[UUID]:
    """The models of a workspace that carry a flag."""
    looks = standing(scope.workspace.pk).filter(reward_model__deleted_at=None)
    flags = TrackingReport.objects.filter(pk__in=looks.values("pk"), is_flagged=True)
    return set(flags.values_list("reward_model", flat=True).distinct())
