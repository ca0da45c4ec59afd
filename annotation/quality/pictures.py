"""The figures of reports as pictures."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from annotation.models import AnnotatorFigure, QualityReport
from annotation.quality import words
from web.plots import Bar, Guide, Plot, Point, Scale, Span, Spans

MOST_DRAWN = 200  # people in one picture; all of them are in the table
Address = Callable[[AnnotatorFigure], str]


def agreement(report: QualityReport) -> Spans:
    """Each kind's coefficient with its interval, on the scale from none to perfect."""
    found = report.figures["agreement"]
    lows = [figure["low"] for figure in found.values() if figure["low"] is not None]
    spans = [
        Span(
            f"{words.kind_label(name)}: {words.MEASURES[figure['measure']]}",
            figure["value"],
            figure["low"],
            figure["high"],
            words.said(figure) if figure["value"] is not None else "–",
            words.agreement(figure),
        )
        for name in words.in_order(found)
        for figure in [found[name]]
    ]
    return Spans(_("Agreement by kind"), Scale(min([0.0, *lows]), 1), spans, (words.FAIR, words.GOOD))


def others(report: QualityReport) -> list[list[str]]:
    """Every coefficient as a row of a table: kind, aspect, measure, figure, count."""
    return [
        [
            str(words.kind_label(name)),
            figure["aspect"] or "–",
            str(words.MEASURES[figure["measure"]]),
            words.said(figure),
            str(figure["n"]),
        ]
        for name in words.in_order(report.figures["agreement"])
        for main in [report.figures["agreement"][name]]
        for figure in (main, *main["also"])
    ]


def over_time(reports: Sequence[QualityReport]) -> Plot | None:
    """Agreement as of each report, oldest first; one report alone is no curve."""
    names = words.in_order({name for report in reports for name in report.figures["agreement"]})
    points, rows = [], []
    for report in reports:
        for number, name in enumerate(names, start=1):
            figure = report.figures["agreement"].get(name)
            if figure is None or figure["value"] is None:
                continue
            label = f"{words.kind_label(name)}, {moment(report.as_of)}: {words.said(figure)}"
            at = report.as_of.timestamp()
            points.append(Point(at, figure["value"], label, figure["low"], figure["high"], series=number))
            judged = str(report.judgments)
            rows.append([moment(report.as_of), str(words.kind_label(name)), words.said(figure), judged])
    if len({point.x for point in points}) < 2:
        return None
    first, last = min(point.x for point in points), max(point.x for point in points)
    lows = [point.low if point.low is not None else point.y for point in points]
    return Plot(
        title=_("Agreement over time"),
        x=Scale(first - 0.03 * (last - first), last + 0.03 * (last - first)),
        y=Scale(min([0.0, *lows]), 1),
        x_label=_("when it was computed"),
        y_label=_("agreement"),
        points=points,
        guides=[Guide(words.FAIR, _("enough for tentative conclusions"))],
        names=[words.kind_label(name) for name in names],
        x_words=[
            (at, date_format(datetime.fromtimestamp(at, tz=reports[0].as_of.tzinfo), "M j")) for at in ends(first, last)
        ],
        joined=True,
        headings=[_("As of"), _("Kind"), _("Agreement"), _("Judgments")],
        rows=rows,
    )


def ends(first: float, last: float) -> list[float]:
    """Few places along time, none twice on a day."""
    count = int(max(1, min(4, (last - first) // 86_400)))
    return [first + (last - first) * part / count for part in range(count + 1)] if last - first > 86_400 else [first]


def moment(at: datetime) -> str:
    return date_format(at, "Y-m-d H:i")


def annotators(people: Sequence[AnnotatorFigure], name: str, measure: str, address: Address) -> Plot | None:
    """Reliability against the number of labels, for those of whom it is known."""
    known = [one for one in people if (figure := reliability(one, name)) and figure["value"] is not None][:MOST_DRAWN]
    if not known:
        return None
    low, high, guides = bounds(measure)
    figures = [reliability(one, name) for one in known]
    low = min([low, *(max(figure["low"], low - 1) for figure in figures)])
    high = max([high, *(min(figure["high"], high + 1) for figure in figures)])
    counts = [max(1, figure["n"]) for figure in figures]
    points = [
        Point(
            count,
            figure["value"],
            _("{name}: {figure}, {n} labels").format(name=one.annotator.pseudonym, figure=words.said(figure), n=count),
            figure["low"],
            figure["high"],
            address(one),
            is_odd="weak" in one.flags,
        )
        for one, figure, count in zip(known, figures, counts, strict=True)
    ]
    title, _means = words.RELIABILITY[measure]
    return Plot(
        title=f"{words.kind_label(name)}: {title}",
        x=Scale(0.8 * min(counts), 1.25 * max(counts), is_log=True),
        y=Scale(low, high),
        x_label=_("labels of this kind"),
        y_label=_("reliability"),
        points=points,
        guides=guides,
        headings=[_("Annotator"), _("Labels"), _("Reliability")],
        rows=[
            [one.annotator.pseudonym, str(figure["n"]), words.said(figure)]
            for one, figure in zip(known, figures, strict=True)
        ],
    )


def reliability(figure: AnnotatorFigure, name: str) -> dict[str, Any]:
    return figure.figures["reliability"].get(name, {})


def bounds(measure: str) -> tuple[float, float, list[Guide]]:
    """The scale of a measure at least, and the values worth a line."""
    if measure == "slope":
        return -0.2, 2.0, [Guide(0, _("a coin"))]
    if measure == "chance":
        return 0.4, 1.0, [Guide(0.5, _("a coin"))]
    return 0.0, 1.0, []


def shares(title: str, figure: dict[str, Any]) -> Spans:
    """Shares by kind with their intervals."""
    return Spans(
        title,
        Scale(0, 1),
        [
            Span(words.kind_label(name), part["value"], part["low"], part["high"], words.share(part))
            for name in words.in_order(figure["kinds"])
            for part in [figure["kinds"][name]]
        ],
    )


def side(figure: dict[str, Any]) -> Spans:
    span = Span(
        _("The answer shown first won"),
        figure["value"],
        figure["low"],
        figure["high"],
        words.share(figure),
        words.side(figure),
    )
    return Spans(_("Which side wins"), Scale(0, 1), [span], (0.5,))


def times(figure: dict[str, Any]) -> Plot | None:
    """How many judgments took how long."""
    edges, counts = figure["edges"], figure["counts"]
    if not counts:
        return None
    bars = [
        Bar(start, end, count, _("{start} to {end} s: {n}").format(start=f"{start:.3g}", end=f"{end:.3g}", n=count))
        for start, end, count in zip(edges, edges[1:], counts, strict=False)
    ]
    return Plot(
        title=_("Time for one judgment"),
        x=Scale(edges[0], edges[-1], is_log=True),
        y=Scale(0, 1.05 * max(counts)),
        x_label=_("seconds, each step a factor"),
        y_label=_("judgments"),
        bars=bars,
        guides=[Guide(figure["median"], _("median"), is_upright=True)],
        headings=[_("Seconds"), _("Judgments")],
        rows=[[f"{bar.start:.3g} – {bar.end:.3g}", str(int(bar.height))] for bar in bars],
    )
