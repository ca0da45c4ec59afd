"""The form of a new run as it stands: what is chosen, what each reward model's part is, what a look has shown."""

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.forms import BoundField, Field, Form
from django.http import Http404, QueryDict

from accounts.scope import Scope
from api import methods
from api.methods import Method
from api.refusals import Refusal
from api.schemas.forms import SettingsForm
from jobs.models import Job
from rewardmodels.forms import is_uuid
from rewardmodels.models import RewardModel, Standing
from rewardmodels.sheets import MAIN, SETTINGS, kept, typed
from training import algorithms, forecasts, pictures
from training.forms import PartForm, WishForm
from training.models import Checkpoint, Role, Run
from training.references import asking
from training.runs import Wish
from web.plots import Plot

MOST_MODELS = 40  # that a form offers, the approved and the newest first
LOOK = "look"  # the job that has sampled the reference


@dataclass
class Part:
    """One reward model in the form."""

    model: RewardModel
    form: PartForm
    values: list[float] = field(default_factory=list)  # rewards of reference samples, lowest first

    @property
    def is_open(self) -> bool:
        """Whether anything was said of it, so that its fields are seen."""
        return bool(self.form.errors) or any(str(bound.value() or "") not in ("", "False") for bound in self.form)

    @property
    def thresholds(self) -> list[tuple[str, float]]:
        found = ((role, number(self.form[role].value())) for role in Role.values)
        return [(role, value) for role, value in found if value is not None]

    @property
    def picture(self) -> Plot | None:
        if not self.values:
            return None
        return pictures.histogram(self.model.name, self.model.unit_alone, self.values, self.thresholds)

    @property
    def picture_id(self) -> str:
        return f"reference-{self.model.pk}"


@dataclass
class Sheet:
    wish: WishForm
    method: Method
    settings: SettingsForm
    parts: list[Part]
    look: Job | None
    policies: list[str]
    scope: Scope
    kept: list[tuple[str, str]] = field(default_factory=list)  # hidden fields
    typed: dict[str, Any] = field(default_factory=dict)  # settings, as the browser sends them

    @property
    def forms(self) -> list[Form]:
        return [self.wish, self.settings, *(part.form for part in self.parts)]

    @property
    def has_errors(self) -> bool:
        return any(form.errors for form in self.forms)

    def are_valid(self) -> bool:
        found = [form.is_valid() for form in self.forms]  # each, so that every fault is said at once
        return all(found)

    @property
    def taken(self) -> list[Part]:
        return [part for part in self.parts if part.form.is_taken]

    @property
    def asked(self) -> Wish:
        """What a valid form asks for."""
        given = self.wish.cleaned_data
        plain = {name: given[name] for name in ("name", "policy", "algorithm", "seed", "allow_candidate")}
        wish = Wish(**plain, settings=self.settings.values())
        if self.is_direct:
            return replace(wish, snapshot=given["snapshot"].pk if given["snapshot"] else None)
        components = [
            {"reward_model": part.model.pk, "weight": part.form.cleaned_data["weight"], "bounds": part.form.bounds}
            for part in self.taken
        ]
        return replace(wish, prompts=self.wish.source, components=components, kl=self.wish.kl, steps=given["steps"])

    @property
    def is_direct(self) -> bool:
        return algorithms.is_direct(self.method.settings)

    @property
    def has_snapshots(self) -> bool:
        return bool(self.wish.fields["snapshot"].queryset.exists())  # type: ignore[attr-defined]

    @property
    def forecast(self) -> str:
        return forecasts.told(self)

    @property
    def shown(self) -> str:
        return " ".join(self.settings.fields)

    @property
    def main(self) -> list[BoundField]:
        return [bound for bound in self.settings if self._group(bound.name) == MAIN]

    @property
    def advanced(self) -> list[BoundField]:
        return [bound for bound in self.settings if self._group(bound.name) != MAIN]

    @property
    def is_unfolded(self) -> bool:
        return any(bound.errors for bound in self.advanced)

    def _group(self, name: str) -> str:
        fields = getattr(self.method.settings, "__dataclass_fields__", {})
        return fields[name].metadata.get("group", "") if name in fields else ""

    def say(self, refusal: Refusal) -> None:
        """Each message at the field that it is about, or above the form."""
        for path, message in refusal.errors or [("", refusal.message)]:
            form, name = self.place(path)
            form.add_error(name, message)

    def place(self, path: str) -> tuple[Form, str | None]:
        head, _dot, rest = path.partition(".")
        if head == "settings" and rest in self.settings.fields:
            return self.settings, rest
        if head == "components" and rest:
            return self.place_in_part(rest)
        name = f"kl_{rest}" if head == "kl" else head
        return self.wish, name if name in self.wish.fields else None

    def place_in_part(self, path: str) -> tuple[Form, str | None]:
        number_, _dot, rest = path.partition(".")
        form = self.taken[int(number_)].form
        words = rest.split(".")
        if words[0] == "bounds" and len(words) > 1:
            return form, form.bounds[int(words[1])]["role"]
        return form, "weight" if words[0] == "weight" else None


def begun(data: QueryDict, scope: Scope) -> Sheet:
    """While it is being filled in: nothing is complained of yet, and what was typed stays."""
    names = [name for name in WishForm.base_fields if name in data]
    initial: dict[str, Any] = {name: data[name] for name in names}
    return _sheet(WishForm(None, scope=scope, initial=initial), data, scope, is_sent=False)


def sent(data: QueryDict, scope: Scope) -> Sheet:
    return _sheet(WishForm(data, scope=scope), data, scope, is_sent=True)


def like(run: Run, scope: Scope) -> Sheet:
    """Filled with what another run was asked with."""
    data = QueryDict(mutable=True)
    plain = {"name": run.name, "policy": run.policy, "algorithm": run.algorithm, "seed": run.seed, "steps": run.steps}
    plain |= {"snapshot": run.snapshot_id}
    data.update({name: str(value) for name, value in plain.items() if value is not None})
    if run.allow_candidate:
        data["allow_candidate"] = "on"
    data.update({f"kl_{name}": str(value) for name, value in run.kl.items()} or {"kl_role": ""})
    if run.prompts is not None:
        data["prompts"] = source_of(run.prompts)
    data.update({f"{SETTINGS}-{name}": written(value) for name, value in run.settings.items() if value is not None})
    for part in run.components.prefetch_related("bounds"):
        prefix = prefix_of(part.reward_model_id)
        data[f"{prefix}-use"] = "on"
        if part.weight is not None:
            data[f"{prefix}-weight"] = str(part.weight)
        data.update({f"{prefix}-{bound.role}": str(bound.threshold) for bound in part.bounds.all()})
    return begun(data, scope)


def written(value: Any) -> str:
    """A setting as its field shows it: a list has a line for each."""
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def source_of(asked: Any) -> str:
    """The choice in the form behind what a run was asked with."""
    if isinstance(asked, str):
        return asked
    if "snapshot" in asked:
        return f"snapshot:{asked['snapshot']}:{asked['split']}"
    return f"project:{asked['project']}" if "project" in asked else ""


def _sheet(wish: WishForm, data: QueryDict, scope: Scope, *, is_sent: bool) -> Sheet:
    method = method_of(data.get("algorithm", ""))
    form = method.form()
    given = typed(form, data)
    if data.get("part") == "algorithm":  # a setting of the same name may mean something else to another algorithm
        given = {name: value for name, value in given.items() if is_taken(form.base_fields[name], value)}
    settings = form(data, prefix=SETTINGS) if is_sent else form(None, prefix=SETTINGS, initial=given)
    look = look_of(data.get(LOOK, ""), scope)
    parts = [part_of(model, data, look, is_sent) for model in models(scope)]
    return Sheet(wish, method, settings, parts, look, policies(scope), scope, kept(form, data), given)


def method_of(name: str) -> Method:
    known = methods.all_of("algorithms")
    return next((method for method in known if method.name == name), known[0])


def models(scope: Scope) -> list[RewardModel]:
    """The trained reward models that are not retired: approved before candidates, newest first."""
    found = RewardModel.objects.filter(workspace=scope.workspace, deleted_at=None, trained_at__isnull=False)
    return list(found.exclude(standing=Standing.RETIRED).order_by("standing", "-created_at")[:MOST_MODELS])


def prefix_of(pk: UUID) -> str:
    return f"part-{pk}"


def part_of(model: RewardModel, data: QueryDict, look: Job | None, is_sent: bool) -> Part:
    prefix = prefix_of(model.pk)
    if is_sent:
        form = PartForm(data, prefix=prefix)
    else:
        given = {name: data[key] for name in PartForm.base_fields if (key := f"{prefix}-{name}") in data}
        form = PartForm(None, prefix=prefix, initial=given)
    rewards = (look.result or {}).get("rewards", {}) if look else {}
    return Part(model, form, rewards.get(str(model.pk), {}).get("values", []))


def is_taken(one: Field, value: Any) -> bool:
    try:
        one.clean(value)
    except ValidationError:
        return False
    return True


def look_of(key: str, scope: Scope) -> Job | None:
    try:
        return asking.find(scope=scope, job=UUID(key)) if is_uuid(key) else None
    except Http404:
        return None


def policies(scope: Scope) -> list[str]:
    """Names that the field suggests: the text world's policy, and checkpoints of runs."""
    kept_ = Checkpoint.objects.filter(run__workspace=scope.workspace, run__deleted_at=None).order_by("-created_at")
    return [WishForm.base_fields["policy"].initial, *(f"run:{one.run_id}@{one.step}" for one in kept_[:20])]


def number(given: Any) -> float | None:
    """What was typed so far, where it is a number."""
    try:
        return float(given)
    except (TypeError, ValueError):
        return None
