"""The algorithms that a run can choose, by name."""

import dataclasses
from typing import Any

from rewardmodels.learning.settings.fields import SettingError
from training.learning.settings.online import Grpo, Online, Ppo, Reinforce, Rloo
from training.learning.settings.plan import Plan

ALGORITHMS: dict[str, type[Online]] = {one.name: one for one in (Rloo, Reinforce, Grpo, Ppo)}


def read(name: str, values: dict[str, Any]) -> Online:
    """An algorithm's settings from plain values; SettingError names the first that is wrong."""
    if name not in ALGORITHMS:
        raise SettingError("algorithm", f"There is no algorithm {name!r}; known are: {', '.join(ALGORITHMS)}.")
    made_of = ALGORITHMS[name]
    unknown = set(values) - {one.name for one in dataclasses.fields(made_of)}
    if unknown:
        raise SettingError(min(unknown), f"{made_of.title} has no setting {min(unknown)!r}.")
    return made_of(**values)


def must_fit(plan: Plan, settings: Online) -> None:
    """Settings that this plan cannot be run with are refused at their field."""
    if settings.controller != "exact" or not plan.is_constrained:
        return
    kl = plan.kl
    is_fixed = kl is not None and (kl.role == "objective" or (kl.role == "penalty" and kl.begins > 0 and not kl.target))
    if not is_fixed:
        raise SettingError(
            "controller",
            "The dual is exact for an objective with a fixed price on the KL: choose a penalty with a coefficient "
            "above 0 and no target, or the KL as the objective, or another controller.",
        )
