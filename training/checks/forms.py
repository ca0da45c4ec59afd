"""What people fill in about how a run is checked."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _

from rewardmodels.models import RewardModel, Standing
from training.checks.asking import WORLD
from training.components import MODEL
from training.learning.settings.checks import Checks

CHECKS = "checks"


class ChecksForm(forms.Form):
    use = forms.BooleanField(
        label=_("Look at prompts held out"),
        required=False,
        help_text=_("Some prompts are never learned from; the policy answers them every so many steps."),
    )
    golds = forms.MultipleChoiceField(
        label=_("Checked by"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Reward models that are not components of the run. The first of them says which step was best; the "
            "checkpoint of that step is kept."
        ),
    )
    every = forms.IntegerField(label=_("Every so many steps"), required=False, min_value=1, initial=Checks.every)
    held_out = forms.FloatField(
        label=_("Share of prompts held out"),
        required=False,
        initial=Checks.held_out,
        help_text=_("Which ones follows from the seed; prompts that begin alike stay together."),
    )
    fall = forms.FloatField(
        label=_("Stop after a fall of"),
        required=False,
        initial=0.3,
        help_text=_(
            "The share of what the first check had gained whose loss, beyond two standard errors, ends the run; empty "
            "never ends it."
        ),
    )

    def __init__(self, data: Any, *, models: Sequence[RewardModel], initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, prefix=CHECKS, initial=initial)
        known = [(f"{MODEL}{one.pk}", titled(one)) for one in models]
        self.fields["golds"].choices = [*known, (WORLD, _("The text world’s own truth"))]  # type: ignore[attr-defined]

    @property
    def is_used(self) -> bool:
        return bool(self.cleaned_data.get("use") or self.cleaned_data.get("golds"))

    @property
    def asked(self) -> dict[str, Any] | None:
        """As the API takes it; a fall without a check is no wish of anybody who left the box as it was."""
        if not self.is_used:
            return None
        given = {name: self.cleaned_data.get(name) for name in ("every", "held_out", "fall", "golds")}
        return given if given["golds"] else {**given, "fall": None}


def titled(model: RewardModel) -> str:
    """A candidate is said to be one."""
    if model.standing == Standing.APPROVED:
        return model.name
    return _gettext("{name} ({standing})").format(name=model.name, standing=Standing(model.standing).label)
