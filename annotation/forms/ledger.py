"""Which entries of the ledger to show, and an admin's correction."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import LedgerEntry
from annotation.terms import DECIMALS

PATHS = {"annotator": "annotator__pseudonym", "project": "project", "kind": "kind", "currency": "currency"}


class FilterForm(forms.Form):
    annotator = forms.CharField(label=_("Annotator"), required=False, max_length=20)
    project = forms.UUIDField(label=_("Project's id"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("Any")), *LedgerEntry.Kind.choices])
    currency = forms.CharField(label=_("Currency"), required=False, max_length=10)

    def condition(self) -> dict[str, Any]:
        """What is asked for; nothing where the form makes no sense."""
        if not self.is_valid():
            return {"pk": -1}
        return {PATHS[name]: value for name, value in self.cleaned_data.items() if value}


class CorrectionForm(forms.Form):
    annotator = forms.CharField(label=_("Annotator"), max_length=20, help_text=_("The pseudonym."))
    amount = forms.DecimalField(
        label=_("Amount"), max_digits=18, decimal_places=DECIMALS, help_text=_("Added to the balance; may be negative.")
    )
    currency = forms.CharField(label=_("Currency"), max_length=10)
    reason = forms.CharField(label=_("Why"), max_length=500, help_text=_("The annotator reads it too."))
