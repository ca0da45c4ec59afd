"""What people fill in about how a run is checked."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _

from accounts.scope import Scope
from annotation import calling
from annotation.models import Kind, Project
from rewardmodels.models import RewardModel, Standing
from training.checks.asking import WORLD
from training.components import MODEL
from training.learning.settings.checks import Asking, Checks

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
    goodhart = forms.BooleanField(
        label=_("Stop where the proxy no longer vouches"),
        required=False,
        help_text=_(
            "Where the objective has gained so little for the way that the policy has gone that a truth which agrees "
            "with it as often as people did may have lost. It is known how often from each reward model’s test split."
        ),
    )

    people_project = forms.ModelChoiceField(
        Project.objects.none(),
        label=_("Ask the people of"),
        required=False,
        empty_label=_("Nobody"),
        help_text=_(
            "They compare the policy’s answers with the reference’s, in an order drawn for each of them. The run waits "
            "for them without a worker. Where nothing else checks it, they say which step was best."
        ),
    )
    people_every = forms.IntegerField(
        label=_("Ask every so many steps"), required=False, min_value=1, help_text=_("Empty: when the run is over.")
    )
    people_questions = forms.IntegerField(
        label=_("Questions each time"), required=False, min_value=2, initial=Asking.questions
    )
    people_enough = forms.IntegerField(
        label=_("Verdicts that are enough"), required=False, min_value=1, help_text=_("Empty: all of them.")
    )

    def __init__(
        self,
        data: Any,
        *,
        scope: Scope,
        models: Sequence[RewardModel],
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, prefix=CHECKS, initial=initial)
        self.fields["people_project"].queryset = comparing(scope)  # type: ignore[attr-defined]
        self.fields["people_project"].label_from_instance = panel(scope)  # type: ignore[attr-defined]
        known = [(f"{MODEL}{one.pk}", titled(one)) for one in models]
        self.fields["golds"].choices = [*known, (WORLD, _("The text world’s own truth"))]  # type: ignore[attr-defined]

    @property
    def is_used(self) -> bool:
        return any(self.cleaned_data.get(name) for name in ("use", "golds", "goodhart", "people_project"))

    @property
    def asked(self) -> dict[str, Any] | None:
        """As the API takes it; a fall without a check is no wish of anybody who left the box as it was."""
        if not self.is_used:
            return None
        given = {name: self.cleaned_data.get(name) for name in ("every", "held_out", "fall", "golds", "goodhart")}
        people = self.people
        is_decided = bool(given["golds"] or (people and people["every"]))
        return {**given, "people": people, **({} if is_decided else {"fall": None})}

    @property
    def people(self) -> dict[str, Any] | None:
        project = self.cleaned_data.get("people_project")
        if project is None:
            return None
        given = {name: self.cleaned_data.get(f"people_{name}") for name in ("every", "questions", "enough")}
        return {"project": project.pk, **given}


def comparing(scope: Scope) -> QuerySet[Project]:
    """The projects whose people say which of two answers is better."""
    found = Project.objects.filter(workspace=scope.workspace, deleted_at=None, kinds__contains=[Kind.PAIRWISE])
    return found.exclude(status=Project.Status.CLOSED).order_by("name")


def panel(scope: Scope) -> Callable[[Any], str]:
    """One that is not open is said to be so: its people see nothing of what is asked."""
    called = calling.namer(comparing(scope))

    def said(project: Project) -> str:
        name = called(project)
        return name if project.status == Project.Status.OPEN else _gettext("{name} (not open)").format(name=name)

    return said


def titled(model: RewardModel) -> str:
    """A candidate is said to be one."""
    if model.standing == Standing.APPROVED:
        return model.name
    return _gettext("{name} ({standing})").format(name=model.name, standing=Standing(model.standing).label)
