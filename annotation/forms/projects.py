"""A project as a form: its name, what is asked, of whom, and how often."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Group
from accounts.scope import Scope
from annotation import projects
from annotation.feedback.kinds import KINDS
from annotation.forms.settings import Fieldset, fieldsets, settings_form
from annotation.models import Project
from annotation.projects import Wish
from api.refusals import Refusal
from web.templatetags.components import STATES

ORDERINGS = [
    ("sequential", _("As they were brought in")),
    ("random", _("Mixed: in one random order")),
    (
        "priority",
        _("By priority: the highest number first. Programs can set it, for instance to what a model is unsure of"),
    ),
]
MOST_LABELS = 1_000


class GuidelinesForm(forms.Form):
    guidelines = forms.CharField(
        label=_("Guidelines"),
        max_length=200_000,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_("What to look for, in Markdown. Annotators can open them at any time."),
    )
    upon = forms.IntegerField(widget=forms.HiddenInput, min_value=1)  # the version that was read when writing began


class ProjectForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200, help_text=_("Annotators see it."))
    kinds = forms.MultipleChoiceField(
        label=_("What people are asked"),
        choices=[(kind.name, kind.label) for kind in KINDS.values()],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Several questions may be asked about the same answers."),
    )
    guidelines = GuidelinesForm.base_fields["guidelines"]
    overlap = forms.IntegerField(
        label=_("How many people judge each task"),
        min_value=1,
        max_value=MOST_LABELS,
        help_text=_("With 2 or more you see how far people agree. Files may say another number for their own tasks."),
    )
    ordering = forms.ChoiceField(
        label=_("In which order"), choices=ORDERINGS, widget=forms.RadioSelect, initial=Project.Ordering.SEQUENTIAL
    )
    groups = forms.ModelMultipleChoiceField(
        Group.objects.none(),
        label=_("Who may label"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose none, and every member may."),
    )

    status = forms.ChoiceField(choices=[("draft", _("Draft")), ("open", _("Open"))], required=False)  # the two buttons

    def __init__(self, data: Any, *, scope: Scope, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        groups = self.fields["groups"]
        groups.queryset = Group.objects.filter(workspace=scope.workspace).order_by("name")  # type: ignore[attr-defined]
        if "guidelines" not in initial:  # a project that is there has pages of their own for these
            del self.fields["guidelines"], self.fields["status"]


class Sheet:
    """Both halves of the form: the project itself, and its settings."""

    def __init__(self, data: Any, *, scope: Scope, project: dict[str, Any], settings: dict[str, Any]) -> None:
        self.form = ProjectForm(data, scope=scope, initial=project)
        self.settings = settings_form(data, settings)

    def is_valid(self) -> bool:
        return all([self.form.is_valid(), self.settings.is_valid()])  # a list: both say what is wrong

    @property
    def fieldsets(self) -> list[tuple[Fieldset, bool]]:
        """Each with whether it stands open."""
        chosen = self.form["kinds"].value() or ()
        return [(one, one.is_open(chosen)) for one in fieldsets(self.settings)]

    def wish(self) -> Wish:
        return Wish(**self.form.cleaned_data, settings=self.settings.values())

    def blame(self, refusal: Refusal) -> None:
        """Each sentence at the field that it is about, else above the form."""
        for path, message in refusal.errors or [("", refusal.message)]:
            if path.startswith("settings."):
                self.settings.add_error(self.settings.nearest_field(path.removeprefix("settings.")), message)
            else:
                self.form.add_error(path if path in self.form.fields else None, message)


def of_project(project: Project) -> dict[str, Any]:
    """What stands in the form of a project that is there."""
    groups = list(project.groups.values_list("pk", flat=True))
    given = {name: getattr(project, name) for name in ("name", "kinds", "overlap", "ordering")}
    return {**given, "groups": groups}


class FilterForm(forms.Form):
    """Which projects somebody wants to see."""

    search = forms.CharField(label=_("Name"), required=False, max_length=200)
    status = forms.ChoiceField(label=_("Status"), required=False)

    def __init__(self, data: Any, *, scope: Scope) -> None:
        super().__init__(data)
        states = [(str(value), STATES[value][1]) for value in Project.Status.values]
        self.fields["status"].choices = [("", _("Any")), *states]  # type: ignore[attr-defined]

    def chosen(self, scope: Scope) -> QuerySet[Project]:
        """A filter that makes no sense finds nothing, and says why at its field."""
        if not self.is_valid():
            return Project.objects.none()
        status = self.cleaned_data["status"]
        found = projects.visible(scope)
        if status:
            found = found.filter(status=status)
        return found.filter(name__icontains=self.cleaned_data["search"])
