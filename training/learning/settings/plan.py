"""What a run is to raise and where it is to stop: components with weights and bounds, and the KL to the reference."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from rewardmodels.learning.settings.fields import SettingError, check, setting

ROLES = ("at_least", "at_most", "equal")
KL = "kl"  # the name under which the KL is bounded and measured; no component may have it
NAME = re.compile(r"[\w.-]{1,40}")


@dataclass(frozen=True)
class Bound:
    """Where the mean of a component must lie."""

    title: ClassVar[str] = "Bound"

    role: str = setting(
        "at_least",
        "Role",
        "at_least and at_most hold the mean on one side of the threshold; equal pulls it onto the threshold.",
        enum=list(ROLES),
    )
    threshold: float = setting(0.0, "Threshold", "In the reward model's own unit, uncalibrated.")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Component:
    """A reward model's part in a run: a weight puts it into the objective, bounds hold its mean; it may have both."""

    title: ClassVar[str] = "Component"

    name: str = setting("", "Name", "Short and unique in the run; measurements carry it.")
    weight: float | None = setting(
        None,
        "Weight",
        "What a unit of it counts in the objective; negative for what is to fall. Empty leaves it out.",
        minimum=-1e6,
        maximum=1e6,
    )
    bounds: tuple[Bound, ...] = field(
        default=(), metadata={"title": "Bounds", "description": "Where its mean over samples must lie."}
    )
    target: float | None = setting(
        None,
        "Target",
        "An answer counts minus its squared distance from here, times the weight: what goes past it loses as what "
        "falls short. Empty counts the reward itself.",
    )

    def __post_init__(self) -> None:
        if type(self.name) is not str or not NAME.fullmatch(self.name):
            raise SettingError("name", "A component's name has 1 to 40 letters, digits, dots, dashes or underscores.")
        if self.name == KL:
            raise SettingError("name", f"“{KL}” is the name of the distance to the reference; choose another.")
        if self.weight is not None and not is_number(self.weight):
            raise SettingError("weight", "The weight must be a number.")
        if self.weight == 0:
            raise SettingError("weight", "A weight of 0 does nothing: leave it empty and give the component a bound.")
        if self.weight is not None and abs(self.weight) > 1e6:
            raise SettingError("weight", "The weight must lie between -1000000 and 1000000.")
        if self.target is not None and not is_number(self.target):
            raise SettingError("target", "The target must be a number.")
        if self.target is not None and (self.weight is None or self.weight < 0):
            raise SettingError("target", "What is pulled to a target needs a weight above 0.")
        if type(self.bounds) is not tuple or not all(isinstance(one, Bound) for one in self.bounds):
            raise SettingError("bounds", "Bounds are a list of roles with thresholds.")
        if self.weight is None and not self.bounds:
            raise SettingError("weight", f"“{self.name}” has neither a weight nor a bound: it would do nothing.")
        must_agree(self.bounds)


def must_agree(bounds: Sequence[Bound]) -> None:
    """No role twice, and a mean exists that meets them all."""
    found = {one.role: one.threshold for one in bounds}
    if len(found) < len(bounds):
        raise SettingError("bounds", "A component can have each role of bound once.")
    if "equal" in found and len(found) > 1:
        raise SettingError("bounds", "A component that must equal its threshold needs no other bound.")
    if "at_least" in found and "at_most" in found and found["at_least"] >= found["at_most"]:
        raise SettingError(
            "bounds",
            f"These bounds contradict: no mean is at least {found['at_least']:g} and at most {found['at_most']:g}. "
            "For one value, use equal.",
        )


@dataclass(frozen=True)
class Kl:
    """How the distance to the reference counts, in nats per response, mean over prompts."""

    title: ClassVar[str] = "Distance to the reference"

    role: str = setting(
        "penalty",
        "Role",
        "penalty takes coefficient times KL from the objective; at_most bounds the mean KL by the target; objective "
        "makes the least KL the only aim, under the components' bounds.",
        enum=["penalty", "at_most", "objective"],
    )
    coefficient: float | None = setting(
        None, "Coefficient", "Of a penalty, in objective per nat; empty means 0.05.", minimum=0.0, maximum=1e6
    )
    target: float | None = setting(
        None,
        "Target in nats",
        "The bound of at_most. For a penalty: the coefficient adapts until the KL is there; empty keeps it fixed.",
        minimum=0.01,
        maximum=1_000.0,
    )

    def __post_init__(self) -> None:
        check(self)
        if self.role == "at_most" and self.target is None:
            raise SettingError("target", "A bound on the KL needs its target in nats per response.")
        if self.role != "penalty" and self.coefficient is not None:
            raise SettingError("coefficient", "Only a penalty has a coefficient.")
        if self.role == "objective" and self.target is not None:
            raise SettingError("target", "As the objective the KL has no target: it becomes as small as bounds allow.")
        if self.role == "penalty" and self.target is not None and self.coefficient == 0:
            raise SettingError("coefficient", "A coefficient that adapts by factors must begin above 0.")

    @property
    def begins(self) -> float:
        """The coefficient of a penalty, at first."""
        return 0.05 if self.coefficient is None else self.coefficient


@dataclass(frozen=True)
class Plan:
    """All that a run pursues."""

    title: ClassVar[str] = "Plan"

    components: tuple[Component, ...] = field(
        metadata={"title": "Components", "description": "Reward models with weights and bounds."}
    )
    kl: Kl | None = field(
        default=None, metadata={"title": "KL", "description": "Empty: the distance is only measured."}
    )

    def __post_init__(self) -> None:
        names = [one.name for one in self.components]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise SettingError("components", f"Two components are called “{twice[0]}”.")
        if not names:
            raise SettingError("components", "A run needs at least one component.")
        if self.is_kl_objective and self.weighted:
            raise SettingError(
                "kl", f"The KL is the objective, so “{self.weighted[0].name}” can have bounds and no weight."
            )
        if not self.weighted and (self.kl is None or self.kl.role == "at_most"):
            raise SettingError(
                "components", "Nothing is to be raised: give a component a weight, or make the KL the objective."
            )

    @property
    def weighted(self) -> tuple[Component, ...]:
        return tuple(one for one in self.components if one.weight is not None)

    @property
    def is_kl_objective(self) -> bool:
        return self.kl is not None and self.kl.role == "objective"

    @property
    def is_constrained(self) -> bool:
        return any(one.bounds for one in self.components) or (self.kl is not None and self.kl.role == "at_most")


def is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def read(components: Any, kl: Any = None) -> Plan:
    """A plan from plain values; SettingError names the field by its path, as in components.0.bounds.1.role."""
    if not isinstance(components, Sequence) or isinstance(components, str):
        raise SettingError("components", "Components must be a list.")
    found = tuple(read_component(f"components.{place}", one) for place, one in enumerate(components))
    return Plan(found, None if kl is None else made(Kl, "kl", kl))


def read_component(path: str, values: Any) -> Component:
    if not isinstance(values, Mapping):
        raise SettingError(path, "A component must be an object with a name, and a weight, bounds or both.")
    listed = values.get("bounds") or ()
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise SettingError(f"{path}.bounds", "Bounds must be a list.")
    bounds = tuple(made(Bound, f"{path}.bounds.{place}", one) for place, one in enumerate(listed))
    return made(Component, path, {**values, "bounds": bounds})


NEEDED: dict[type, tuple[str, ...]] = {Bound: ("role", "threshold"), Component: ("name",), Kl: ("role",)}


def made(kind: Any, path: str, values: Any) -> Any:
    """One part, its errors under its path."""
    if not isinstance(values, Mapping):
        raise SettingError(path, f"{kind.title}: this must be an object.")
    unknown = sorted(map(str, set(values) - {one.name for one in fields(kind)}))
    if unknown:
        raise SettingError(f"{path}.{unknown[0]}", f"{kind.title} has no setting {unknown[0]!r}.")
    missing = [name for name in NEEDED[kind] if values.get(name) is None]
    if missing:
        raise SettingError(f"{path}.{missing[0]}", f"{kind.title}: this is needed.")
    try:
        return kind(**values)
    except SettingError as error:
        raise SettingError(f"{path}.{error.name}", error.message) from error
