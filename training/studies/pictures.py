"""The charts of a study as pictures with the same numbers below, and its fits, peaks and comparisons as rows."""

from typing import Any

from django.utils.translation import gettext as _

from web.plots import Plot, Point, Scale, short

Found = dict[str, Any]
APART = 0.004  # of the width, by which series that share places along x stand apart


def pictures(result: Found) -> list[tuple[str, Plot]]:
    """(identifier, picture) of each chart."""
    return [(f"chart-{number}", picture(chart)) for number, chart in enumerate(result["charts"], start=1)]


def picture(chart: Found) -> Plot:
    curves = chart["curves"]
    across = Scale(0.0, 1.02 * max(max(curve["x"]) for curve in curves) or 1.0)
    points = [point for number, curve in enumerate(curves, start=1) for point in series(number, curve, curves, across)]
    sides = [side for point in points for side in (point.low, point.y, point.high) if side is not None]
    margin = 0.05 * (max(sides) - min(sides)) or 0.1
    return Plot(
        _(chart["title"]),
        across,
        Scale(min(sides) - margin, max(sides) + margin),
        _(chart["x_label"]),
        _(chart["y_label"]),
        points=points,
        names=[_(curve["name"]) for curve in curves],
        joined=True,
        bare=[number for number, curve in enumerate(curves, start=1) if curve["what"] != "measured"],
        headings=[_("Curve"), _(chart["x_label"]), _("Mean"), _("95 % interval")],
        rows=[row for curve in curves if curve["what"] != "fitted" for row in rows(curve)],
    )


def series(number: int, curve: Found, curves: list[Found], across: Scale) -> list[Point]:
    measured = curve["what"] == "measured"
    shift = (number - (len(curves) + 1) / 2) * APART * across.high if measured else 0.0
    found = []
    for place, (x, mean) in enumerate(zip(curve["x"], curve["mean"], strict=True)):
        low, high = (curve[name][place] if curve[name] else None for name in ("low", "high"))
        label = f"{_(curve['name'])}: {short(x)}, {short(mean)}"
        found.append(Point(max(0.0, x + shift), mean, label, low, high, series=number))
    return found


def rows(curve: Found) -> list[list[str]]:
    name = _(curve["name"])
    bounds = zip(curve["low"], curve["high"], strict=True) if curve["low"] else [None] * len(curve["x"])
    return [
        [name, short(x), short(mean), interval(both)]
        for x, mean, both in zip(curve["x"], curve["mean"], bounds, strict=True)
    ]


def interval(both: Any) -> str:
    return "–" if both is None else f"[{short(both[0])}, {short(both[1])}]"


def value(given: float | None) -> str:
    return "–" if given is None else short(given)


def peaks(result: Found) -> list[Found]:
    return [
        {
            "curve": _(one["curve"]),
            "where": _(one["where"]),
            "value": short(one["value"]),
            "lost": f"{100 * one['lost']:.0f} %",
            "interval": "–" if one["lost_interval"] is None else percents(one["lost_interval"]),
            "is_inside": one["is_inside"],
        }
        for one in result["peaks"]
    ]


def percents(both: list[float]) -> str:
    low, high = (f"{100 * side:.0f}".replace("-", "−") for side in both)
    return f"[{low}, {high}] %"


def fits(result: Found) -> list[Found]:
    return [
        {
            "curve": _(one["curve"]),
            "formula": "d(a − b d)" if one["form"] == "best_of_n" else "d(a − b log d)",
            "a": f"{short(one['a'])} {interval(one['a_interval'])}",
            "b": f"{short(one['b'])} {interval(one['b_interval'])}",
            "r2": short(one["r2"]),
            "peak_at": value(one["peak_at"]),
            "peak_interval": interval(one["peak_at_interval"]),
            "peak_value": value(one["peak_value"]),
        }
        for one in result["fits"]
    ]


def comparisons(result: Found) -> list[Found]:
    return [
        {
            "first": _(one["first"]),
            "second": _(one["second"]),
            "at": _(one["at"]),
            "difference": short(one["difference"]),
            "interval": interval(one["interval"]),
            "holds": one["holds"],
        }
        for one in result["comparisons"]
    ]


def notes(result: Found) -> list[str]:
    return [_(note) for note in result["notes"]]
