"""Pictures that the server draws as SVG: points with intervals, bars, and rows of intervals on one scale.

Places are percentages of the picture, so that it grows and shrinks with the page while words keep their size.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from web.figures import minus
from web.words import Words


@dataclass(frozen=True)
class Scale:
    """From the lowest to the highest value; logarithmic where values differ by factors."""

    low: float
    high: float
    is_log: bool = False

    def place(self, value: float) -> float:
        """Percent of the way, never outside."""
        low, high = (math.log(self.low), math.log(self.high)) if self.is_log else (self.low, self.high)
        at = math.log(max(value, self.low)) if self.is_log else value
        return min(100.0, max(0.0, 100 * (at - low) / ((high - low) or 1)))

    @property
    def ticks(self) -> list[float]:
        return decades(self.low, self.high) if self.is_log else steps(self.low, self.high)


def steps(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers between the two, at most so many."""
    if not high > low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first = math.ceil(low / step - 1e-9)
    return [round(number * step, 10) for number in range(first, math.floor(high / step + 1e-9) + 1)]


def decades(low: float, high: float) -> list[float]:
    """1, 10, 100 …; with more between where there is room."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    factors: tuple[float, ...] = (1,) if high > 1_000 * low else (1, 2, 5)
    if high < 10 * low:
        factors = (1, 1.5, 2, 3, 4, 5, 7)
    return [v for p in powers for f in factors if low <= (v := f * 10.0**p) <= high]


@dataclass(frozen=True)
class Point:
    """One thing at x and y, with an interval along y; `url` makes it a link."""

    x: float
    y: float
    label: Words
    low: float | None = None
    high: float | None = None
    url: str = ""
    series: int = 1
    is_odd: bool = False


@dataclass(frozen=True)
class Bar:
    start: float
    end: float
    height: float
    label: Words


@dataclass(frozen=True)
class Guide:
    """A line across at one value of y, or of x."""

    value: float
    label: Words
    is_upright: bool = False


@dataclass(frozen=True)
class Plot:
    """`rows` are the numbers behind it, a row below `headings`, for people who do not see the picture."""

    title: Words
    x: Scale
    y: Scale
    x_label: Words
    y_label: Words
    points: Sequence[Point] = ()
    bars: Sequence[Bar] = ()
    guides: Sequence[Guide] = ()
    names: Sequence[Words] = ()  # of series, where there are several
    x_words: Sequence[tuple[float, str]] = ()  # in place of numbers along x
    joined: bool = False  # points of a series hang together
    bare: Sequence[int] = ()  # series that are lines alone: what is exact or a formula's has no points of its own
    headings: Sequence[Words] = ()
    rows: Sequence[Sequence[str]] = field(default_factory=list)

    @property
    def x_ticks(self) -> list[tuple[str, str]]:
        words = self.x_words or [(tick, short(tick)) for tick in self.x.ticks]
        return [(percent(self.x.place(at)), text) for at, text in words]

    @property
    def y_ticks(self) -> list[tuple[str, str]]:
        return [(percent(100 - self.y.place(at)), short(at)) for at in self.y.ticks]

    @property
    def marks(self) -> list[dict[str, object]]:
        return [
            {
                "x": percent(self.x.place(one.x)),
                "y": percent(100 - self.y.place(one.y)),
                "low": "" if one.low is None else percent(100 - self.y.place(one.low)),
                "high": "" if one.high is None else percent(100 - self.y.place(one.high)),
                "point": one,
                "is_bare": one.series in self.bare,
            }
            for one in self.points
        ]

    @property
    def segments(self) -> list[dict[str, object]]:
        """Lines between neighbours of a series."""
        if not self.joined:
            return []
        found: list[dict[str, object]] = []
        last: dict[int, dict[str, object]] = {}
        for mark, point in zip(self.marks, self.points, strict=True):
            if (before := last.get(point.series)) is not None:
                found.append({"from": before, "to": mark, "series": point.series, "is_bare": mark["is_bare"]})
            last[point.series] = mark
        return found

    @property
    def columns(self) -> list[dict[str, object]]:
        found: list[dict[str, object]] = []
        for bar in self.bars:
            start, end, top = self.x.place(bar.start), self.x.place(bar.end), self.y.place(bar.height)
            gap = 0.12 * (end - start)
            place = {"x": start + gap, "y": 100 - top, "width": end - start - 2 * gap, "height": top}
            found.append({**{name: percent(value) for name, value in place.items()}, "label": bar.label})
        return found

    @property
    def lines(self) -> list[dict[str, object]]:
        return [
            {
                "at": percent(self.x.place(one.value) if one.is_upright else 100 - self.y.place(one.value)),
                "guide": one,
            }
            for one in self.guides
        ]


@dataclass(frozen=True)
class Span:
    """One row of a picture of intervals: where a figure lies, and what is said of it."""

    label: Words
    value: float | None
    low: float | None
    high: float | None
    text: Words
    means: Words = ""


@dataclass(frozen=True)
class Spans:
    """Figures with intervals below each other on one scale; `bounds` are values worth a line."""

    title: Words
    scale: Scale
    spans: Sequence[Span]
    bounds: Sequence[float] = ()

    @property
    def rows(self) -> list[dict[str, object]]:
        return [
            {
                "span": one,
                "at": "" if one.value is None else percent(self.scale.place(one.value)),
                "low": "" if one.low is None else percent(self.scale.place(one.low)),
                "high": "" if one.high is None else percent(self.scale.place(one.high)),
            }
            for one in self.spans
        ]

    @property
    def lines(self) -> list[str]:
        return [percent(self.scale.place(bound)) for bound in self.bounds]

    @property
    def ticks(self) -> list[tuple[str, str]]:
        return [(percent(self.scale.place(tick)), short(tick)) for tick in self.scale.ticks]


def percent(value: float) -> str:
    """As SVG reads it, whatever the language of the page."""
    return f"{value:.3f}%"


def short(value: float) -> str:
    if abs(value) >= 10_000:
        return f"{value / 1_000:.4g}k"
    return minus(f"{value:.4g}")
