"""Two reward models side by side, on the judgments that both were asked and neither learned from: by a job, once."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.scope import Scope
from api.refusals import Conflict, Invalid
from jobs import launch
from jobs.models import Job
from jobs.work import Failed, Work
from rewardmodels import places
from rewardmodels.models import RewardModel

KIND = "rewardmodels.compare"
SPLITS = ("test", "validation")


@transaction.atomic
def start(*, scope: Scope, one: RewardModel, other: RewardModel) -> Job:
    """The job that compares; one that did already for the same weights is answered again."""
    if one.pk == other.pk:
        raise Invalid(_("Choose two models that differ."), field="other")
    for model, field in ((one, "one"), (other, "other")):
        if not model.is_trained:
            raise Conflict(_("“{name}” is not trained yet.").format(name=model.name), field=field)
    arguments = {"one": str(one.pk), "other": str(other.pk), "sha256": [one.sha256, other.sha256]}
    known = Job.objects.filter(workspace=scope.workspace, kind=KIND, arguments=arguments)
    known = known.exclude(state__in=[Job.State.FAILED, Job.State.CANCELLED])
    return known.first() or launch.start(KIND, scope=scope, arguments=arguments, subject=("reward_model", one.pk))


def find(*, scope: Scope, job: UUID) -> Job:
    return get_object_or_404(Job.objects.filter(workspace=scope.workspace, kind=KIND), pk=job)


def run(work: Work) -> dict[str, Any]:
    """What `rewardmodels.learning.comparing` says of the two; in the worker alone, for it loads torch."""
    from rewardmodels.learning import comparing

    found = RewardModel.objects.in_bulk([work.arguments["one"], work.arguments["other"]])
    models = {str(pk): model for pk, model in found.items()}
    if len(models) < 2 or any(model.deleted_at for model in models.values()):
        raise Failed("One of the two models was deleted meanwhile.")
    one, other = models[work.arguments["one"]], models[work.arguments["other"]]
    split, rows = shared_split(one, other)
    return {"split": split, **comparing.compare(comparing.shared(*rows))}


def shared_split(one: RewardModel, other: RewardModel) -> tuple[str, list[Any]]:
    """The first split of which both have held-out judgments."""
    from rewardmodels.learning import held_out

    for split in SPLITS:
        rows = [held_out.read(places.folder_of(model.pk), split) for model in (one, other)]
        if all(row is not None and len(row) for row in rows):
            return split, rows
    for model, found in zip((one, other), rows, strict=True):
        if found is None or not len(found):
            raise Failed(f"“{model.name}” was saved without held-out judgments, so there is nothing to compare it on.")
    raise Failed("The two models were held against different splits, so they share nothing to be compared on.")
