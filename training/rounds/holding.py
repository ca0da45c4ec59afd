"""What the run of each round is held to, as people read it: as it was begun with, or as it would be."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from jobs import tellers
from jobs.models import Job
from rewardmodels.models import RewardModel
from training.models import Campaign, Role, RoundStep, Run
from training.rounds import bounds, campaigns
from training.rounds.settings import OWN
from web.figures import minus
from web.words import Words


@dataclass(frozen=True)
class Hold:
    """One bound, on a reward model's mean or on the distance."""

    name: str
    role: str
    threshold: float
    unit: str
    reward_model: str = ""  # its id; empty of the distance, and of what is not learned yet

    @property
    def key(self) -> str | None:
        return self.reward_model or None

    def __str__(self) -> str:
        plain = {
            "name": self.name,
            "role": Role(self.role).label,
            "threshold": minus(f"{self.threshold:g}"),
            "unit": self.unit,
        }
        return (_("{name} {role} {threshold} {unit}") if self.unit else _("{name} {role} {threshold}")).format(**plain)


def of_rounds(campaign: Campaign) -> dict[int, list[Hold]]:
    """By number of a round whose run has begun; in as many queries however many there are."""
    begun = RoundStep.objects.filter(round__campaign=campaign, name="run")
    numbers = {subject: number for number, subject in begun.values_list("round__number", "subject_id")}
    found = Run.objects.filter(pk__in=numbers).prefetch_related("components__bounds", "components__reward_model")
    return {numbers[run.pk]: list(of_run(run)) for run in found}


def of_run(run: Run) -> Iterable[Hold]:
    if run.kl.get("role") == Role.AT_MOST:
        yield distance(run.kl["target"])
    for part in run.components.all():
        model = part.reward_model
        for bound in part.bounds.all():
            yield Hold(model.name, bound.role, bound.threshold, model.unit_alone, str(model.pk))


def planned(campaign: Campaign) -> list[Hold]:
    """Of a run that would begin now."""
    held = bounds.of(campaign).components
    named = [UUID(one.reward_model) for one in held if one.reward_model != OWN]
    models: dict[str, Any] = {str(model.pk): model for model in RewardModel.objects.filter(pk__in=named)}
    found = [distance(campaigns.settings_of(campaign).kl_target)]
    for one in held:
        model = models.get(one.reward_model)
        name = model.name if model else _("The reward of the round")
        for bound in one.bounds:
            unit, key = (model.unit_alone, str(model.pk)) if model else (one.unit, "")
            found.append(Hold(name, bound.role, bound.threshold, unit, key))
    return found


def source(campaign: Campaign) -> tuple[Words, str] | None:
    """What thresholds were found by, where some were, and its page."""
    asked = bounds.of(campaign).thresholds_from
    job = Job.objects.filter(pk=UUID(asked), workspace=campaign.workspace).first() if asked else None
    return tellers.page(job, campaign.workspace.slug) if job else None


def distance(nats: float) -> Hold:
    return Hold(_("KL"), Role.AT_MOST.value, nats, _("nats"))
