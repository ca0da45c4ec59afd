"""What people fill in: a campaign to begin; the reason for an approval; which policy goes on."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _said
from django.utils.translation import gettext_lazy as _

from accounts.scope import Scope
from annotation import calling
from annotation.models import Project
from api import methods
from api.schemas import form_for
from api.schemas.forms import SettingsForm
from rewardmodels import wording
from rewardmodels.models import RewardModel
from rewardmodels.tracking import asking as tracking
from training.models import Round
from training.prompts import TEXTWORLD
from training.rounds import bounds, campaigns
from training.rounds.making import NEW, OLD
from training.rounds.settings import OWN, CampaignRules, CampaignSettings

RECORDS = "records"
CHOSEN = ("feedback_kinds", "reward_model_kinds", "algorithms")


class CampaignForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    policy = forms.CharField(
        label=_("Policy"),
        max_length=300,
        initial=TEXTWORLD,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_(
            "builtin:textworld is the text world’s own policy, made on first use; run:ID@STEP goes on from that "
            "checkpoint of a run; or a folder or a hub’s name of a causal model, where the operator allows it."
        ),
    )
    prompts = forms.ChoiceField(
        label=_("Prompts"), help_text=_("Four to a thousand; a fifth of them is held out for the verdicts.")
    )
    records = forms.CharField(
        label=_("Prompts, one a line"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Only for “the lines below”."),
    )

    def __init__(self, *args: Any, scope: Scope, **options: Any) -> None:
        super().__init__(*args, **options)
        found = Project.objects.standing().filter(workspace=scope.workspace).order_by("-created_at")
        called = calling.namer(found)
        mine = [(f"project:{project.pk}", called(project)) for project in found]
        self.fields["prompts"].choices = [  # type: ignore[attr-defined]
            (TEXTWORLD, _("Of the text world")),
            (RECORDS, _("The lines below")),
            (_("Of a project"), mine),
        ]

    @property
    def asked(self) -> Any:
        """Where the prompts come from, as the domain takes it."""
        chosen = self.cleaned_data["prompts"]
        if chosen == RECORDS:
            return {"records": [line for line in self.cleaned_data["records"].splitlines() if line.strip()]}
        return {"project": chosen.removeprefix("project:")} if chosen.startswith("project:") else chosen


def settings_form(given: Any) -> SettingsForm:
    """The settings in the reader's language, with the titles of what can be chosen."""
    form = wording.say(form_for(CampaignSettings)(given))
    titles = {method.name: _said(str(method.title)) for section in CHOSEN for method in methods.all_of(section)}
    for name in ("kind", "reward_kind", "algorithm"):
        field: Any = form.fields[name]
        field.choices = [(value, titles.get(value, label)) for value, label in field.choices]
    return form


def rules_form(given: Any, *, initial: Any) -> SettingsForm:
    return wording.say(form_for(CampaignRules)(given, initial=initial))


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Why"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("A sentence; it stays in the history."),
    )  # fmt: skip


class VerdictForm(ReasonForm):
    keeps = forms.ChoiceField(
        label=_("Which policy goes on?"),
        choices=[(NEW, _("The new one")), (OLD, _("The old one, as it was"))],
        widget=forms.RadioSelect,
    )
    field_order = ["keeps", "reason"]


class FlaggedForm(forms.Form):
    why_flagged = forms.CharField(
        label=_("Why a flagged model may take part"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("People have stopped agreeing with it. What is written here is kept with the run."),
    )  # fmt: skip


FORMS: dict[str, type[forms.Form]] = {"approval": ReasonForm, "verdict": VerdictForm}


def asking(one: Round) -> dict[str, type[forms.Form]]:
    """The form of each step of a round that asks something; a run does where one of its reward models has a flag."""
    learned = campaigns.steps_of(one).get("reward_model")
    named = [held.reward_model for held in bounds.of(one.campaign).components if held.reward_model != OWN]
    models = RewardModel.objects.filter(pk__in=[*named, *([learned.subject_id] if learned else [])])
    has_flagged = any(tracking.flag(model) is not None for model in models)
    return {**FORMS, "run": FlaggedForm} if has_flagged else FORMS
