"""All losses by name."""

import dataclasses
from typing import Any

from rewardmodels.learning.settings.fields import SettingError
from training.learning.direct.settings.amounts import CardinalDpo, Odpo
from training.learning.direct.settings.common import Direct
from training.learning.direct.settings.pairs import Aot, Dpo, Ipo, Lipo, Modpo, Simpo
from training.learning.direct.settings.singles import Kto, Sft

KINDS: dict[str, type[Direct]] = {
    one.kind: one for one in (Dpo, Ipo, Kto, Odpo, CardinalDpo, Simpo, Aot, Lipo, Modpo, Sft)
}


def read(kind: str, values: dict[str, Any]) -> Direct:
    """The settings of a loss from plain values; SettingError names the first that is wrong."""
    if kind not in KINDS:
        raise SettingError("kind", f"There is no loss {kind!r}; known are: {', '.join(KINDS)}.")
    made_of = KINDS[kind]
    unknown = set(values) - {one.name for one in dataclasses.fields(made_of)}
    if unknown:
        raise SettingError(min(unknown), f"{made_of.title} has no setting {min(unknown)!r}.")
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return made_of(**given)
