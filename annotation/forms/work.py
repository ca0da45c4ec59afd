"""What is asked before a project is made once more, or more people are asked."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.browsing.forms import ANY, TaskFilterForm
from annotation.browsing.tasks import Wanted
from annotation.raising import MOST_DISPUTED, MOST_LABELS, Subset


class CloneForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    tasks = forms.BooleanField(
        label=_("Copy the tasks too"),
        required=False,
        help_text=_("Prompts, answers, tasks and known answers, without a judgment. A job does it."),
    )


class RaiseForm(TaskFilterForm):
    """How many labels, and for which tasks."""

    overlap = forms.IntegerField(
        label=_("Labels that they shall want"),
        min_value=2,
        max_value=MOST_LABELS,
        help_text=_("Tasks that want as many already stay as they are, and so do closed ones."),
    )
    disputed = forms.IntegerField(
        label=_("Only the most disputed"),
        required=False,
        min_value=1,
        max_value=MOST_DISPUTED,
        help_text=_("So many of those on which people differ, by the newest quality figures."),
    )
    percent = forms.FloatField(
        label=_("Only a random share, in percent"),
        required=False,
        min_value=0.01,
        max_value=100,
        help_text=_("The same share finds the same tasks again."),
    )
    field_order = ["overlap", "disputed", "percent", "words", "kind", "status", "progress", "mark"]

    def __init__(self, data: Any, *, project: Any) -> None:
        super().__init__(data, project=project)
        del self.fields["order"]
        self.fields["status"].choices = [ANY, ("open", _("Open")), ("paused", _("Paused"))]  # type: ignore[attr-defined]
        self.initial["overlap"] = min(MOST_LABELS, project.overlap + 1)

    @property
    def subset(self) -> Subset:
        given = dict(self.cleaned_data)
        share, disputed = (given.pop("percent") or 100) / 100, given.pop("disputed") or 0
        given.pop("overlap")
        return Subset(Wanted(**given), share, disputed)

    @property
    def refused_at(self) -> dict[str, str]:
        """Fields of the page by the names that a refusal has for them."""
        return {"share": "percent"}
