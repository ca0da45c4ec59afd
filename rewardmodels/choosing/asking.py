"""Asking for the tasks of a project to be put in order, and doing so again when a newer model was approved."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Workspace
from accounts.scope import Scope
from annotation import projects
from annotation.models import Project, SortingPlan
from annotation.queue import sorting
from api.refusals import Conflict, Invalid
from jobs import launch
from jobs.models import Job
from rewardmodels.models import RewardModel, Standing, StandingChange
from web.words import Words

KIND = "rewardmodels.choose"
COMPARED = ("pairwise", "cardinal")  # kinds of task whose two answers are compared
LEAST_SHARE, MOST_SHARE = 0.05, 0.9

# What each rule asks about first, as people read it.
RULES: dict[str, Words] = {
    "information": gettext_lazy("What tells most about the model (BALD)"),
    "decision": gettext_lazy("What could change which answer is best"),
    "determinant": gettext_lazy("What makes its weights surest (D-optimal)"),
    "exploration": gettext_lazy("Answers that may be best (upper bounds)"),
    "variance": gettext_lazy("Where it is least sure of the difference"),
    "random": gettext_lazy("Chance alone"),
}
# Which models know how sure they are.
KNOWS_ITS_SPREAD = Q(kind="ensemble") | Q(kind="bradley_terry", settings__mode="frozen", settings__head="linear")


@dataclass(frozen=True)
class Wish:
    """How the tasks of a project shall be ordered."""

    reward_model: UUID
    rule: str
    random_share: float
    is_automatic: bool = False


def able(workspace: Workspace) -> QuerySet[RewardModel]:
    """Approved models that know how sure they are, the one approved last first."""
    approved = StandingChange.objects.filter(reward_model=OuterRef("pk"), after=Standing.APPROVED).order_by("-at")
    found = RewardModel.objects.filter(
        KNOWS_ITS_SPREAD, workspace=workspace, standing=Standing.APPROVED, deleted_at=None, snapshot__isnull=False
    )
    return found.annotate(approved_at=Subquery(approved.values("at")[:1])).order_by("-approved_at", "-created_at")


def reason_against(model: RewardModel) -> str:
    """Why this model cannot order tasks, in a sentence; empty where it can."""
    if model.deleted_at is not None:
        return _("The reward model was deleted; choose another one.")
    if model.standing != Standing.APPROVED:
        said = _(
            "“{name}” is {standing}: only an approved reward model orders tasks. Approve it or choose another one."
        )
        return said.format(name=model.name, standing=model.get_standing_display())
    if not able(model.workspace).filter(pk=model.pk).exists():
        return _(
            "This reward model does not know how sure it is: an ensemble does, and a Bradley–Terry model with a linear "
            "head on a frozen backbone."
        )
    return ""


def jobs_of(project: Project, kind: str = KIND) -> QuerySet[Job]:
    return Job.objects.filter(kind=kind, subject_kind="project", subject_id=project.pk).order_by("-created_at")


def under_way(project: Project, kind: str = KIND) -> Job | None:
    waiting = [Job.State.QUEUED, Job.State.RUNNING]
    return jobs_of(project, kind).filter(state__in=waiting, cancel_requested_at=None).first()


def seed_of(project: Project) -> int:
    """Of the random share: the same for as long as the project lives, whatever model or rule is chosen."""
    return int(project.pk.int % 2**62)


@transaction.atomic
def begin(*, scope: Scope, project: Project, wish: Wish) -> Job:
    """Keep the plan and ring for the worker; the project then deals by priority. The one under way, where there is."""
    check(project, wish)
    model = able_one(scope, wish.reward_model)
    if project.ordering != Project.Ordering.PRIORITY:  # locks seats, tasks and the project, in this order
        projects.change(scope=scope, project=project, wish=projects.Wish(ordering="priority"))
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if (running := under_way(project)) is not None:
        return running
    values = {"rule": wish.rule, "random_share": wish.random_share, "is_automatic": wish.is_automatic}
    plan, _made = SortingPlan.objects.update_or_create(
        project=project, defaults={"source": model.pk, "changed_by": scope.person, **values}
    )
    scope.record("tasks.ordered", "project", project.pk, reward_model=str(model.pk), **values)
    return launch.start(KIND, scope=scope, arguments=arguments(plan), subject=("project", project.pk))


def check(project: Project, wish: Wish) -> None:
    if wish.rule not in RULES:
        raise Invalid(_("Choose one of: {known}.").format(known=", ".join(RULES)), field="rule")
    if not LEAST_SHARE <= wish.random_share <= MOST_SHARE:
        said = _("Leave a share from {least} to {most} to chance: only it tells how good models and rules are.")
        raise Invalid(said.format(least=LEAST_SHARE, most=MOST_SHARE), field="random_share")
    if not project.tasks.filter(kind__in=COMPARED).exists():
        raise Conflict(_("This project has no tasks in which two answers are compared: there is nothing to choose."))


def able_one(scope: Scope, pk: UUID) -> RewardModel:
    model = RewardModel.objects.filter(workspace=scope.workspace, deleted_at=None, pk=pk).first()
    if model is None:
        raise Invalid(_("There is no such reward model in this workspace."), field="reward_model")
    if reason := reason_against(model):
        raise Conflict(reason, field="reward_model")
    return model


def arguments(plan: SortingPlan) -> dict[str, Any]:
    return {
        "project": str(plan.project_id),
        "reward_model": str(plan.source),
        "rule": plan.rule,
        "random_share": plan.random_share,
    }


def plan_of(project: Project) -> SortingPlan | None:
    return SortingPlan.objects.filter(project=project).first()


def model_of(plan: SortingPlan) -> RewardModel | None:
    """Also when it is approved no more; None where it is gone for good."""
    return RewardModel.objects.filter(workspace=plan.project.workspace_id, pk=plan.source).first()


@transaction.atomic
def set_automatic(*, scope: Scope, project: Project, is_automatic: bool) -> SortingPlan:
    plan = SortingPlan.objects.select_for_update(of=("self",)).filter(project=project).first()
    if plan is None:
        raise Conflict(_("The tasks of this project were never put in order by a model: choose one first."))
    if plan.is_automatic != is_automatic:
        plan.is_automatic = is_automatic
        plan.save(update_fields=["is_automatic"])
        scope.record("tasks.ordered_by_themselves", "project", project.pk, is_automatic=is_automatic)
    return plan


def again_due() -> int:
    """The sweeper's chore: how many projects it has put in order anew, after a model of theirs was approved."""
    plans = SortingPlan.objects.filter(is_automatic=True, project__deleted_at=None).exclude(project__status="closed")
    return sum(begin_unasked(plan) for plan in plans.select_related("project__workspace"))


@transaction.atomic
def begin_unasked(plan: SortingPlan) -> bool:
    """Whether there was a model that learned from this project and was approved after it was last put in order."""
    project = Project.objects.select_for_update(no_key=True).select_related("workspace").get(pk=plan.project_id)
    plan = SortingPlan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
    newer = able(project.workspace).filter(snapshot__project=project).first()
    last = jobs_of(project).first()
    if newer is None or under_way(project) is not None:
        return False
    if last is not None and newer.approved_at <= last.created_at:  # type: ignore[attr-defined]
        return False
    plan.source = newer.pk
    plan.save(update_fields=["source"])
    launch.start_unasked(KIND, workspace=project.workspace, arguments=arguments(plan), subject=("project", project.pk))
    return True


def last_sorted(project: Project) -> Any:
    """The newest order that was given to all tasks."""
    return sorting.newest(project).filter(ended_at__isnull=False).first()
