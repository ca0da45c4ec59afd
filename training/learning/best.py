"""The best checkpoint so far: bounds first, then what the run raises, both over the window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from training.learning.bounds import Held
from training.learning.settings.plan import Plan
from training.learning.watching import Watch


@dataclass
class Best:
    """A step, its rank, and the figures that gave it."""

    step: int = 0
    missed: float = float("inf")
    value: float = float("-inf")
    figures: dict[str, float] = field(default_factory=dict)

    def look(self, step: int, watch: Watch, plan: Plan, held: Sequence[Held]) -> bool:
        """Whether this step is better; looked at once a window, for a mean over fewer steps says little."""
        if step % watch.window:
            return False
        means = watch.means()
        missed = round(sum(miss(one, watch) for one in held), 9)
        value = -means["kl"] if plan.is_kl_objective else means.get("objective", float("-inf"))
        if (-missed, value) <= (-self.missed, self.value):
            return False
        self.step, self.missed, self.value, self.figures = step, missed, value, means
        return True

    def take(self, step: int, figures: Mapping[str, float]) -> None:
        """A check found this step the best: nothing else is asked."""
        self.step, self.figures = step, dict(figures)

    def state(self) -> dict[str, Any]:
        return {"step": self.step, "missed": self.missed, "value": self.value, "figures": self.figures}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.step, self.missed, self.value = int(state["step"]), float(state["missed"]), float(state["value"])
        self.figures = dict(state["figures"])


def miss(held: Held, watch: Watch) -> float:
    """How far the window's mean misses a bound, beyond two standard errors of the steps' noise."""
    values = watch.recent.get(f"violation/{held.name}", [])
    if not values:
        return float("inf")
    mean = sum(values) / len(values)
    noise = (sum((one - mean) ** 2 for one in values) / max(1, len(values) - 1) / len(values)) ** 0.5
    return max(0.0, (abs(mean) if held.is_free else mean) - 2 * noise)
