"""What each arm of the constrained study kept of its gain, over seeds, by answers that no choice has seen.

A share is the mean of what was kept over the mean of what there was, so that a seed that gained next to nothing does
not decide; its lower bound is one-sided, of 90 %, by Student's t on what each seed adds to the ratio.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.stats import t

from training.learning import steady
from training.learning.looks import error
from training.learning.studies.arms import CHECK, CONTROL
from training.learning.studies.fresh import Judged

REACHED = 0.05  # of a threshold: as near as Moskovitz et al. call it reached
WINDOW = 0.25  # of the steps, the last ones, whose own samples say whether a bound is met
DOUBT = 0.05  # the chance of noise that keeps a bound that is met from its threshold


@dataclass(frozen=True)
class Share:
    mean: float
    low: float  # −∞ from one seed
    by_seed: list[float]


NOTHING = Share(float("nan"), float("-inf"), [])


@dataclass(frozen=True)
class Outcome:
    """One arm from one seed: judged looks at its beginning, at its best look and at its end."""

    arm: str
    first: Judged
    best: Judged
    last: Judged
    violations: Mapping[str, Mapping[int, float]]  # by component and step, of the run's own samples

    def gain(self, look: Judged, check: str = CHECK) -> float:
        return float(np.mean(look[check]) - np.mean(self.first[check]))


@dataclass(frozen=True)
class Distance:
    """How far a component ended from its threshold: by judged answers, and by the last steps' own samples."""

    judged: float
    judged_error: float
    window: steady.Mean

    def is_reached(self, threshold: float) -> bool:
        return abs(self.judged) <= REACHED * abs(threshold)

    def is_met(self, threshold: float) -> bool:
        """Reached, and not away from it beyond the noise of the last steps, over a window."""
        return self.is_reached(threshold) and self.window.chance >= DOUBT


@dataclass(frozen=True)
class Verdict:
    arm: str
    begin: list[float]  # gold, by seed
    peak: list[float]  # of the arm's own best look
    end: list[float]
    kept_of_own_peak: Share
    kept_of_free_peak: Share  # gain at the end over the gain at the peak of the arm that nothing holds
    control_after_peak: Share  # gain of the control from the best look to the end, over its gain until then
    distances: list[dict[str, Distance]]  # by seed, where the arm is held

    def row(self) -> dict[str, Any]:
        return asdict(self)


def share(parts: Sequence[float], wholes: Sequence[float]) -> Share:
    part, whole = np.array(parts), np.array(wholes)
    each = np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan).tolist()
    ratio = float(part.mean() / whole.mean()) if whole.mean() > 0 else float("nan")
    if len(part) < 2:
        return Share(ratio, float("-inf"), each)
    apart = (part - ratio * whole) / whole.mean()
    width = float(t.ppf(0.9, len(part) - 1) * apart.std(ddof=1) / np.sqrt(len(part)))
    return Share(ratio, ratio - width, each)


def verdict(own: Sequence[Outcome], free: Sequence[Outcome], limits: Mapping[str, float]) -> Verdict:
    """Of an arm's seeds, beside those of the arm that nothing holds, where that was run."""
    ends = [one.gain(one.last) for one in own]
    peaks = [one.gain(one.best) for one in own]
    control = [one.gain(one.best, CONTROL) for one in own]
    later = [one.gain(one.last, CONTROL) - until for one, until in zip(own, control, strict=True)]
    return Verdict(
        arm=own[0].arm,
        begin=[float(np.mean(one.first[CHECK])) for one in own],
        peak=[float(np.mean(one.best[CHECK])) for one in own],
        end=[float(np.mean(one.last[CHECK])) for one in own],
        kept_of_own_peak=share(ends, peaks),
        kept_of_free_peak=share(ends, [one.gain(one.best) for one in free]) if free else NOTHING,
        control_after_peak=share(later, control),
        distances=[distances(one, limits) for one in own if one.violations],
    )


def distances(own: Outcome, limits: Mapping[str, float]) -> dict[str, Distance]:
    found = {}
    for name, threshold in limits.items():
        judged = own.last[name]
        above = -np.array([value for _, value in sorted(own.violations[name].items())])
        window = steady.mean(above[-max(2, math.ceil(WINDOW * len(above))) :])
        found[name] = Distance(float(np.mean(judged)) - threshold, error(list(judged)), window)
    return found


def reached(verdict: Verdict, limits: Mapping[str, float]) -> list[bool]:
    """By seed, whether every component ended near its threshold."""
    return [all(one[name].is_reached(limits[name]) for name in limits) for one in verdict.distances]


def met(verdict: Verdict, limits: Mapping[str, float]) -> list[bool]:
    """By seed, whether nothing but noise keeps a component from its threshold."""
    return [all(one[name].is_met(limits[name]) for name in limits) for one in verdict.distances]


def least_chance(verdict: Verdict) -> float:
    """Of the bound that ended farthest off, times the number of bounds: the more there are, the farther one is off."""
    each = [bound.window.chance for one in verdict.distances for bound in one.values()]
    return min(1.0, min(each, default=1.0) * len(each))
