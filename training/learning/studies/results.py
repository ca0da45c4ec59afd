"""What a study finds, in plain values: curves with intervals, fits, peaks, comparisons, and notes on them.

Intervals are of 95 %. The hash is over the charts alone, as canonical JSON: the same seed and settings give it again on
the same build and machine.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

Interval = tuple[float, float]
DIGITS = 9  # that are kept of each number


@dataclass(frozen=True)
class Curve:
    """A line of a chart; `what` is measured, exact (by the oracle), or fitted (a formula's)."""

    name: str
    x: Sequence[float]
    mean: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    what: str = "measured"

    def __post_init__(self) -> None:
        lengths = {len(self.x), len(self.mean), *(len(side) for side in (self.low, self.high) if len(side))}
        if len(lengths) != 1 or bool(len(self.low)) != bool(len(self.high)):
            raise ValueError(f"The curve {self.name} has sides of different lengths: {sorted(lengths)}.")


@dataclass(frozen=True)
class Chart:
    name: str
    title: str
    x_label: str
    y_label: str
    curves: Sequence[Curve]


@dataclass(frozen=True)
class Fit:
    """Gao's formula fitted to a curve of a chart; `peak_at` is √KL, None where the formula has no peak."""

    curve: str
    form: str
    a: float
    a_interval: Interval
    b: float
    b_interval: Interval
    r2: float
    peak_at: float | None
    peak_at_interval: Interval | None
    peak_value: float | None


@dataclass(frozen=True)
class Peak:
    """Where a measured curve is highest, and the share of its gain that is lost from there to its end."""

    curve: str
    at: float  # on the chart's x
    where: str  # the same in words: n = 64, step 20
    value: float
    lost: float
    lost_interval: Interval | None  # None where one seed says nothing of another
    is_inside: bool  # the loss is beyond doubt: its interval lies above 0


@dataclass(frozen=True)
class Comparison:
    """How much more the first has than the second, paired; `holds` says that it is above 0, as expected."""

    first: str
    second: str
    at: str
    difference: float
    interval: Interval | None
    holds: bool


@dataclass(frozen=True)
class Result:
    charts: Sequence[Chart]
    fits: Sequence[Fit] = ()
    peaks: Sequence[Peak] = ()
    comparisons: Sequence[Comparison] = ()
    notes: Sequence[str] = ()  # sentences: how it came out, and what bounds what can be concluded

    def as_dict(self) -> dict[str, Any]:
        """Plain values with their hash; all of it is simulated, and says so."""
        found: dict[str, Any] = plain(asdict(self))
        return {"simulated": True, **found, "sha256": digest(found["charts"])}


def plain(value: Any) -> Any:
    """As JSON holds it, whether it was read from there or not: lists, and floats of a few digits."""
    if isinstance(value, dict):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, bool | int | str) or value is None:
        return value
    if isinstance(value, Sequence) or hasattr(value, "tolist"):
        return [plain(part) for part in (value.tolist() if hasattr(value, "tolist") else value)]
    return float(f"{float(value):.{DIGITS}g}")


def digest(charts: Any) -> str:
    """SHA-256 of the curves."""
    return hashlib.sha256(json.dumps(charts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
