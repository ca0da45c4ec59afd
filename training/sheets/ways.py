"""A paper's way fills in the form: what it sets is then seen, and can be changed."""

from typing import Any

from django.http import QueryDict

from accounts.scope import Scope
from api.refusals import Refusal
from rewardmodels.sheets import SETTINGS, SHOWN
from training import presets
from training.models import Role
from training.sheets import parts


def filled(data: QueryDict, scope: Scope) -> QueryDict:
    """The form's data with what the preset says; as it was where there is none, or it can do nothing with them yet."""
    chosen = [one for model in parts.models(scope) if (one := component(data, parts.prefix_of(model.pk)))]
    name = data.get("preset", "")
    try:
        found = presets.filled(name, chosen, {}) if name else None
    except Refusal:
        return data
    if found is None:
        return data
    made = data.copy()
    made["algorithm"] = found.algorithm
    made[SHOWN] = " ".join([data.get(SHOWN, ""), *found.settings])  # what is shown and not sent is an empty box
    for key, value in found.settings.items():
        made.pop(f"{SETTINGS}-{key}", None)
        if value is not False:
            made[f"{SETTINGS}-{key}"] = "on" if value is True else str(value)
    kl = found.kl or {}
    for key in ("role", "coefficient", "target"):
        made[f"kl_{key}"] = str(kl.get(key, ""))
    for one in found.components:
        put(made, one)
    return made


def component(data: QueryDict, prefix: str) -> dict[str, Any] | None:
    """What was typed of a reward model so far: a target is a threshold that another preset made of one."""
    weight = parts.number(data.get(f"{prefix}-weight"))
    typed = [parts.number(data.get(f"{prefix}-{name}")) for name in (*Role.values, "target")]
    thresholds = [value for value in typed if value is not None]
    if weight is None and not thresholds and f"{prefix}-use" not in data:
        return None
    return {"prefix": prefix, "weight": weight, "bounds": [{"threshold": value} for value in thresholds]}


def put(data: QueryDict, one: dict[str, Any]) -> None:
    prefix, held = one["prefix"], {bound["role"]: bound["threshold"] for bound in one["bounds"]}
    data[f"{prefix}-use"] = "on"
    values = {"weight": one["weight"], "target": one["target"], **{role: held.get(role) for role in Role.values}}
    for name, value in values.items():
        data[f"{prefix}-{name}"] = "" if value is None else str(value)
