"""Reward models that people delete, and what of learning depends on a snapshot, a project or another model."""

import shutil
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.deletion import kinds
from accounts.deletion.kinds import Dependants, Kind
from accounts.scope import Scope
from annotation.models import Project, Snapshot, SortingPlan
from jobs import launch
from rewardmodels import places
from rewardmodels.composing import PREFIX
from rewardmodels.models import RewardModel, Standing


def register() -> None:
    kinds.register(
        Kind(
            "reward_model",
            title=gettext_lazy("Reward models"),
            model=RewardModel,
            index=kinds.listed("reward-models"),
            url=lambda slug, pk: reverse("reward-model", kwargs={"slug": slug, "pk": pk}),
            goes=gettext_lazy("It scores nothing more and can take part in nothing new; learning stops."),
            bar=bar,
            stop=stop,
            remove=remove,
            clear=clear,
        )
    )
    kinds.register_dependants("project", "reward models", of_project)
    kinds.register_dependants("snapshot", "reward models", of_snapshot)
    kinds.register_dependants("reward_model", "reward models", made_of)
    kinds.register_dependants("reward_model", "orders", ordered_by)


def bar(model: RewardModel) -> str:
    is_approved = model.standing == Standing.APPROVED
    return _("An approved reward model cannot be deleted; retire it first.") if is_approved else ""


def stop(scope: Scope, model: RewardModel) -> None:
    if model.job is not None and not model.job.is_over:
        launch.cancel(model.job, scope)


def remove(model: RewardModel) -> None:
    folder = places.folder_of(model.pk)
    model.delete()
    transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))


def clear(model: RewardModel) -> None:
    """The weights go; the row stays, for the lineage of what was built on it."""
    shutil.rmtree(places.folder_of(model.pk), ignore_errors=True)


def models(scope: Scope, rows: QuerySet[RewardModel]) -> Dependants:
    return kinds.standing(scope, "reward_model", rows, lambda n: ngettext("%d reward model", "%d reward models", n) % n)


def of_project(scope: Scope, project: Project) -> Dependants:
    return models(scope, RewardModel.objects.filter(snapshot__project=project))


def of_snapshot(scope: Scope, snapshot: Snapshot) -> Dependants:
    return models(scope, RewardModel.objects.filter(snapshot=snapshot))


def made_of(scope: Scope, model: RewardModel) -> Dependants:
    """Compositions that learned from what this one says."""
    return models(scope, RewardModel.objects.filter(settings__models__contains=[f"{PREFIX}{model.pk}"]))


def ordered_by(scope: Scope, model: RewardModel) -> Dependants:
    """Projects whose tasks come in an order by what this model is unsure of."""

    def say(n: int) -> str:
        return ngettext("%d project put in order by it", "%d projects put in order by it", n) % n

    def address(project: Any) -> str:
        return reverse("project-order", kwargs={"slug": scope.workspace.slug, "project": project.pk})

    planned = SortingPlan.objects.filter(source=model.pk).values("project")
    rows = Project.objects.standing().filter(workspace=scope.workspace, pk__in=planned)
    return kinds.counted(rows, say, address)
