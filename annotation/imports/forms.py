"""What people fill in to bring a file in: the file or its text, then how it shall go."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.feedback.kinds import KINDS
from annotation.imports.files import SUFFIXES
from annotation.imports.requests import Options
from annotation.imports.staging import LONGEST_PASTE
from annotation.models import Project


class ChooseForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("A file"),
        required=False,
        allow_empty_file=False,
        widget=forms.FileInput(attrs={"accept": ",".join([*SUFFIXES, ".gz"])}),
        help_text=gettext_lazy("*.jsonl, *.jsonl.gz, *.csv or *.parquet."),
    )
    text = forms.CharField(
        label=gettext_lazy("Or paste records"),
        required=False,
        strip=False,
        max_length=LONGEST_PASTE,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "mono"}),
        help_text=gettext_lazy("One JSON object a line, a JSON list, or CSV with its heading."),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        file: UploadedFile | None = given.get("file")
        if not self.errors and (file is None) == (not (given.get("text") or "").strip()):
            raise forms.ValidationError(_("Choose a file or paste records, one of the two."))
        return given


class OptionsForm(forms.Form):
    """How the records are understood; the preview follows each change."""

    bring = forms.ChoiceField(
        label=gettext_lazy("Bring in as"),
        choices=[
            ("tasks", gettext_lazy("Tasks: people judge them; labels in the file are left aside")),
            ("judgments", gettext_lazy("Judgments: the labels in the file are kept, under imported annotators")),
        ],
        widget=forms.RadioSelect,
        initial="tasks",
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind of question"), required=False)
    overlap = forms.IntegerField(
        label=gettext_lazy("Labels a task"), required=False, min_value=1, max_value=1_000,
        help_text=gettext_lazy("How many people judge each task."),
    )  # fmt: skip
    counts = forms.BooleanField(
        label=gettext_lazy("Imported judgments count toward the labels that a task wants"),
        required=False,
        help_text=gettext_lazy(
            "Then people are asked for so many labels less, and not at all where a task has enough. Otherwise each task"
            " gets all its labels from people."
        ),
    )
    partial = forms.BooleanField(
        label=gettext_lazy("Keep the good lines where others are bad"),
        required=False,
        help_text=gettext_lazy("Otherwise one bad line leaves nothing behind."),
    )

    def __init__(self, data: Any, *, project: Project) -> None:
        super().__init__(data)
        every = ("", _("All kinds of the project"))
        kinds = [(kind, KINDS[kind].label) for kind in project.kinds]
        self.fields["kind"].choices = [every, *kinds] if len(kinds) > 1 else [("", kinds[0][1])]  # type: ignore[attr-defined]
        self.fields["overlap"].widget.attrs["placeholder"] = str(project.overlap)

    @property
    def options(self) -> Options:
        """What was chosen; the defaults where nothing was, or where it made no sense."""
        given = self.cleaned_data if self.is_bound and self.is_valid() else {}
        return Options(
            kind=given.get("kind") or None,
            overlap=given.get("overlap"),
            partial=bool(given.get("partial")),
            as_judgments=given.get("bring") == "judgments",
            counts=bool(given.get("counts")),
        )
