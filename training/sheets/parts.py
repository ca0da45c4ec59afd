"""The reward models in the form of a new run."""

from dataclasses import dataclass, field
from functools import cached_property
from statistics import fmean
from typing import Any
from uuid import UUID

from django.http import QueryDict

from accounts.scope import Scope
from jobs.models import Job
from rewardmodels.models import RewardModel, Standing
from training import pictures
from training.forms import PartForm
from training.models import Role
from training.references import reach
from training.references.reach import Came
from web.plots import Plot

MOST_MODELS = 40  # that a form offers, the approved and the newest first


@dataclass
class Part:
    """One reward model in the form."""

    model: RewardModel
    form: PartForm
    values: list[float] = field(default_factory=list)  # rewards of reference samples, lowest first
    are_margins: bool = False  # whether thresholds count from the mean of these

    @cached_property
    def seen(self) -> Came | None:
        """How far runs have brought its mean."""
        return reach.came(self.model.workspace, self.model.sha256)

    @property
    def is_open(self) -> bool:
        """Whether anything was said of it, so that its fields are seen."""
        return bool(self.form.errors) or any(str(bound.value() or "") not in ("", "False") for bound in self.form)

    @property
    def thresholds(self) -> list[tuple[str, float]]:
        """What they come to; of margins nothing before the reference was looked at."""
        if self.are_margins and not self.values:
            return []
        begin = fmean(self.values) if self.are_margins else 0.0
        found = ((role, number(self.form[role].value())) for role in Role.values)
        return [(role, begin + value) for role, value in found if value is not None]

    @property
    def warnings(self) -> list[str]:
        """Thresholds that nothing has come to, in sentences."""
        name = self.model.name
        found = [reach.warning(name, role, value, self.values, self.seen) for role, value in self.thresholds]
        return [said for said in found if said]

    @property
    def picture(self) -> Plot | None:
        if not self.values:
            return None
        return pictures.histogram(self.model.name, self.model.unit_alone, self.values, self.thresholds)

    @property
    def picture_id(self) -> str:
        return f"reference-{self.model.pk}"


def models(scope: Scope) -> list[RewardModel]:
    """The trained reward models that are not retired: approved before candidates, newest first."""
    found = RewardModel.objects.filter(workspace=scope.workspace, deleted_at=None, trained_at__isnull=False)
    return list(found.exclude(standing=Standing.RETIRED).order_by("standing", "-created_at")[:MOST_MODELS])


def prefix_of(pk: UUID) -> str:
    return f"part-{pk}"


def part_of(model: RewardModel, data: QueryDict, look: Job | None, *, is_sent: bool, are_margins: bool) -> Part:
    prefix = prefix_of(model.pk)
    if is_sent:
        form = PartForm(data, prefix=prefix)
    else:
        given = {name: data[key] for name in PartForm.base_fields if (key := f"{prefix}-{name}") in data}
        form = PartForm(None, prefix=prefix, initial=given)
    rewards = (look.result or {}).get("rewards", {}) if look else {}
    return Part(model, form, rewards.get(str(model.pk), {}).get("values", []), are_margins)


def number(given: Any) -> float | None:
    """What was typed so far, where it is a number."""
    try:
        return float(given)
    except (TypeError, ValueError):
        return None
