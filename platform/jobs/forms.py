"""Which jobs a person wants to see."""

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from jobs import kinds
from jobs.models import Job


class FilterForm(forms.Form):
    state = forms.ChoiceField(label=_("State"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False)

    def __init__(self, data: object, jobs: QuerySet[Job]) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        any_ = ("", _("Any"))
        present = sorted(
            (kinds.label(name), name) for name in jobs.order_by().values_list("kind", flat=True).distinct()
        )
        self.fields["state"].choices = [any_, *Job.State.choices]  # type: ignore[attr-defined]
        self.fields["kind"].choices = [any_, *((name, label) for label, name in present)]  # type: ignore[attr-defined]

    def chosen(self, jobs: QuerySet[Job]) -> QuerySet[Job]:
        """A filter that makes no sense finds nothing, and says why at its field."""
        if not self.is_valid():
            return jobs.none()
        return jobs.filter(**{name: value for name, value in self.cleaned_data.items() if value})
