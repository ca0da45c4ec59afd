"""Asking for a learning curve."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.scope import Scope
from api.refusals import Conflict
from jobs import launch
from jobs.models import Job
from rewardmodels.models import RewardModel

KIND = "rewardmodels.curve"
COMPARED = ("pairwise", "cardinal")  # kinds of judgment that hold comparisons of two answers


def newest(model: RewardModel) -> Job | None:
    return (
        Job.objects.filter(kind=KIND, subject_kind="reward_model", subject_id=model.pk).order_by("-created_at").first()
    )


def reason_against(model: RewardModel) -> str:
    """Why no curve can be drawn of this model, in a sentence; empty where one can."""
    if not model.is_trained:
        return _("Only a trained reward model has a learning curve; this one has not been learned yet.")
    if model.snapshot is None:
        return _("This model was brought in: what it learned from is not here, so there is nothing to take parts of.")
    for split in ("train", "test"):
        if not any(model.snapshot.counts.get(kind, {}).get(split) for kind in COMPARED):
            return _("A learning curve needs comparisons of two answers in the training and in the test split.")
    return ""


@transaction.atomic
def begin(*, scope: Scope, model: RewardModel) -> Job:
    """Ring for the worker that draws the curve."""
    RewardModel.objects.select_for_update(of=("self",)).get(pk=model.pk)  # two at once are one
    if reason := reason_against(model):
        raise Conflict(reason)
    last = newest(model)
    if last is not None and not last.is_over:
        raise Conflict(_("The learning curve of this model is being drawn already."))
    return launch.start(
        KIND, scope=scope, arguments={"reward_model": str(model.pk)}, subject=("reward_model", model.pk)
    )
