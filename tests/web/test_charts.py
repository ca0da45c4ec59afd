"""A chart and the table behind it show the same numbers."""

import pytest

from web import charts


def test_a_series_of_another_length_is_refused():
    with pytest.raises(ValueError, match="reward has 1 values for 2 places"):
        charts.Chart("t", [1, 2], [charts.Series("reward", [1.0])])


def test_the_numbers_behind_the_picture_are_its_own():
    chart = charts.Chart("t", [1, 2], [charts.Series("a", [0.5, None]), charts.Series("b", [-1e-7, 12345.678])])
    assert chart.rows == [(1, ["0.5", "−1e−07"]), (2, ["–", "1.235e+04"])]
    assert chart.as_json()["series"][0] == {"label": "a", "values": [0.5, None]}


def test_a_long_series_is_thinned_and_keeps_its_end():
    chart = charts.Chart("t", list(range(10_001)), [charts.Series("a", list(range(10_001)))])
    sent = chart.as_json()
    assert len(sent["x"]) <= charts.MOST_POINTS + 1
    assert sent["x"][0] == 0
    assert sent["x"][-1] == 10_000
    assert sent["x"] == sent["series"][0]["values"]


def test_measurements_are_put_beside_one_another():
    x, series = charts.from_measurements([(2, "loss", 0.5), (1, "loss", 0.7), (2, "kl", 0.1)])
    assert x == [1, 2]
    assert series == [charts.Series("loss", [0.7, 0.5]), charts.Series("kl", [None, 0.1])]


def test_a_threshold_is_said_with_the_digits_that_matter():
    assert charts.Threshold("best", 5.289949748743719).shown == "5.29"
    assert charts.Threshold("at least", 8.0).shown == "8"
