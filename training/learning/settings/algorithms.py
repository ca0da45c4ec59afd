"""The algorithms that a run can choose, by name."""

import dataclasses
from typing import Any

from rewardmodels.learning.settings import SettingError
from training.learning.settings.online import Online, Rloo

ALGORITHMS: dict[str, type[Online]] = {one.name: one for one in (Rloo,)}


def read(name: str, values: dict[str, Any]) -> Online:
    """An algorithm's settings from plain values; SettingError names the first that is wrong."""
    if name not in ALGORITHMS:
        raise SettingError("algorithm", f"There is no algorithm {name!r}; known are: {', '.join(ALGORITHMS)}.")
    made_of = ALGORITHMS[name]
    unknown = set(values) - {one.name for one in dataclasses.fields(made_of)}
    if unknown:
        raise SettingError(min(unknown), f"{made_of.title} has no setting {min(unknown)!r}.")
    return made_of(**values)
