"""When a run has gone far enough, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from training.learning.looks import error
from training.learning.settings.online import Online
from training.learning.watching import Watch

SURE = 2.0  # standard errors of the paired difference


@dataclass
class Peak:
    """The first check's first look and its best one, by prompt."""

    first: list[float] = field(default_factory=list)
    best: list[float] = field(default_factory=list)
    step: int = 0

    def begin(self, value: float, prompts: int) -> None:
        """What the reference has at every prompt, where that is known and need not be looked at."""
        if not self.first:
            self.first, self.best = [value] * prompts, [value] * prompts

    def add(self, step: int, values: list[float]) -> bool:
        """Whether this look is the best so far."""
        if not self.first:
            self.first = values
        if self.best and np.mean(values) <= np.mean(self.best):
            return False
        self.best, self.step = values, step
        return True

    def lost(self, values: list[float]) -> tuple[float, bool]:
        """(share of the gain that is lost since the best look, whether that is beyond the noise)."""
        gain = float(np.mean(self.best) - np.mean(self.first))
        falls = [best - now for best, now in zip(self.best, values, strict=True)]
        fall = float(np.mean(falls))
        return (fall / gain if gain > 0 else float("inf") if fall > 0 else 0.0), fall > SURE * error(falls)

    def state(self) -> dict[str, Any]:
        return {"first": self.first, "best": self.best, "step": self.step}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.first, self.best, self.step = list(state["first"]), list(state["best"]), int(state["step"])


def by_window(watch: Watch, settings: Online) -> str | None:
    """A sentence, where the means of a full window say that it is time."""
    if not watch.is_full("kl"):
        return None
    kl = watch.mean("kl")
    if settings.stop_kl is not None and kl >= settings.stop_kl:
        return f"The policy is {kl:.3g} nats from the reference; the run was to stop at {settings.stop_kl:g}."
    times = watch.mean("length") / watch.first["length"]
    if settings.stop_length is not None and times >= settings.stop_length:
        return f"Answers are {times:.3g} times as long as at first; the run was to stop at {settings.stop_length:g}."
    return by_spread(watch, settings)


def by_spread(watch: Watch, settings: Online) -> str | None:
    if settings.stop_spread is None:
        return None
    for name in sorted(watch.recent):
        if name.startswith("spread/") and watch.first[name] > 0:
            times = watch.mean(name) / watch.first[name]
            if times >= settings.stop_spread:
                component = name.removeprefix("spread/")
                return (
                    f"The members of “{component}” differ {times:.3g} times as much as at first: the answers have left "
                    f"what they learned from. The run was to stop at {settings.stop_spread:g}."
                )
    return None


def by_look(peak: Peak, values: list[float], fall: float | None) -> str | None:
    """A sentence, where the first check has fallen from its best by more than noise and more than was allowed."""
    if fall is None or not values:
        return None
    lost, is_sure = peak.lost(values)
    if not is_sure or lost < fall:
        return None
    what = f"{lost:.0%} of its gain" if lost < 10 else "more than it had gained"
    return f"The check was best after step {peak.step} and has lost {what} since. The checkpoint of that step is kept."
