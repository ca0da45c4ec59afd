"""Which runs a proxy point is to be found from, and what is truly wanted."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from training.models import Run
from training.thresholds import measured

OFFERED = 40  # newest runs


class ProxyPointForm(forms.Form):
    runs = forms.ModelMultipleChoiceField(
        Run.objects.none(),
        label=_("Runs"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Those that were pushed by one component each, and too far, say most."),
    )
    wanted = forms.ChoiceField(
        label=_("What is truly wanted"),
        help_text=_("A check that every chosen run was looked at with; the components are held where it is highest."),
    )

    def __init__(self, data: Any, *, runs: QuerySet[Run]) -> None:
        super().__init__(data)
        self.fields["runs"].queryset = runs  # type: ignore[attr-defined]
        self.fields["runs"].label_from_instance = lambda run: run.name  # type: ignore[attr-defined]
        self.fields["wanted"].choices = choices(list(runs[:OFFERED]))  # type: ignore[attr-defined]


def choices(runs: list[Run]) -> list[tuple[str, str]]:
    """Every measure of any of the runs, those that only check first."""
    found: dict[str, str] = {}
    for run in runs:
        rows = sorted(measured.of(run).values(), key=lambda row: not row[0].startswith("check/"))
        for _name, one in rows:
            found.setdefault(f"model:{one.model}" if one.model else one.key, one.title)
    return list(found.items())
