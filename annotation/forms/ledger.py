"""Which entries of the ledger to show, and an admin's correction."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import named
from accounts.models import Annotator, Membership
from accounts.scope import Scope
from annotation.models import LedgerEntry, Project
from annotation.terms import DECIMALS

PATHS = {"annotator": "annotator__pseudonym", "project": "project", "kind": "kind", "currency": "currency"}
Choices = list[tuple[str, Any]]


class FilterForm(forms.Form):
    """Choices are what the ledger holds; who is meant is shown by pseudonym alone."""

    annotator = forms.ChoiceField(label=_("Annotator"), required=False)
    project = forms.ChoiceField(label=_("Project"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("Any")), *LedgerEntry.Kind.choices])
    currency = forms.ChoiceField(label=_("Currency"), required=False)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        written = LedgerEntry.objects.filter(workspace=scope.workspace).order_by()
        people = Annotator.objects.filter(workspace=scope.workspace, ledger__isnull=False).distinct()
        names = people.order_by("pseudonym").values_list("pseudonym", flat=True)
        projects = Project.objects.filter(workspace=scope.workspace, pk__in=written.values("project"))
        self.offer("annotator", [(name, name) for name in names])
        self.offer("project", [(str(key), name) for key, name in projects.order_by("name").values_list("pk", "name")])
        self.offer("currency", [(name, name) for name in written.values_list("currency", flat=True).distinct()])

    def offer(self, name: str, found: Choices) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Any")), *found]
        field.widget.attrs["translate"] = "no"

    def condition(self) -> dict[str, Any]:
        """What is asked for; nothing where the form makes no sense."""
        if not self.is_valid():
            return {"pk": -1}
        return {PATHS[name]: value for name, value in self.cleaned_data.items() if value}


class CorrectionForm(forms.Form):
    member = forms.ModelChoiceField(
        Membership.objects.none(),
        label=_("Member"),
        required=False,
        help_text=_("By name. The entry then shows whose pseudonym it is; the audit trail notes that you looked."),
    )
    annotator = forms.CharField(
        label=_("Or an annotator by pseudonym"), required=False, max_length=20, help_text=_("As the entries show it.")
    )
    amount = forms.DecimalField(
        label=_("Amount"), max_digits=18, decimal_places=DECIMALS, help_text=_("Added to the balance; may be negative.")
    )
    currency = forms.CharField(label=_("Currency"), max_length=10)
    reason = forms.CharField(label=_("Why"), max_length=500, help_text=_("The annotator reads it too."))

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["member"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = scope.workspace.memberships.select_related("person").order_by("person__name", "person__email")
        field.widget.attrs["translate"] = "no"
        field.label_from_instance = named  # type: ignore[method-assign,assignment]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if bool(said.get("member")) == bool(said.get("annotator")):
            self.add_error("annotator", _("Choose a member, or write a pseudonym: one of the two."))
        return said

    def whose(self) -> dict[str, Any]:
        """The values for the ledger, by what names the person."""
        unnamed = "annotator" if self.cleaned_data["member"] else "member"
        return {name: value for name, value in self.cleaned_data.items() if name != unnamed}
