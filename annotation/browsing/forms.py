"""Filters of the lists, and what may be changed about a task."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.browsing import judgments, tasks
from annotation.feedback.kinds import KINDS
from annotation.models import Assignment, Project, Task
from annotation.queue.ordering import Change

ANY = ("", _("Any"))
STATUSES = [("open", _("Open")), ("paused", _("Paused")), ("closed", _("Closed"))]
PURPOSES = {
    Assignment.Purpose.LABEL: _("Label"),
    Assignment.Purpose.REPEAT: _("Repeat"),
    Assignment.Purpose.GOLD: _("Known answer"),
    Assignment.Purpose.QUALIFICATION: _("Test"),
    Assignment.Purpose.ADJUDICATION: _("Adjudication"),
}


class KindForm(forms.Form):
    """A form whose `kind` offers what the project asks."""

    def __init__(self, data: Any, *, project: Project) -> None:
        super().__init__(data)
        kinds = [(kind, KINDS[kind].label) for kind in project.kinds]
        self.fields["kind"].choices = [ANY, *kinds]  # type: ignore[attr-defined]


class TaskFilterForm(KindForm):
    words = forms.CharField(label=_("Words or id"), required=False, max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    status = forms.ChoiceField(label=_("Status"), required=False, choices=[ANY, *STATUSES])
    progress = forms.ChoiceField(
        label=_("Progress"),
        required=False,
        choices=[ANY, ("none", _("Not begun")), ("some", _("Under way")), ("all", _("Complete"))],
    )
    mark = forms.ChoiceField(
        label=_("Marked"),
        required=False,
        choices=[
            ANY,
            ("gold", _("Known answer")),
            ("flagged", _("Flagged by somebody")),
            ("skipped", _("Skipped by somebody")),
        ],
    )
    order = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=[("", _("As brought in")), ("newest", _("Newest first")), ("disputed", _("Most disputed first"))],
    )

    @property
    def wanted(self) -> tasks.Wanted:
        """A filter that makes no sense is left out; its field says so."""
        return tasks.Wanted(**self.cleaned_data) if self.is_valid() else tasks.Wanted()


class JudgmentFilterForm(KindForm):
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    annotator = forms.ChoiceField(label=_("Pseudonym"), required=False)
    purpose = forms.ChoiceField(label=_("Purpose"), required=False, choices=[ANY, *PURPOSES.items()])
    since = forms.DateTimeField(
        label=_("Since (UTC)"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    until = forms.DateTimeField(
        label=_("Until (UTC)"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )

    def __init__(self, data: Any, *, project: Project) -> None:
        super().__init__(data, project=project)
        asked = data.get("annotator", "").strip()  # found or not: another than those offered shows nothing, not all
        names = {*judgments.voices(project), asked} - {""}
        self.fields["annotator"].widget.attrs["translate"] = "no"
        self.fields["annotator"].choices = [ANY, *((name, name) for name in sorted(names))]  # type: ignore[attr-defined]

    @property
    def wanted(self) -> judgments.Wanted:
        return judgments.Wanted(**self.cleaned_data) if self.is_valid() else judgments.Wanted()


class TaskForm(forms.Form):
    """Priority, overlap and status of one task."""

    status = forms.ChoiceField(label=_("Status"), choices=STATUSES)
    overlap = forms.IntegerField(label=_("Labels wanted"), min_value=1, max_value=1_000)
    priority = forms.FloatField(
        label=_("Priority"),
        min_value=-1e300,
        max_value=1e300,
        help_text=_("Higher comes first, where the project deals by priority."),
    )

    @classmethod
    def of(cls, task: Task) -> "TaskForm":
        return cls(initial={"status": task.status, "overlap": task.overlap, "priority": task.priority})

    def change_of(self, task: Task) -> Change:
        """Only what is otherwise than before; who saves a task as it lies aside wants it paused, whoever goes on."""
        given = {name: value for name, value in self.cleaned_data.items() if value != getattr(task, name)}
        if task.is_aside and not given:
            given = {"status": task.status}
        return Change(**given)


class TakedownForm(forms.Form):
    reason = forms.CharField(
        label=_("Why"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stands in the cards of the snapshots that hold this prompt, and in the audit trail."),
    )
    sure = forms.BooleanField(label=_("I have read what this reaches; it cannot be undone."))
