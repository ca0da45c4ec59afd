"""Whether the reward models of a run may still take part: an approval that is withdrawn stops what depends on it."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from jobs.work import Failed
from rewardmodels.models import RewardModel, Standing
from training.models import Run


def withdrawn(run: Run) -> str:
    """A sentence about the first of its reward models that may not take part any more; empty where all may."""
    return next((said for model in models_of(run) if (said := objection(model, run.allow_candidate))), "")


def models_of(run: Run) -> Iterator[RewardModel]:
    """Components, and what it is checked by, as they stand now."""
    yield from RewardModel.objects.filter(parts__run=run).order_by("name").distinct()
    yield from RewardModel.objects.filter(checked__run=run).order_by("name").distinct()


def objection(model: RewardModel, allow_candidate: bool) -> str:
    if model.deleted_at is not None:
        return _("The reward model “{name}” was deleted.").format(name=model.name)
    if model.standing == Standing.APPROVED or (allow_candidate and model.standing == Standing.CANDIDATE):
        return ""
    said = _("The approval of the reward model “{name}” was withdrawn: {why} Approved again, the run can go on.")
    last = model.standing_changes.first()
    return said.format(name=model.name, why=sentence(last.reason) if last else "")


def sentence(reason: str) -> str:
    """With a full stop at its end."""
    return reason if reason.endswith((".", "!", "?", "…", "。")) else f"{reason}."


def must_stand(run: Run) -> None:
    """Failed with that sentence; what was kept until now stays."""
    if said := withdrawn(run):
        raise Failed(said)
