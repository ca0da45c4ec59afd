"""Multipliers of bounds: how each moves with its violation, and how they mix a bound's advantages into the task's."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp
from torch import Tensor

from rewardmodels.learning import keys
from training.learning.bounds import Held
from training.learning.settings.online import Online

Floats = NDArray[np.float64]
NEAR = 0.99  # of the greatest: there a multiplier is saturated
SMOOTHED = 5  # steps over which the variance within prompts is a running mean
LEAST = 0.01  # of the largest variance so far: what no longer varies gets no endless gain


@dataclass(frozen=True)
class Batch:
    """What a controller may look at: raw means, and by answer what the dual needs."""

    means: Mapping[str, float]  # by component, the KL's too
    objective: Floats  # (answers,) with the KL's penalty in it
    values: Mapping[str, Floats]  # by component (answers,)
    samples: int
    temperature: float  # of the objective: the KL's coefficient in it; 0 where there is none


class Controller(Protocol):
    def multipliers(self) -> list[float]:
        """As they are now, bound by bound."""

    def update(self, batch: Batch) -> None: ...

    def weights(self) -> tuple[float, list[float]]:
        """What the objective's advantage and each bound's are multiplied by."""

    def saturated(self) -> list[bool]: ...

    def state(self) -> dict[str, Any]:
        """Plain values, for the checkpoint."""

    def restore(self, state: Mapping[str, Any]) -> None: ...


def mixed(controller: Controller, objective: Tensor, bounds: Sequence[Tensor]) -> Tensor:
    """(answers,): one advantage of the task's and the bounds' (each with its sign already)."""
    own, others = controller.weights()
    return sum((weight * one for weight, one in zip(others, bounds, strict=True)), own * objective)


@dataclass
class Bounded:
    """Multipliers squashed into (0, 1) by a sigmoid, or (−1, 1) by tanh for equal (Moskovitz et al., arXiv 2310.04373).

    A = (N − Σ m) A₀ + Σ m A_i: the weights add up to the number of bounds. Gradient steps with momentum descend on
    Σ m · slack, in which the slack is the raw mean's.
    """

    held: Sequence[Held]
    rate: float
    momentum: float
    raw: list[float]
    speed: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self.speed = [0.0] * len(self.held)

    def multipliers(self) -> list[float]:
        return [math.tanh(one) if held.is_free else sigmoid(one) for held, one in zip(self.held, self.raw, strict=True)]

    def slopes(self) -> list[float]:
        now = self.multipliers()
        return [1 - one**2 if held.is_free else one * (1 - one) for held, one in zip(self.held, now, strict=True)]

    def update(self, batch: Batch) -> None:
        slack = [held.slack(batch.means[held.component]) for held in self.held]
        gradient = [slope * each for slope, each in zip(self.slopes(), slack, strict=True)]
        length = math.sqrt(sum(one**2 for one in gradient))
        cut = min(1.0, 1.0 / length) if length > 0 else 1.0
        self.speed = [self.momentum * old + cut * one for old, one in zip(self.speed, gradient, strict=True)]
        self.raw = [old - self.rate * speed for old, speed in zip(self.raw, self.speed, strict=True)]

    def weights(self) -> tuple[float, list[float]]:
        now = self.multipliers()
        return (len(now) - sum(now) if now else 1.0), now

    def saturated(self) -> list[bool]:
        return [abs(one) >= NEAR for one in self.multipliers()]

    def state(self) -> dict[str, Any]:
        return {"raw": self.raw, "speed": self.speed}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.raw, self.speed = list(state["raw"]), list(state["speed"])


@dataclass
class Spread:
    """Variances within prompts, component by component, as a running mean over some steps.

    A tilt of a policy by λ r moves the mean of r by λ times this variance, to first order. So violation over variance
    is the λ that would close the violation, whatever r is counted in.
    """

    now: dict[str, float] = field(default_factory=dict)
    largest: dict[str, float] = field(default_factory=dict)
    steps: int = 0

    def update(self, batch: Batch) -> None:
        self.steps += 1
        share = max(1 / self.steps, 1 / SMOOTHED)
        for name, values in batch.values.items():
            table = values.reshape(-1, batch.samples if batch.samples > 1 else len(values))
            found = float(table.var(axis=1, ddof=1).mean()) if table.shape[1] > 1 else 0.0
            self.now[name] = (1 - share) * self.now.get(name, 0.0) + share * found
            self.largest[name] = max(self.largest.get(name, 0.0), self.now[name])

    def of(self, name: str) -> float:
        """1 for what has never varied: its gains are as they are."""
        return max(self.now[name], LEAST * self.largest[name]) or 1.0


@dataclass
class Pid:
    """λ from the violation, its sum and its growth (Stooke, Achiam and Abbeel, arXiv 2007.03964).

    A = (A₀ + Σ λ A_i) / (1 + Σ |λ|). Where gains are counted in tilts, a violation is what would close it (see Spread);
    where advantages have a deviation of 1 already, that is the violation in deviations.
    """

    held: Sequence[Held]
    proportional: float
    integral: float
    derivative: float
    cap: float
    unit: str = "value"  # or tilt
    is_scaled: bool = False  # whether advantages are divided by their deviation
    spread: Spread = field(default_factory=Spread)
    sums: list[float] = field(init=False)
    before: list[float | None] = field(init=False)
    now: list[float] = field(init=False)

    def __post_init__(self) -> None:
        count = len(self.held)
        self.sums, self.before, self.now = [0.0] * count, [None] * count, [0.0] * count

    def multipliers(self) -> list[float]:
        return self.now

    def update(self, batch: Batch) -> None:
        self.spread.update(batch)
        for place, held in enumerate(self.held):
            violation = held.violation(batch.means[held.component]) / self.counted_in(held)
            last = self.before[place]
            growth = 0.0 if last is None else violation - last
            self.sums[place] = self.within(held, self.sums[place] + self.integral * violation)
            growing = growth if held.is_free else max(0.0, growth)
            self.now[place] = self.within(
                held, self.sums[place] + self.proportional * violation + self.derivative * growing
            )
            self.before[place] = violation

    def counted_in(self, held: Held) -> float:
        if self.unit == "value":
            return 1.0
        variance = self.spread.of(held.component)
        return math.sqrt(variance) if self.is_scaled else variance

    def within(self, held: Held, value: float) -> float:
        return min(self.cap, max(-self.cap if held.is_free else 0.0, value))

    def weights(self) -> tuple[float, list[float]]:
        total = 1 + sum(abs(one) for one in self.now)
        return 1 / total, [one / total for one in self.now]

    def saturated(self) -> list[bool]:
        return [abs(one) >= NEAR * self.cap for one in self.now]

    def state(self) -> dict[str, Any]:
        return {"sums": self.sums, "before": self.before, "now": self.now, "spread": asdict(self.spread)}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.sums, self.before, self.now = list(state["sums"]), list(state["before"]), list(state["now"])
        self.spread = Spread(**state.get("spread", {}))  # a run that was begun without one starts it now


@dataclass
class Exact:
    """λ that minimises the dual on a step's own samples (Huang et al., arXiv 2405.19544, from the policy's samples).

    D(λ) = β mean over prompts of log mean over answers of exp((R + λ·slack)/β). R holds −β log π/reference, which turns
    the policy's samples into the reference's: the weights of importance and the penalty are the same thing. Few answers
    to a prompt bias it, so λ is a running mean over about `window` steps.
    """

    held: Sequence[Held]
    cap: float
    window: int
    now: list[float] = field(init=False)
    steps: int = 0

    def __post_init__(self) -> None:
        self.now = [0.0] * len(self.held)

    def multipliers(self) -> list[float]:
        return self.now

    def update(self, batch: Batch) -> None:
        if not self.held:
            return
        slack = np.stack([held.sign * (batch.values[held.component] - held.threshold) for held in self.held])
        found = minimum(batch, slack, [(-self.cap if held.is_free else 0.0, self.cap) for held in self.held])
        self.steps += 1
        share = max(1 / self.steps, 1 / self.window)
        self.now = [(1 - share) * old + share * float(new) for old, new in zip(self.now, found, strict=True)]

    def weights(self) -> tuple[float, list[float]]:
        total = 1 + sum(abs(one) for one in self.now)
        return 1 / total, [one / total for one in self.now]

    def saturated(self) -> list[bool]:
        return [abs(one) >= NEAR * self.cap for one in self.now]

    def state(self) -> dict[str, Any]:
        return {"now": self.now, "steps": self.steps}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.now, self.steps = list(state["now"]), int(state["steps"])


def minimum(batch: Batch, slack: Floats, bounds: list[tuple[float, float]]) -> Floats:  # slack (bounds, answers)
    """(bounds,): the minimiser of the dual; at the cap where the samples leave the dual without one."""
    reward, beta = batch.objective.reshape(-1, batch.samples), batch.temperature
    table = slack.reshape(len(slack), -1, batch.samples)

    def dual(multipliers: Floats) -> tuple[float, Floats]:
        score = (reward + np.tensordot(multipliers, table, 1)) / beta
        total = logsumexp(score, axis=1)
        chance = np.exp(score - total[:, None])
        value = beta * float((total - math.log(batch.samples)).mean())
        return value, (table * chance).sum(axis=2).mean(axis=1)

    begin = np.clip(np.zeros(len(bounds)), *np.array(bounds).T)
    return np.asarray(minimize(dual, begin, jac=True, method="L-BFGS-B", bounds=bounds).x)


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))


def make(held: Sequence[Held], settings: Online, seed: int) -> Controller:
    """The controller that the settings name."""
    if settings.controller == "pid":
        gains = settings.proportional, settings.multiplier_rate, settings.derivative
        return Pid(held, *gains, settings.cap, settings.gain_unit, settings.normalise)
    if settings.controller == "exact":
        return Exact(held, settings.cap, settings.window)
    drawn = keys.numpy_generator(seed, "multipliers").normal(0.0, 0.01, len(held))
    return Bounded(held, settings.multiplier_rate, settings.multiplier_momentum, drawn.tolist())
