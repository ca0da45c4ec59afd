"""Cuts through the surface as pictures, the looks of the runs beside them."""

from typing import Any

from django.utils.translation import gettext as _

from web.plots import Guide, Plot, Point, Scale, short

Found = dict[str, Any]
SURFACE, LOOKS = 1, 2


def pictures(result: Found) -> list[tuple[str, Plot]]:
    """(identifier, picture) by component."""
    return [
        (f"cut-{number}", picture(result, one, number - 1)) for number, one in enumerate(result["components"], start=1)
    ]


def picture(result: Found, component: Found, place: int) -> Plot:
    """What is wanted over one component, the others at the proxy point."""
    cut, looks = component["cut"], [(point[place], point[-1]) for point in result["points"]]
    surface = [Point(x, height, label(x, height), height - doubt, height + doubt) for x, height, doubt in cut]
    dots = [Point(x, value, label(x, value), series=LOOKS) for x, value in looks]
    heights = [side for x, height, doubt in cut for side in (height - doubt, height + doubt)] + [y for _x, y in looks]
    margin, width = 0.05 * (max(heights) - min(heights)) or 0.1, cut[-1][0] - cut[0][0]
    told = _("proxy point {value}").format(value=short(component["threshold"]))
    return Plot(
        component["title"],
        Scale(cut[0][0] - 0.03 * width, cut[-1][0] + 0.03 * width),
        Scale(min(heights) - margin, max(heights) + margin),
        _("{title}, in {unit}").format(title=component["title"], unit=component["unit"]),
        _("{title}, in {unit}").format(title=result["wanted"]["title"], unit=result["wanted"]["unit"]),
        points=[*surface[::4], *dots],
        names=[_("surface, the others at the proxy point; its deviation"), _("looks of the runs")],
        guides=[Guide(component["threshold"], told, is_upright=True)],
        headings=[component["title"], _("Surface"), _("Deviation")],
        rows=[[short(x), short(height), short(doubt)] for x, height, doubt in cut],
    )


def label(x: float, y: float) -> str:
    return f"{short(x)}: {short(y)}"
