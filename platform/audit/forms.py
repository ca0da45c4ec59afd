"""Which entries an admin wants to see."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from audit.reading import Filters


class Day(forms.DateInput):
    input_type = "date"


class FilterForm(forms.Form):
    actor = forms.TypedChoiceField(label=_("Who"), required=False, coerce=UUID, empty_value=None)
    action = forms.CharField(label=_("What"), required=False, max_length=60)
    object_kind = forms.CharField(label=_("Kind of object"), required=False, max_length=40)
    object_id = forms.CharField(label=_("Object's id"), required=False, max_length=64)
    since = forms.DateField(label=_("From"), required=False, widget=Day)
    until = forms.DateField(label=_("To"), required=False, widget=Day)

    def __init__(self, data: Any, actors: Iterable[tuple[UUID, str]]) -> None:
        super().__init__(data)
        self.fields["actor"].choices = [("", _("Anybody")), *actors]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = self.cleaned_data
        if found.get("since") and found.get("until") and found["since"] > found["until"]:
            self.add_error("until", _("This lies before the first day."))
        return found

    def filters(self) -> Filters:
        """Days are days of UTC, the last one included."""
        found = self.cleaned_data
        return Filters(
            actor=found["actor"],
            action=found["action"],
            object_kind=found["object_kind"],
            object_id=found["object_id"],
            since=start_of(found["since"]) if found["since"] else None,
            until=end_of(found["until"]) if found["until"] else None,
        )


def start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def end_of(day: date) -> datetime | None:
    """The moment after the day; the last day that there is has none."""
    return start_of(day + timedelta(days=1)) if day < date.max else None
