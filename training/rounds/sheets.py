"""The form of a campaign's bounds: those of the reward that a round learns, of each approved model, and found ones."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _said
from django.utils.translation import gettext_lazy as _

from accounts.scope import Scope
from jobs.models import Job
from rewardmodels.models import RewardModel, Standing
from training.forms import BoundsForm
from training.rounds.bounds import FIELD, FROM, searched
from training.rounds.settings import OWN, CampaignBounds
from web.plots import short

MOST_MODELS, MOST_SEARCHES = 40, 10  # that are offered, the newest first


class FromForm(forms.Form):
    thresholds_from = forms.ChoiceField(
        label=_("Take thresholds from"),
        required=False,
        help_text=_(
            "A finished search for thresholds: each of its reward models that has no bound below is pulled to what was "
            "found for it."
        ),
    )

    def __init__(self, data: Any, *, scope: Scope, chosen: str) -> None:
        super().__init__(data, initial={"thresholds_from": chosen})
        self.fields["thresholds_from"].choices = [("", _said("None")), *searches(scope, chosen)]  # type: ignore[attr-defined]


def searches(scope: Scope, chosen: str) -> list[tuple[str, str]]:
    """The newest that are done, and the one that is chosen, each with what it found."""
    done = searched(scope).filter(state=Job.State.SUCCEEDED)
    listed = list(done[:MOST_SEARCHES])
    if chosen and all(str(job.pk) != chosen for job in listed):
        listed += done.filter(pk=chosen) if is_key(chosen) else []
    return [(str(job.pk), ", ".join(found(job))) for job in listed]


def found(job: Job) -> list[str]:
    return [f"{one['title']} {short(one['threshold'])}" for one in (job.result or {}).get("components", [])]


def is_key(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@dataclass
class Row:
    """One reward model."""

    key: str  # its id, or the word for the one that a round learns
    title: str
    unit: str
    standing: str
    form: BoundsForm

    @property
    def is_open(self) -> bool:
        return bool(self.form.errors) or any(bound.value() not in (None, "") for bound in self.form)


@dataclass
class Sheet:
    source: FromForm
    rows: list[Row]

    def are_valid(self) -> bool:
        checked = [self.source.is_valid(), *(row.form.is_valid() for row in self.rows)]
        return all(checked)

    @property
    def held(self) -> list[Row]:
        return [row for row in self.rows if row.form.bounds]

    @property
    def wished(self) -> dict[str, Any]:
        """As the API takes it."""
        components = [{"reward_model": row.key, "bounds": row.form.bounds} for row in self.held]
        return {"components": components, "thresholds_from": self.source.cleaned_data["thresholds_from"]}

    def say(self, path: str, message: str) -> None:
        """At the bound, or the reward model, or the search that it is about."""
        place, _dot, rest = path.removeprefix(f"{FIELD}.components.").partition(".")
        held = self.held
        if path == FROM or not place.isdecimal() or int(place) >= len(held):  # those after them were found
            self.source.add_error("thresholds_from", message)
            return
        form = held[int(place)].form
        number = rest.removeprefix("bounds.").partition(".")[0]
        form.add_error(form.bounds[int(number)]["role"] if number.isdecimal() else None, message)


def sheet(scope: Scope, stands: CampaignBounds, data: Any = None, *, chosen: str = "") -> Sheet:
    """As the bounds stand; with data, as it was sent."""
    given = {one.reward_model: {bound.role: bound.threshold for bound in one.bounds} for one in stands.components}
    rows = [row(OWN, _said("The reward that the round has learned"), data, given)]
    approved = RewardModel.objects.filter(workspace=scope.workspace, deleted_at=None, standing=Standing.APPROVED)
    listed = list(approved.order_by("-created_at")[:MOST_MODELS])
    known = {OWN, *(str(model.pk) for model in listed)}
    listed += RewardModel.objects.filter(workspace=scope.workspace, pk__in=[key for key in given if key not in known])
    rows += [row(str(one.pk), one.name, data, given, unit=one.unit_alone, standing=one.standing) for one in listed]
    return Sheet(FromForm(data, scope=scope, chosen=chosen or stands.thresholds_from), rows)


def row(key: str, title: str, data: Any, given: dict[str, Any], *, unit: str = "", standing: str = "") -> Row:
    return Row(key, title, unit, standing, BoundsForm(data, prefix=f"held-{key}", initial=given.get(key, {})))
