"""What a chart shows: one x for all series, perhaps a threshold; page and live address send the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime

from web.figures import minus
from web.words import Words

Number = float | int
MOST_POINTS = 2_000  # a canvas 1,200 pixels wide shows no more


@dataclass(frozen=True)
class Series:
    label: Words
    values: Sequence[Number | None]  # beside x; None where nothing was measured


@dataclass(frozen=True)
class Threshold:
    label: Words
    value: Number

    @property
    def shown(self) -> str:
        return short(self.value)


@dataclass(frozen=True)
class Chart:
    title: Words
    x: Sequence[Number]
    series: Sequence[Series]
    x_label: Words = ""
    threshold: Threshold | None = None
    is_done: bool = True  # nothing more will come: the browser stops asking
    url: str = ""  # where the same chart is answered as JSON
    every: int = 3  # seconds between two questions
    is_time: bool = False  # x are seconds since 1970

    def __post_init__(self) -> None:
        for series in self.series:
            if len(series.values) != len(self.x):
                raise ValueError(f"{series.label} has {len(series.values)} values for {len(self.x)} places.")

    @property
    def rows(self) -> list[tuple[Number | str, list[str]]]:
        """The numbers behind the picture, for people who do not see it."""
        return [(self._place(index), [short(series.values[index]) for series in self.series]) for index in self._kept()]

    def _place(self, index: int) -> Number | str:
        if not self.is_time:
            return self.x[index]
        return date_format(localtime(datetime.fromtimestamp(self.x[index], UTC)), "SHORT_DATETIME_FORMAT")

    def _kept(self) -> list[int]:
        """Evenly spread places, the last one among them, when there are more than a screen can show."""
        count = len(self.x)
        if count <= MOST_POINTS:
            return list(range(count))
        stride = -(-count // MOST_POINTS)
        return sorted({*range(0, count, stride), count - 1})

    def as_json(self) -> dict[str, Any]:
        """The shape that static/web/js/charts.js reads."""
        kept = self._kept()
        return {
            "x": [self.x[index] for index in kept],
            "series": [{"label": str(s.label), "values": [s.values[index] for index in kept]} for s in self.series],
            "threshold": {"label": str(self.threshold.label), "value": self.threshold.value}
            if self.threshold
            else None,
            "done": self.is_done,
            "time": self.is_time,
        }


def short(value: Number | None) -> str:
    """Four digits that matter."""
    return "–" if value is None else minus(f"{value:.4g}")


def from_measurements(points: Sequence[tuple[Number, str, Number]]) -> tuple[list[Number], list[Series]]:
    """(step, name, value) rows, as measurements come, put beside one another: x and one series a name."""
    steps = sorted({step for step, _name, _value in points})
    place = {step: index for index, step in enumerate(steps)}
    columns: dict[str, list[Number | None]] = {}
    for step, name, value in points:
        columns.setdefault(name, [None] * len(steps))[place[step]] = value
    return steps, [Series(name, values) for name, values in columns.items()]
