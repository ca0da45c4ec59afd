"""Places of pictures that the server draws: what a value's percentage is, which ticks stand along a scale."""

import pytest
from django.template import Context, Template

from web.plots import Bar, Guide, Plot, Point, Scale, Span, Spans, decades, percent, steps


def test_a_value_stands_where_its_scale_puts_it_and_never_outside():
    scale = Scale(0, 4)
    assert [scale.place(value) for value in (0, 1, 4, 9, -3)] == [0, 25, 100, 100, 0]


def test_a_logarithmic_scale_gives_each_factor_the_same_room():
    scale = Scale(1, 1_000, is_log=True)
    assert [scale.place(value) for value in (1, 10, 100, 1_000)] == pytest.approx([0, 100 / 3, 200 / 3, 100])
    assert scale.place(0) == 0


def test_ticks_are_round_and_within():
    assert steps(0, 1) == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert steps(-0.13, 0.31) == [-0.1, 0, 0.1, 0.2, 0.3]
    assert steps(2, 2) == [2]
    assert decades(1, 5_000) == [1, 10, 100, 1_000]
    assert decades(3, 80) == [5, 10, 20, 50]
    assert decades(12, 30) == [15, 20, 30]


def test_percentages_are_written_as_svg_reads_them():
    assert percent(37.5) == "37.500%"


def test_only_neighbours_of_one_series_hang_together():
    points = [Point(x, x, "p", series=series) for x, series in ((0, 1), (0, 2), (1, 1), (2, 1), (2, 2))]
    plot = Plot("t", Scale(0, 2), Scale(0, 2), "x", "y", points, joined=True)
    ends = [(line["series"], line["from"]["x"], line["to"]["x"]) for line in plot.segments]
    assert ends == [(1, "0.000%", "50.000%"), (1, "50.000%", "100.000%"), (2, "0.000%", "100.000%")]


def test_a_plot_shows_links_intervals_bars_and_its_numbers():
    plot = Plot(
        "Reliability", Scale(1, 10), Scale(0, 1), "labels", "reliability",
        points=[Point(5, 0.5, "<Ada>", 0.4, 0.6, url="/ada/", is_odd=True)],
        bars=[Bar(1, 2, 0.5, "bar")], guides=[Guide(0.5, "a coin")], headings=["Name", "Figure"],
        rows=[["<Ada>", "0.5"]],
    )  # fmt: skip
    html = Template("{% load components %}{% plot plot 'one' %}").render(Context({"plot": plot}))
    assert '<a href="/ada/" tabindex="-1">' in html
    assert "&lt;Ada&gt;" in html and "<Ada>" not in html
    assert 'y1="60.000%" y2="40.000%"' in html
    assert 'height="50.000%"' in html
    assert "<td>0.5</td>" in html


def test_a_figure_that_is_unknown_has_a_row_without_a_point():
    spans = Spans("t", Scale(0, 1), [Span("known", 0.5, 0.4, 0.6, "0.5"), Span("unknown", None, None, None, "–")])
    html = Template("{% load components %}{% spans spans %}").render(Context({"spans": spans}))
    assert html.count("<circle") == 1 and html.count('class="span"') == 2
