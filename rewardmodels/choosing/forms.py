"""The form of a project's order."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from annotation.models import Snapshot, SortingPlan
from rewardmodels.choosing.asking import LEAST_SHARE, MOST_SHARE, RULES, Wish
from rewardmodels.models import RewardModel


class OrderForm(forms.Form):
    """Which model decides by which rule, and how much is left to chance."""

    reward_model = forms.ModelChoiceField(
        RewardModel.objects.none(),
        label=_("Reward model"),
        empty_label=None,
        help_text=_("Approved ones that know how sure they are: ensembles, and linear heads on a frozen backbone."),
    )
    rule = forms.ChoiceField(label=_("Ask first about"), choices=list(RULES.items()))
    random_share = forms.FloatField(
        label=_("Share left to chance"),
        initial=0.2,
        min_value=LEAST_SHARE,
        max_value=MOST_SHARE,
        help_text=_("Asked at random, whatever the model: only these judgments tell how good models and rules are."),
    )
    is_automatic = forms.BooleanField(
        label=_("Again by itself, whenever a newer model of this project is approved"), required=False
    )

    def __init__(self, data: Any, *, able: QuerySet[RewardModel], plan: SortingPlan | None) -> None:
        names = ("rule", "random_share", "is_automatic")
        initial = {"reward_model": plan.source, **{name: getattr(plan, name) for name in names}} if plan else {}
        super().__init__(data, initial=initial)
        self.fields["reward_model"].queryset = able  # type: ignore[attr-defined]

    @property
    def wish(self) -> Wish:
        given = dict(self.cleaned_data)
        return Wish(given.pop("reward_model").pk, **given)


class ReplayForm(forms.Form):
    """Whose judgments are asked once more."""

    snapshot = forms.ModelChoiceField(Snapshot.objects.none(), label=_("Snapshot"), empty_label=None)

    def __init__(self, data: Any, *, frozen: QuerySet[Snapshot]) -> None:
        super().__init__(data)
        self.fields["snapshot"].queryset = frozen  # type: ignore[attr-defined]
        self.fields["snapshot"].label_from_instance = lambda snapshot: snapshot.name  # type: ignore[attr-defined]
