"""What people fill in to freeze a snapshot, and to take one of its files away."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Group
from annotation.adjudication import settled
from annotation.browsing.forms import PURPOSES
from annotation.feedback.kinds import KINDS
from annotation.models import Assignment, Project, Snapshot
from annotation.snapshots import filters
from annotation.snapshots.exports import PARTS, Export
from annotation.snapshots.formats import FORMATS
from annotation.snapshots.layouts import LAYOUTS

SPLITS = {"train": 80, "validation": 10, "test": 10}
ORIGINS = [
    ("person", gettext_lazy("People of this workspace")),
    ("imported", gettext_lazy("Imported")),
    ("simulated", gettext_lazy("Simulated")),
]
MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"})


class FreezeForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    kind = forms.MultipleChoiceField(
        label=gettext_lazy("Kinds of question"), required=False, widget=forms.CheckboxSelectMultiple
    )
    purpose = forms.MultipleChoiceField(
        label=gettext_lazy("Purposes"),
        required=False,
        choices=list(PURPOSES.items()),
        initial=[Assignment.Purpose.LABEL],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Labels alone, unless you ask for more."),
    )
    settled = forms.BooleanField(
        label=gettext_lazy("Settled answers in place of the votes"),
        required=False,
        help_text=gettext_lazy(
            "Where a reviewer has settled a dispute, their answer alone; all other labels as they are."
        ),
    )
    origin = forms.MultipleChoiceField(
        label=gettext_lazy("Annotators"), required=False, choices=ORIGINS, widget=forms.CheckboxSelectMultiple
    )
    group = forms.MultipleChoiceField(label=gettext_lazy("Groups"), required=False, widget=forms.CheckboxSelectMultiple)
    annotator = forms.CharField(
        label=gettext_lazy("Pseudonyms"),
        required=False,
        max_length=2_000,
        help_text=gettext_lazy("Some annotators alone: their pseudonyms, with spaces between them."),
    )
    since = forms.DateTimeField(label=gettext_lazy("Since (UTC)"), required=False, widget=MOMENT)
    until = forms.DateTimeField(label=gettext_lazy("Until (UTC)"), required=False, widget=MOMENT)
    agreement_at_least = forms.FloatField(
        label=gettext_lazy("Agreement at least"), required=False, min_value=0, max_value=1
    )
    agreement_at_most = forms.FloatField(
        label=gettext_lazy("Agreement at most"), required=False, min_value=0, max_value=1,
        help_text=gettext_lazy("Of each task, 0 to 1, computed anew before freezing; tasks judged once have none."),
    )  # fmt: skip
    train = forms.IntegerField(label=gettext_lazy("Training, in percent"), min_value=0, max_value=100, initial=80)
    validation = forms.IntegerField(
        label=gettext_lazy("Validation, in percent"), min_value=0, max_value=100, initial=10
    )
    test = forms.IntegerField(
        label=gettext_lazy("Test, in percent"), min_value=0, max_value=100, initial=10,
        help_text=gettext_lazy("A conversation is in one split alone, by a hash of its first turn."),
    )  # fmt: skip
    seed = forms.IntegerField(
        label=gettext_lazy("Seed"), min_value=-(2**63), max_value=2**63 - 1, initial=0,
        help_text=gettext_lazy("Another seed draws other splits; the same seed draws the same ones anywhere."),
    )  # fmt: skip

    def __init__(self, data: Any, *, project: Project) -> None:
        super().__init__(data)
        self.project = project
        self.fields["kind"].choices = [(kind, KINDS[kind].label) for kind in project.kinds]  # type: ignore[attr-defined]
        groups = Group.objects.filter(workspace=project.workspace).order_by("name").values_list("name", flat=True)
        self.fields["group"].choices = [(name, name) for name in groups]  # type: ignore[attr-defined]
        if not groups:
            del self.fields["group"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        beyond = set(given.get("purpose") or []) - {Assignment.Purpose.LABEL, Assignment.Purpose.ADJUDICATION}
        if given.get("settled") and beyond:
            self.add_error("settled", _("This goes with labels: choose no other purposes beside it."))
        if not self.errors and sum(given[name] for name in SPLITS) != 100:
            raise forms.ValidationError(_("The three shares must add up to 100 percent."))
        return given

    @property
    def filters(self) -> dict[str, Any]:
        """As the API takes them; what could not be read is left out."""
        given = getattr(self, "cleaned_data", {})
        found: dict[str, Any] = {name: given[name] for name in ("kind", "origin", "group") if given.get(name)}
        if given.get("settled"):
            found["settled"] = [settled.INSTEAD]
        elif given.get("purpose") not in (None, [], [Assignment.Purpose.LABEL]):
            found["purpose"] = given["purpose"]
        if names := (given.get("annotator") or "").replace(",", " ").split():
            found["annotator"] = names
        found |= {name: given[name] for name in filters.SHARES if given.get(name) is not None}
        return found | {name: spelled(given[name]) for name in filters.MOMENTS if given.get(name)}

    @property
    def wishes(self) -> dict[str, Any]:
        given = self.cleaned_data
        shares = {name: given[name] / 100 for name in SPLITS if given[name]}
        return {"filters": self.filters, "splits": shares, "seed": given["seed"]}


def spelled(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


class ExportForm(forms.Form):
    """Which file: only what this snapshot can say is offered."""

    layout = forms.ChoiceField(label=gettext_lazy("Layout"))
    format = forms.ChoiceField(label=gettext_lazy("Format"))
    split = forms.ChoiceField(label=gettext_lazy("Split"), required=False)
    part = forms.ChoiceField(label=gettext_lazy("Part"), required=False)

    def __init__(self, data: Any, *, snapshot: Snapshot) -> None:
        super().__init__({**FIRST, **(data.dict() if data else {})})
        held = set(snapshot.counts)
        layouts = [(one.name, one.title) for one in LAYOUTS.values() if held & set(one.kinds)]
        parts = {"main": _("What the layout can say"), "ties": _("Ties, which it cannot say")}
        choices: dict[str, list[tuple[str, Any]]] = {
            "layout": layouts,
            "format": [(name, name) for name in FORMATS],
            "split": [("", _("All of them")), *((name, name) for name in sorted(snapshot.splits))],
            "part": [(name, parts[name]) for name in PARTS],
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]
        self.snapshot = snapshot

    @property
    def export(self) -> Export:
        """What was chosen, or the whole in the first layout where it makes no sense; ties only where there are any."""
        given = {**FIRST, **(self.cleaned_data if self.is_valid() else {})}
        has_ties = LAYOUTS[given["layout"]].ties is not None
        return Export(self.snapshot, **{**given, "part": given["part"] or "main" if has_ties else "main"})


FIRST = {"layout": "raw", "format": "jsonl", "split": "", "part": "main"}
