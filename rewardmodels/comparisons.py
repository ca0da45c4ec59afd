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
    found = RewardModel.objects.in_bulk([work.arguments["one"], work.arguments["other"]])
    models = {str(pk): model for pk, model in found.items()}
    if len(models) < 2 or any(model.deleted_at for model in models.values()):
        raise Failed("One of the two models was deleted meanwhile.")
    return compared(models[work.arguments["one"]], models[work.arguments["other"]])


def compared(one: RewardModel, other: RewardModel) -> dict[str, Any]:
    """On comparisons that were decided, and on every other kind of judgment that both foretell; on the first split of
    which they share enough."""
    from rewardmodels.learning import comparing, held_out

    why = ""
    for split in SPLITS:
        found: dict[str, Any] = {"split": split}
        first, second = (held_out.read(places.folder_of(model.pk), split) for model in (one, other))
        kinds = [held_out.read_kinds(places.folder_of(model.pk), split) for model in (one, other)]
        if first and second:
            try:
                found |= comparing.compare(comparing.shared(first, second))
            except comparing.Incomparable as error:
                why = why or str(error)
        found["kinds"] = comparing.compare_kinds(kinds[0], kinds[1])
        if "n" in found or found["kinds"]:
            return found
    raise Failed(why or reason(one, other))


def reason(one: RewardModel, other: RewardModel) -> str:
    """Why two models were asked nothing in common."""
    from rewardmodels.learning import held_out

    for model in (one, other):
        folder = places.folder_of(model.pk)
        if not any(held_out.read(folder, split) or held_out.read_kinds(folder, split) for split in SPLITS):
            return f"“{model.name}” was saved without held-out judgments, so there is nothing to compare it on."
    return "The two models foretold no judgments of the same kind and split, so there is nothing to compare them on."
