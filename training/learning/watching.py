"""Figures of the last steps, and the alarms that they raise (T15 to T19): each is told once when it begins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from training.learning.bounds import Held

MOST = 0.9  # share of answers cut off, or of groups without spread
CORRELATED, LONGER = 0.7, 1.5  # of reward with length; of the mean length against the beginning's
OFF = 0.05  # of the ratio between trainer and sampler


class Alarm(NamedTuple):
    name: str
    sentence: str


@dataclass
class Watch:
    """The last `window` values of every measurement, the first of each, and the alarms that are on."""

    window: int
    recent: dict[str, list[float]] = field(default_factory=dict)
    first: dict[str, float] = field(default_factory=dict)
    on: list[str] = field(default_factory=list)

    def add(self, figures: Mapping[str, float]) -> None:
        for name, value in figures.items():
            self.first.setdefault(name, value)
            self.recent[name] = [*self.recent.get(name, []), value][-self.window :]

    def mean(self, name: str) -> float:
        return float(np.mean(self.recent[name])) if self.recent.get(name) else float("nan")

    def means(self) -> dict[str, float]:
        """Of every measurement over the window, but for times."""
        return {name: self.mean(name) for name in self.recent if not name.startswith("seconds/")}

    def is_full(self, name: str) -> bool:
        return len(self.recent.get(name, ())) == self.window

    def begun(self, held: Sequence[Held], saturated: Sequence[bool]) -> list[Alarm]:
        """Alarms that were off until now."""
        for bound, is_at_cap in zip(held, saturated, strict=True):
            self.add({f"saturated/{bound.name}": float(is_at_cap)})
        now = {alarm.name: alarm for alarm in self.found(held)}
        fresh = [alarm for name, alarm in now.items() if name not in self.on]
        self.on = sorted(now)
        return fresh

    def found(self, held: Sequence[Held]) -> list[Alarm]:
        alarms = [*self.of_sampling(), *self.of_length()]
        for bound in held:
            alarms += self.of_bound(bound)
        return alarms

    def of_sampling(self) -> list[Alarm]:
        found = []
        if self.mean("truncated") > MOST:
            found.append(
                Alarm("truncated", "Nearly every answer is cut off: allow longer ones, or nothing is learned.")
            )
        if self.mean("zero_spread") > MOST:
            found.append(
                Alarm("zero_spread", "Nearly all answers to a prompt are scored alike: nothing tells them apart.")
            )
        if abs(self.mean("ratio_at_start") - 1) > OFF:
            found.append(
                Alarm("ratio", "What is sampled and what is learned from disagree on how likely the answers are.")
            )
        return found

    def of_length(self) -> list[Alarm]:
        if not self.is_full("length") or self.mean("length") < LONGER * self.first["length"]:
            return []
        prefix = "length_correlation/"
        alike = [name for name in self.recent if name.startswith(prefix) and self.mean(name) > CORRELATED]
        times = self.mean("length") / self.first["length"]
        return [
            Alarm(
                f"length/{name.removeprefix(prefix)}",
                f"Answers are {times:.1f} times as long as at first and “{name.removeprefix(prefix)}” goes with "
                "length: the policy may be learning to write more and nothing else.",
            )
            for name in alike
        ]

    def of_bound(self, bound: Held) -> list[Alarm]:
        """Not reached: the multiplier stayed at its cap for the window, and the violation does not shrink."""
        violations = self.recent.get(f"violation/{bound.name}", [])
        at_cap = self.recent.get(f"saturated/{bound.name}", [])
        if len(violations) < self.window or len(at_cap) < self.window or not all(at_cap):
            return []
        half = self.window // 2
        before, after = (np.abs(part).mean() if part else np.inf for part in (violations[:half], violations[half:]))
        if after < before or np.mean(violations[half:]) == 0:
            return []
        return [
            Alarm(
                f"not_reached/{bound.name}",
                f"The bound “{bound.component} {bound.role.replace('_', ' ')} {bound.threshold:g}” is not reached: its "
                f"multiplier has stood at its cap for {self.window} steps and the violation does not shrink.",
            )
        ]

    def state(self) -> dict[str, Any]:
        return {"recent": self.recent, "first": self.first, "on": self.on}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.recent = {name: list(values) for name, values in state["recent"].items()}
        self.first, self.on = dict(state["first"]), list(state["on"])
