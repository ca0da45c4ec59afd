"""What people fill in: a run to begin, the part of each reward model in it, what is to be compared."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _

from accounts.scope import Scope
from annotation import calling
from annotation.models import Project, Snapshot
from api import methods
from jobs.models import Job
from rewardmodels.forms import described, frozen
from rewardmodels.tracking import asking as tracking
from training.learning.settings.presets import PRESETS, Preset
from training.models import KlRole, Role, Run
from training.prompts import TEXTWORLD

RECORDS = "records"
KL_ROLES = [*((role.value, capfirst(role.label)) for role in KlRole), ("", _("Only measured"))]


class PushedForm(forms.Form):
    """A policy that is to be pushed, and what it is asked."""

    policy = forms.CharField(
        label=_("Policy"),
        max_length=300,
        initial=TEXTWORLD,
        widget=forms.TextInput(attrs={"list": "policies", "autocomplete": "off"}),
        help_text=_(
            "builtin:textworld is the text world’s own policy, made on first use; run:ID@STEP goes on from that "
            "checkpoint of a run; or a folder or a hub’s name of a causal model, where the operator allows it."
        ),
    )
    prompts = forms.ChoiceField(
        label=_("Prompts"), help_text=_("They are frozen when the run is begun: later changes do not reach it.")
    )
    records = forms.CharField(
        label=_("Prompts, one a line"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only for “the lines below”; at most 1,000."),
    )
    allow_candidate = forms.BooleanField(
        label=_("Allow candidates"),
        required=False,
        help_text=_("Reward models that nobody has approved yet: what they like may be nonsense."),
    )
    why_flagged = forms.CharField(
        label=_("Why a flagged model may take part"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("People have stopped agreeing with it. What is written here is kept with the run."),
    )
    seed = forms.IntegerField(
        label=_("Seed"), min_value=0, max_value=2**63 - 1, initial=0,
        help_text=_("The same wish and seed give the same run on the same machine."),
    )  # fmt: skip

    def __init__(self, data: Any, *, scope: Scope, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.fields["prompts"].choices = sources(scope)  # type: ignore[attr-defined]
        self.has_flagged = bool(tracking.flagged(scope))

    @property
    def source(self) -> Any:
        """The prompts as the API takes them."""
        kind, _colon, rest = self.cleaned_data["prompts"].partition(":")
        if kind == RECORDS:
            return {"records": [line for line in self.cleaned_data["records"].splitlines() if line.strip()]}
        if kind == "project":
            return {"project": rest}
        if kind == "snapshot":
            key, _colon, split = rest.partition(":")
            return {"snapshot": key, **({"split": split} if split else {})}
        return self.cleaned_data["prompts"] or None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("prompts") == RECORDS and not given.get("records", "").strip():
            self.add_error("records", _gettext("Write at least two prompts, one a line."))
        return given


class WishForm(PushedForm):
    """A run to begin."""

    name = forms.CharField(label=_("Name"), max_length=200)
    algorithm = forms.ChoiceField(label=_("Algorithm"))
    preset = forms.ChoiceField(
        label=_("A paper’s way"),
        required=False,
        help_text=_(
            "It fills in the algorithm, its settings, the KL and the roles of the components that you have given "
            "weights and thresholds; all of it can be changed afterwards."
        ),
    )
    snapshot = forms.ModelChoiceField(
        Snapshot.objects.none(),
        label=_("Snapshot"),
        required=False,
        empty_label=None,
        help_text=_("The frozen judgments that the policy is aligned with; only the training split is learned."),
    )
    multiplier = forms.FloatField(
        label=_("λ of a step after a step (SACPO)"),
        required=False,
        min_value=0,
        help_text=_(
            "Only where the policy is run:ID@STEP of a run that was aligned with a snapshot. That policy is the "
            "reference, and β is the first step’s over λ, whatever stands in the settings: the larger λ, the more this "
            "step’s judgments count beside those of the steps before. Empty: β is that of the settings."
        ),
    )
    kl_role = forms.ChoiceField(label=_("How the distance counts"), choices=KL_ROLES, required=False, initial="penalty")
    kl_coefficient = forms.FloatField(
        label=_("Coefficient"), required=False, help_text=_("Of a penalty, in objective per nat; empty means 0.05.")
    )
    kl_target = forms.FloatField(
        label=_("Target in nats a response"),
        required=False,
        help_text=_("The bound; of a penalty, where its coefficient adapts to."),
    )
    steps = forms.IntegerField(label=_("Steps"), required=False, min_value=1, max_value=1_000_000, initial=100)

    def __init__(self, data: Any, *, scope: Scope, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, scope=scope, initial=initial)
        algorithms = methods.all_of("algorithms")
        self.fields["algorithm"].choices = [(one.name, _gettext(str(one.title))) for one in algorithms]  # type: ignore[attr-defined]
        self.fields["preset"].choices = [("", _gettext("None")), *map(described_way, PRESETS.values())]  # type: ignore[attr-defined]
        self.fields["snapshot"].queryset = frozen(scope)  # type: ignore[attr-defined]
        self.fields["snapshot"].label_from_instance = described  # type: ignore[attr-defined]

    @property
    def kl(self) -> dict[str, Any] | None:
        """As the API takes it."""
        given = self.cleaned_data
        if not given["kl_role"]:
            return None
        values = {"role": given["kl_role"], "coefficient": given["kl_coefficient"], "target": given["kl_target"]}
        return {name: value for name, value in values.items() if value is not None}

    def be_for_a_merge(self) -> None:
        """It has no policy of its own, and need not be looked at."""
        self.fields["policy"].required = self.fields["prompts"].required = False
        self.fields["prompts"].choices = [("", _gettext("None: nothing is measured")), *self.fields["prompts"].choices]  # type: ignore[attr-defined]


def described_way(preset: Preset) -> tuple[str, str]:
    said = _gettext("{title}: {help} ({source})")
    return preset.name, said.format(title=preset.title, help=_gettext(preset.help), source=preset.source)


def sources(scope: Scope) -> list[tuple[str, Any]]:
    """What prompts may come from: the text world, lines, projects, splits of snapshots."""
    projects = Project.objects.filter(workspace=scope.workspace, deleted_at=None).order_by("name")
    splits = [
        (f"snapshot:{one.pk}:{split}", f"{described(one)} · {split}")
        for one in frozen(scope)
        for split in sorted(one.files)
    ]
    found: list[tuple[str, Any]] = [(TEXTWORLD, _("The text world’s own")), (RECORDS, _("The lines below"))]
    if projects:
        called = calling.namer(projects)
        found.append((str(_("Projects")), [(f"project:{one.pk}", called(one)) for one in projects]))
    if splits:
        found.append((str(_("Snapshots")), splits))
    return found


class BoundsForm(forms.Form):
    """Where the mean of one reward model is to lie."""

    at_least = forms.FloatField(label=_("At least"), required=False)
    at_most = forms.FloatField(label=_("At most"), required=False)
    equal = forms.FloatField(label=_("Equal to"), required=False)

    @property
    def bounds(self) -> list[dict[str, Any]]:
        given = [(role, self.cleaned_data.get(role)) for role in Role.values]
        return [{"role": role, "threshold": value} for role, value in given if value is not None]


class PartForm(BoundsForm):
    """The part of one reward model."""

    use = forms.BooleanField(label=_("Take it in"), required=False)
    weight = forms.FloatField(
        label=_("Weight"), required=False, help_text=_("In the objective; negative for what is to fall.")
    )
    target = forms.FloatField(
        label=_("Pulled to"), required=False, help_text=_("Then what goes past it loses as what falls short.")
    )
    field_order = ["use", "weight", "target", *Role.values]

    @property
    def is_taken(self) -> bool:
        return bool(self.cleaned_data.get("use") or self.cleaned_data.get("weight") is not None or self.bounds)


class SourceForm(forms.Form):
    """One policy of a merge, one beside best-of-n, which needs no weight, or one that one shot asks."""

    policy = forms.ChoiceField(label=_("Policy"), required=False)
    weight = forms.FloatField(label=_("Weight"), required=False, min_value=0)
    margin = forms.FloatField(label=_("Margin over the reference"), required=False)

    def __init__(self, data: Any, *, choices: list[tuple[str, str]], is_merge: bool, **options: Any) -> None:
        super().__init__(data, **options)
        self.is_merge = is_merge
        self.fields["policy"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("margin") is not None and not given.get("policy"):
            self.add_error("policy", _gettext("Choose the policy that this margin is of."))
        if not self.is_merge:
            return given
        if given.get("policy") and given.get("weight") is None and "weight" not in self.errors:
            self.add_error("weight", _gettext("Say how much it counts."))
        if given.get("weight") is not None and not given.get("policy"):
            self.add_error("policy", _gettext("Choose the policy that this weight is of."))
        return given


class FilterForm(forms.Form):
    """Which runs a person wants to see."""

    search = forms.CharField(label=_("Name"), required=False, max_length=200)
    algorithm = forms.ChoiceField(label=_("Algorithm"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        any_ = ("", _("Any"))
        known = [(one.name, _gettext(str(one.title))) for one in methods.all_of("algorithms")]
        self.fields["algorithm"].choices = [any_, *known]  # type: ignore[attr-defined]
        self.fields["state"].choices = [any_, *((value, capfirst(label)) for value, label in Job.State.choices)]  # type: ignore[attr-defined]

    def chosen(self, runs: QuerySet[Run]) -> QuerySet[Run]:
        """A filter that makes no sense finds nothing, and says why at its field."""
        if not self.is_valid():
            return runs.none()
        paths = {"search": "name__icontains", "algorithm": "algorithm", "state": "job__state"}
        return runs.filter(**{paths[name]: value for name, value in self.cleaned_data.items() if value})


class CompareForm(forms.Form):
    """Runs whose curves are to lie over each other."""

    MOST = 6

    run = forms.ModelMultipleChoiceField(Run.objects.none(), label=_("Runs"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, data: Any, *, runs: QuerySet[Run], beginning: Sequence[str] = ()) -> None:
        """`beginning` is what is chosen already, where a run's own page led here."""
        super().__init__(data, initial={"run": beginning})
        self.fields["run"].queryset = runs  # type: ignore[attr-defined]
        self.fields["run"].label_from_instance = lambda run: run.name  # type: ignore[attr-defined]

    def clean_run(self) -> list[Run]:
        chosen = list(self.cleaned_data["run"])
        if not 2 <= len(chosen) <= self.MOST:
            raise forms.ValidationError(_gettext("Choose 2 to {most} runs.").format(most=self.MOST))
        return chosen
