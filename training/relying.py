"""Runs and searches that are not over, and stop when a reward model may not take part in them any more."""

from django.db.models import Q
from django.urls import reverse

from accounts import access
from accounts.scope import Scope
from jobs.models import Job
from rewardmodels.models import RewardModel
from rewardmodels.reliance import Going
from training.checks import hearers
from training.models import Run
from training.searches.asking import KIND

ALIVE = (Job.State.QUEUED, Job.State.RUNNING)


def of_model(scope: Scope, model: RewardModel) -> list[Going]:
    return [*runs(scope, model), *searches(scope, model)] if access.may(scope.role, "run.read") else []


def runs(scope: Scope, model: RewardModel) -> list[Going]:
    takes_part = Q(components__reward_model=model) | Q(golds__reward_model=model)
    own = Run.objects.filter(takes_part, workspace=scope.workspace, deleted_at=None, job__state__in=ALIVE)
    slug = scope.workspace.slug
    return [
        Going(run.name, reverse("run", kwargs={"slug": slug, "pk": run.pk}), run.allow_candidate)
        for run in own.distinct().order_by("-created_at")
    ]


def searches(scope: Scope, model: RewardModel) -> list[Going]:
    own, pk = Job.objects.filter(workspace=scope.workspace, kind=KIND, state__in=ALIVE), str(model.pk)
    takes_part = Q(arguments__components__contains=[{"model": pk}]) | Q(arguments__wanted__model=pk)
    return [
        Going(hearers.titled(job), hearers.address(scope, job.pk), job.arguments["allow_candidate"])
        for job in own.filter(takes_part).order_by("-created_at")
    ]
