"""The papers' named ways as what a person asks: an algorithm, its settings, and components in their roles."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

from api.refusals import Invalid
from rewardmodels.learning.settings.fields import SettingError
from training.learning.settings.plan import Plan
from training.learning.settings.presets import PRESETS, Preset

FIELD = "preset"


@dataclass(frozen=True)
class Filled:
    """What a preset makes of the components that were chosen; all of it can be changed before a run begins."""

    algorithm: str
    settings: dict[str, Any]
    components: list[dict[str, Any]]
    kl: dict[str, Any] | None


def find(name: str) -> Preset:
    if name not in PRESETS:
        said = _("There is no “{name}”; there are: {known}.")
        raise Invalid(said.format(name=name[:40], known=", ".join(PRESETS)), field=FIELD)
    return PRESETS[name]


def changed(preset: Preset, algorithm: str, settings: Mapping[str, Any]) -> list[str]:
    """The names of what the preset sets and a run has otherwise."""
    own = {"algorithm": preset.algorithm, **preset.settings}
    held = {"algorithm": algorithm, **settings}
    return sorted(name for name, value in own.items() if held.get(name) != value)


def filled(name: str, components: Sequence[Mapping[str, Any]], settings: Mapping[str, Any]) -> Filled:
    """Each component keeps its weight, 1 where none was said, and its threshold, whatever the role it was given.

    Settings that were said stand before the paper's.
    """
    preset = find(name)
    places = {f"c{place}": one for place, one in enumerate(components)}
    weights = {key: 1.0 if one.get("weight") is None else one["weight"] for key, one in places.items()}
    thresholds = {key: one["bounds"][0]["threshold"] for key, one in places.items() if one.get("bounds")}
    plan = planned(preset, weights, thresholds)
    kl = {key: value for key, value in asdict(plan.kl).items() if value is not None} if plan.kl else None
    parts = [
        {**places[one.name], "weight": one.weight, "target": one.target, "bounds": list(map(asdict, one.bounds))}
        for one in plan.components
    ]
    return Filled(preset.algorithm, {**preset.settings, **settings}, parts, kl)


def planned(preset: Preset, weights: Mapping[str, float], thresholds: Mapping[str, float]) -> Plan:
    """Invalid at the component that the preset can do nothing with."""
    if not weights:
        raise Invalid(_("Choose the components first."), field="components")
    try:
        plan = preset.plan(weights, thresholds)
        used = {one.name for one in plan.components}
    except SettingError as error:
        if thresholds:
            raise Invalid(_(error.message), field=error.name) from None
        used = set()
    left_out = [place for place, name in enumerate(weights) if name not in used]
    if left_out:
        said = _("{title} holds every component at a threshold: give this one its own.")
        raise Invalid(said.format(title=preset.title), field=f"components.{left_out[0]}.bounds")
    return plan
