"""How often a run is looked at on prompts held out, and when that ends it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, TypeVar

from rewardmodels.learning.settings.fields import SettingError, check, setting


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
    goodhart: bool = setting(
        False,
        "Stop where the proxy no longer vouches",
        "Where the objective's gain, over the way that the policy has gone, is so small that a truth which agrees with "
        "it as often as people did may have lost.",
    )

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Asking:
    """People compare answers to prompts held out with the reference's, in an order that is drawn for each of them."""

    title: ClassVar[str] = "People"

    every: int | None = setting(
        None, "Ask every so many steps", "Empty asks when the run is over.", minimum=1, maximum=1_000_000
    )
    questions: int = setting(
        20, "Questions each time", "A prompt held out each, the same ones each time.", minimum=2, maximum=1_000
    )
    enough: int | None = setting(
        None,
        "Verdicts that are enough",
        "Questions of which somebody has judged; the run waits for so many, without a worker. Empty: all of them.",
        minimum=1,
        maximum=1_000,
    )

    def __post_init__(self) -> None:
        check(self)
        if self.enough is not None and self.enough > self.questions:
            raise SettingError("enough", "No more verdicts can be waited for than there are questions.")

    @property
    def awaited(self) -> int:
        return self.questions if self.enough is None else self.enough


@dataclass(frozen=True)
class Votes:
    """People compare a proposal's answers with the reference's: how often they prefer them is what a search climbs."""

    title: ClassVar[str] = "People"

    questions: int = setting(
        40,
        "Questions of a proposal",
        "A prompt held out each; as many for each further measurement and for the last run.",
        minimum=2,
        maximum=1_000,
    )
    enough: int | None = setting(
        None,
        "Verdicts that are enough",
        "Questions of which somebody has judged; the search waits for so many, without a worker. Empty: all of them.",
        minimum=2,
        maximum=1_000,
    )

    def __post_init__(self) -> None:
        check(self)
        if self.enough is not None and self.enough > self.questions:
            raise SettingError("enough", "No more verdicts can be waited for than there are questions.")

    @property
    def awaited(self) -> int:
        return self.questions if self.enough is None else self.enough


Made = TypeVar("Made", Checks, Asking, Votes)


def read(kind: type[Made], values: Mapping[str, Any]) -> Made:
    """From plain values, of which None says nothing; SettingError names the first that is wrong."""
    unknown = set(values) - {one.name for one in fields(kind)}
    if unknown:
        raise SettingError(min(unknown), f"{kind.title}: there is no setting {min(unknown)!r}.")
    return kind(**{name: value for name, value in values.items() if value is not None})
