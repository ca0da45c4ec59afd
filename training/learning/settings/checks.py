"""How often a run is looked at on prompts held out, and when that ends it."""

from dataclasses import dataclass, fields
from typing import Any, ClassVar

from rewardmodels.learning.settings import SettingError, check, setting


@dataclass(frozen=True)
class Checks:
    """A look answers every prompt held out once, with the same random numbers each time."""

    title: ClassVar[str] = "Checks"

    every: int = setting(
        10, "Every so many steps", "And before the first one and after the last.", minimum=1, maximum=1_000_000
    )
    held_out: float = setting(
        0.2,
        "Share of prompts held out",
        "No step learns from them; prompts that begin alike stay together.",
        minimum=0.001,
        maximum=0.9,
    )
    fall: float | None = setting(
        None,
        "Stop after a fall of",
        "The share of what the first check had gained whose loss, beyond noise, ends the run; empty never ends it.",
        minimum=0.01,
        maximum=10.0,
    )

    def __post_init__(self) -> None:
        check(self)


def read(values: dict[str, Any]) -> Checks:
    """From plain values; SettingError names the first that is wrong."""
    unknown = set(values) - {one.name for one in fields(Checks)}
    if unknown:
        raise SettingError(min(unknown), f"Checks have no setting {min(unknown)!r}.")
    return Checks(**{name: value for name, value in values.items() if value is not None})
