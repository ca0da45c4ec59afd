"""What people fill in: a model to learn, a standing to give, what to score, whom to ask."""

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.scope import Scope
from annotation import calling
from annotation.imports.files import SUFFIXES
from annotation.models import Project, Snapshot, SnapshotJudgment
from annotation.snapshots.formats import FORMATS
from api import methods
from jobs.models import Job
from rewardmodels.importing import archives
from rewardmodels.importing import asking as importing
from rewardmodels.models import RewardModel, Standing

STANDINGS = [(standing.value, capfirst(standing.label)) for standing in Standing]


class WishForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"))
    snapshot = forms.ModelChoiceField(
        Snapshot.objects.none(),
        label=_("Snapshot"),
        empty_label=None,
        help_text=_("The frozen judgments that it learns from. Only the training split is learned."),
    )
    backbone = forms.CharField(
        label=_("Backbone"),
        max_length=300,
        initial="builtin:minilm",
        help_text=_("builtin:minilm comes with the product; a folder or a hub’s name where the operator allows it."),
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        min_value=0,
        max_value=2**63 - 1,
        initial=0,
        help_text=_("The same snapshot, settings and seed give the same model."),
    )

    def __init__(self, data: Any, *, scope: Scope, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        kinds = methods.all_of("reward_model_kinds")
        self.fields["kind"].choices = [(kind.name, kind.title) for kind in kinds]  # type: ignore[attr-defined]
        field = self.fields["snapshot"]
        field.queryset = frozen(scope)  # type: ignore[attr-defined]
        field.label_from_instance = described  # type: ignore[attr-defined]


def frozen(scope: Scope) -> QuerySet[Snapshot]:
    """The snapshots that can be learned from, newest first."""
    found = Snapshot.objects.standing().filter(project__workspace=scope.workspace, frozen_at__isnull=False)
    return found.select_related("project").order_by("-frozen_at")


class FilterForm(forms.Form):
    """Which models a person wants to see."""

    search = forms.CharField(label=_("Name"), required=False, max_length=200)
    standing = forms.ChoiceField(label=_("Standing"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)

    def __init__(self, data: Any, present: QuerySet[RewardModel]) -> None:
        super().__init__(data)
        any_ = ("", _("Any"))
        names = sorted(present.order_by().values_list("kind", flat=True).distinct())
        self.fields["standing"].choices = [any_, *STANDINGS]  # type: ignore[attr-defined]
        self.fields["kind"].choices = [any_, *((name, RewardModel(kind=name).kind_title) for name in names)]  # type: ignore[attr-defined]
        self.fields["state"].choices = [any_, *Job.State.choices]  # type: ignore[attr-defined]

    def chosen(self, models: QuerySet[RewardModel]) -> QuerySet[RewardModel]:
        """A filter that makes no sense finds nothing, and says why at its field."""
        if not self.is_valid():
            return models.none()
        paths = {"search": "name__icontains", "standing": "standing", "kind": "kind", "state": "job__state"}
        return models.filter(**{paths[name]: value for name, value in self.cleaned_data.items() if value})


def described(snapshot: Snapshot) -> str:
    return snapshot.full_name


class JudgmentFilterForm(forms.Form):
    """Which of the judgments that a model learned from."""

    state = forms.ChoiceField(
        label=_("What became of it"),
        required=False,
        choices=[
            ("", _("Any")),
            ("counts", _("Counts as it was")),
            ("taken_down", _("Its prompt was taken down")),
            ("withdrawn", _("Taken back")),
            ("set_aside", _("Set aside")),
            ("corrected", _("Corrected since")),
        ],
    )

    def chosen(self, rows: QuerySet[SnapshotJudgment]) -> QuerySet[SnapshotJudgment]:
        if not self.is_valid():
            return rows.none()
        return rows.filter(**{name: value for name, value in self.cleaned_data.items() if value})


class StandingForm(forms.Form):
    standing = forms.ChoiceField(label=_("Standing"), choices=Standing.choices)
    reason = forms.CharField(
        label=_("Why"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Kept in the history."),
    )

    def __init__(self, data: Any, *, now: str, is_trained: bool) -> None:
        super().__init__(data)
        left = [choice for choice in STANDINGS if choice[0] != now and (is_trained or choice[0] != Standing.APPROVED)]
        self.fields["standing"].choices = left  # type: ignore[attr-defined]


class ImportForm(forms.Form):
    """Somebody else's reward model: where it is, how its texts are written, on what it is tried."""

    name = forms.CharField(label=_("Name"), max_length=200)
    file = forms.FileField(
        label=_("An archive"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ",".join(archives.SUFFIXES)}),
        help_text=_(
            "A tar or zip of a transformers folder whose architecture is …ForSequenceClassification with one label; "
            "weights in safetensors alone."
        ),
    )
    source = forms.CharField(
        label=_("Or where it is"),
        max_length=300,
        required=False,
        help_text=_("A folder or a hub’s name, where the operator allows it."),
    )
    template = forms.ChoiceField(
        label=_("Template"),
        choices=[
            (importing.OWN, _("Its own; where it brings none, the one for its architecture below")),
            ("touchstone-encoder", _("touchstone-encoder: [CLS] user: … [SEP] assistant: … [SEP]")),
            ("touchstone-plain", _("touchstone-plain: User: … Assistant: …, an end of sequence after each answer")),
        ],
        help_text=_("How a conversation becomes text. The scores mean little with another one than it learned with."),
    )
    max_length = forms.IntegerField(
        label=_("Length in tokens"),
        required=False,
        min_value=importing.LENGTHS[0],
        max_value=importing.LENGTHS[1],
        help_text=_("Prompt and answer. Empty: as much as it reads, at most 2,048."),
    )
    snapshot = forms.ModelChoiceField(
        Snapshot.objects.none(),
        label=_("Evaluate it on"),
        required=False,
        empty_label=_("nothing"),
        help_text=_("Comparisons of a snapshot: they calibrate it and say what it is worth on your judgments."),
    )

    def __init__(self, data: Any, uploads: Any, *, scope: Scope) -> None:
        super().__init__(data, uploads)
        self.fields["snapshot"].queryset = frozen(scope)  # type: ignore[attr-defined]
        self.fields["snapshot"].label_from_instance = described  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and bool(given.get("file")) == bool(given.get("source")):
            self.add_error("file", gettext("Send an archive or say where it is, one of the two."))
        return given


class BatchForm(forms.Form):
    """What to score, one of three, and how the result is written."""

    file = forms.FileField(
        label=_("A file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ",".join([*SUFFIXES, ".gz"])}),
        help_text=_(
            "*.jsonl, *.jsonl.gz, *.csv or *.parquet with prompt and response, or any layout that imports read."
        ),
    )
    snapshot = forms.ModelChoiceField(
        Snapshot.objects.none(), label=_("Or the answers of a snapshot"), required=False, empty_label=_("none")
    )
    project = forms.ModelChoiceField(
        Project.objects.none(), label=_("Or those of a project"), required=False, empty_label=_("none")
    )
    format = forms.ChoiceField(label=_("Format of the result"), choices=[(name, name) for name in FORMATS])

    def __init__(self, data: Any, uploads: Any, *, scope: Scope) -> None:
        super().__init__(data, uploads)
        projects = Project.objects.filter(workspace=scope.workspace, deleted_at=None).order_by("name")
        self.fields["snapshot"].queryset = frozen(scope)  # type: ignore[attr-defined]
        self.fields["snapshot"].label_from_instance = described  # type: ignore[attr-defined]
        self.fields["project"].queryset = projects  # type: ignore[attr-defined]
        self.fields["project"].label_from_instance = calling.namer(projects)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        chosen = [name for name in ("file", "snapshot", "project") if given.get(name)]
        if not self.errors and len(chosen) != 1:
            self.add_error(chosen[1] if chosen else "file", gettext("Choose one: a file, a snapshot or a project."))
        return given


class CompareForm(forms.Form):
    """Two models that have learned."""

    one = forms.ModelChoiceField(RewardModel.objects.none(), label=_("First model"), empty_label=None)
    other = forms.ModelChoiceField(RewardModel.objects.none(), label=_("Second model"), empty_label=None)

    def __init__(self, data: Any, *, trained: QuerySet[RewardModel], one: str) -> None:
        first = trained.filter(pk=one).first() if is_uuid(one) else trained.first()
        other = trained.exclude(pk=first.pk).first() if first else None
        super().__init__(data, initial={"one": first and first.pk, "other": other and other.pk})
        for field in self.fields.values():
            field.queryset = trained  # type: ignore[attr-defined]
            field.label_from_instance = standing  # type: ignore[attr-defined]


def standing(model: RewardModel) -> str:
    """Its name with how far it may be trusted."""
    return gettext("{name} ({standing})").format(name=model.name, standing=model.get_standing_display())


def is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


class AskForm(forms.Form):
    """A prompt, one answer or two, and whom to ask."""

    MOST = 8  # models at a time

    models = forms.ModelMultipleChoiceField(
        RewardModel.objects.none(), label=_("Models"), widget=forms.CheckboxSelectMultiple
    )
    prompt = forms.CharField(
        label=_("Prompt"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 3}), strip=False
    )
    first = forms.CharField(
        label=_("First answer"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 4}), strip=False
    )
    second = forms.CharField(
        label=_("Second answer"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        strip=False,
        required=False,
        help_text=_("With a second one, you see how likely the first is to be preferred."),
    )

    def __init__(self, data: Any, *, trained: QuerySet[RewardModel], chosen: list[Any]) -> None:
        super().__init__(data, initial={"models": chosen})
        self.fields["models"].queryset = trained  # type: ignore[attr-defined]
        self.fields["models"].label_from_instance = standing  # type: ignore[attr-defined]

    def clean_models(self) -> list[RewardModel]:
        models = list(self.cleaned_data["models"])
        if len(models) > self.MOST:
            raise forms.ValidationError(gettext("At most {most} at a time.").format(most=self.MOST))
        return models

    @property
    def answers(self) -> list[str]:
        return [self.cleaned_data[name] for name in ("first", "second") if self.cleaned_data[name]]
