"""The form of a new model as it stands: what is chosen, what that means, and what was typed for other kinds."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.forms import BoundField
from django.http import QueryDict

from accounts.scope import Scope
from annotation.models import Snapshot
from api import methods
from api.methods import Method
from api.schemas.forms import SettingsForm
from rewardmodels import forecasts, teaching, wording
from rewardmodels.forms import WishForm, frozen
from rewardmodels.models import RewardModel
from rewardmodels.teaching import Lesson

SETTINGS = "settings"
SHOWN = "shown"  # the settings that stood on the page: of an unchecked box, nothing else would be sent
MAIN = "main"  # the group of settings that is seen at once; the others are folded


@dataclass
class Sheet:
    wish: WishForm
    method: Method
    settings: SettingsForm
    lessons: list[Lesson]
    snapshot: Snapshot | None
    kept: list[tuple[str, str]] = field(default_factory=list)  # hidden fields
    typed: dict[str, Any] = field(default_factory=dict)  # settings, as the browser sends them
    backbone: str = ""

    @property
    def lesson(self) -> Lesson:
        return next(lesson for lesson in self.lessons if lesson.name == self.method.name)

    @property
    def forecast(self) -> str:
        """What the fit will take, as far as that was measured."""
        if self.snapshot is None or self.lesson.reason:
            return ""
        values = forecasts.understood(type(self.settings), self.typed)
        return forecasts.told(self.method.name, values, self.backbone, self.snapshot)

    @property
    def shown(self) -> str:
        return " ".join(self.settings.fields)

    def is_behind(self, data: QueryDict) -> bool:
        """Whether other settings stand on the page: the next change came before what the choice of a kind brings."""
        return SHOWN in data and data[SHOWN] != self.shown

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

    @property
    def splits(self) -> list[str]:
        usual = ["train", "validation", "test"]
        names = {split for parts in (self.snapshot.counts if self.snapshot else {}).values() for split in parts}
        return [*(name for name in usual if name in names), *sorted(names - set(usual))]

    @property
    def counts(self) -> list[tuple[Any, list[int]]]:
        """Judgments of the snapshot: (kind, one number a split)."""
        found = self.snapshot.counts if self.snapshot else {}
        return [
            (teaching.labels((kind,))[0], [parts.get(split, 0) for split in self.splits])
            for kind, parts in sorted(found.items())
        ]


def begun(data: QueryDict, scope: Scope) -> Sheet:
    """While it is being filled in: nothing is complained of yet, and what was typed stays."""
    names = [name for name in WishForm.base_fields if name in data]
    wish = WishForm(None, scope=scope, initial={name: data[name] for name in names})
    return _sheet(wish, data, scope, is_sent=False)


def sent(data: QueryDict, scope: Scope) -> Sheet:
    return _sheet(WishForm(data, scope=scope), data, scope, is_sent=True)


def like(model: RewardModel, scope: Scope) -> Sheet:
    """Filled with what another model was asked with."""
    data = QueryDict(mutable=True)
    data["kind"], data["snapshot"] = model.kind, str(model.snapshot_id or "")
    data["name"], data["backbone"], data["seed"] = model.name, model.backbone, str(model.seed)
    for name, value in model.settings.items():
        if isinstance(value, list) and not any(isinstance(part, dict | list) for part in value):
            data[f"{SETTINGS}-{name}"] = "\n".join(map(str, value))
        elif value is not None:
            data[f"{SETTINGS}-{name}"] = json.dumps(value) if isinstance(value, dict | list) else str(value)
    return begun(data, scope)


def _sheet(wish: WishForm, data: QueryDict, scope: Scope, *, is_sent: bool) -> Sheet:
    method = method_of(data.get("kind", ""))
    form = method.form()
    given = typed(form, data)
    settings = form(data, prefix=SETTINGS) if is_sent else form(None, prefix=SETTINGS, initial=given)
    snapshot = snapshot_of(data.get("snapshot", ""), scope)
    backbone = data.get("backbone") or str(wish["backbone"].value() or "")
    wording.say(settings)
    return Sheet(wish, method, settings, teaching.lessons(snapshot), snapshot, kept(form, data), given, backbone)


def method_of(name: str) -> Method:
    known = methods.all_of("reward_model_kinds")
    return next((method for method in known if method.name == name), known[0])


def snapshot_of(name: str, scope: Scope) -> Snapshot | None:
    """The one that is chosen, else the newest: the one that the browser shows first."""
    found = frozen(scope)
    return next((one for one in found if str(one.pk) == name), None) or found.first()


def typed(form: type[SettingsForm], data: QueryDict) -> dict[str, Any]:
    """What was typed so far, by field; an unchecked box that stood on the page is no.

    What one kind may leave empty another may need: nothing was typed there, so it begins with its default.
    """
    stood = set(data.get(SHOWN, "").split())
    found = {}
    for name, one in form.base_fields.items():
        key = f"{SETTINGS}-{name}"
        if key in data or name in stood:
            value = one.widget.value_from_datadict(data, {}, key)
            if not (one.required and value in one.empty_values):
                found[name] = value
    return found


def kept(form: type[SettingsForm], data: QueryDict) -> list[tuple[str, str]]:
    """What was typed for settings that this kind lacks: it is there again when the kind is."""
    own = {f"{SETTINGS}-{name}" for name in form.base_fields}
    stood = {f"{SETTINGS}-{name}" for name in data.get(SHOWN, "").split()}
    there = [
        (key, value) for key in data if key.startswith(f"{SETTINGS}-") and key not in own for value in data.getlist(key)
    ]
    unchecked = [(key, "False") for key in sorted(stood - own - set(data))]
    return [*there, *unchecked]
