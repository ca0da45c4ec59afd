"""A surface through looks of runs: what it says between points, where it says nothing, and its highest place."""

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel

from training.learning.thresholds import surfaces
from training.learning.thresholds.surfaces import Point, Surface, Unknown

TOP = (3.0, 1.5)


def truth(means):
    return 9.0 - 1.5 * (means[0] - TOP[0]) ** 2 - 0.8 * (means[1] - TOP[1]) ** 2


def run_of(name, kind, ends, generator, noise=0.05):
    """Eight looks along a line from (2, 1), with the noise of a look."""
    begin, found = np.array([2.0, 1.0]), []
    for share in np.linspace(0, 1, 8):
        means = tuple((begin + share * (np.array(ends) - begin)).tolist())
        found.append(Point(name, kind, means, truth(means) + noise * generator.standard_normal()))
    return found


def runs(generator):
    found = []
    for number in range(3):
        found += run_of(f"first-{number}", "first", (3.8 + 0.1 * number, 1.3), generator)
        found += run_of(f"second-{number}", "second", (2.4 + 0.1 * number, 3.0), generator)
        found += run_of(f"both-{number}", "both", (3.8, 2.6 + 0.1 * number), generator)
    return found


def test_a_surface_says_what_a_trusted_library_says():
    generator = np.random.default_rng(0)
    places, values = generator.normal(size=(20, 2)), generator.normal(size=20)
    own = Surface(places, values, np.array([0.7, 1.9]), 1.3, 0.4)
    kernel = ConstantKernel(1.3**2, "fixed") * RBF([0.7, 1.9], "fixed")
    theirs = GaussianProcessRegressor(kernel, alpha=0.4**2 + surfaces.JITTER, optimizer=None).fit(places, values)
    asked = generator.normal(size=(30, 2))
    height, doubt = own.at(asked)
    assert np.allclose(height, theirs.predict(asked), atol=1e-9)
    assert np.allclose(doubt, theirs.predict(asked, return_std=True)[1], atol=1e-6)
    constant = -0.5 * len(values) * np.log(2 * np.pi)
    assert own.evidence + constant == pytest.approx(theirs.log_marginal_likelihood_value_, abs=1e-8)


def test_one_point_by_hand():
    """height = s²/(s² + n²) · value at the point; far away nothing is known and the height is 0."""
    own = Surface(np.zeros((1, 1)), np.array([3.0]), np.array([1.0]), 2.0, 1.0)
    height, doubt = own.at(np.array([[0.0], [50.0]]))
    assert height.tolist() == pytest.approx([3.0 * 4 / 5, 0.0])
    assert doubt.tolist() == pytest.approx([(4 - 16 / 5) ** 0.5, 2.0])


def test_nothing_is_looked_for_where_no_run_has_been():
    """A slope that rises to a corner of the box which no run reached: the highest place is on an edge of the hull."""
    corners = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)]
    found = [Point(f"{number}", "any", (x + 0.01 * number, y), x + 2 * y) for number in range(3) for x, y in corners]
    point = surfaces.proxy_point(found, np.random.default_rng(0), draws=0)
    assert sum(point.thresholds) <= 1.03
    assert point.thresholds[1] == pytest.approx(1.0, abs=0.02)


def test_how_deep_a_run_fell_moves_nothing():
    """One run ends in ruin, by 10 or by 1,000: the proxy point is the same."""
    found = []
    for depth in (10.0, 1_000.0):
        generator = np.random.default_rng(5)
        ruined = [*runs(generator), Point("both-0", "both", (3.9, 3.4), -depth)]
        found.append(surfaces.proxy_point(ruined, np.random.default_rng(0), draws=0))
    assert found[0] == found[1]
    assert found[0].thresholds == pytest.approx(TOP, abs=0.35)


def test_draws_that_tell_of_no_place_widen_the_interval(monkeypatch):
    """Every second draw knows nothing: the interval is as wide as the points, and the proxy point stands."""
    generator = np.random.default_rng(1)
    told, real, asked = runs(generator), surfaces.highest, []

    def sometimes(surface, grid):
        asked.append(surface)
        if len(asked) % 2 == 0:
            raise Unknown("nothing")
        return real(surface, grid)

    certain = surfaces.proxy_point(told, np.random.default_rng(0), draws=20)
    monkeypatch.setattr(surfaces, "highest", sometimes)
    found = surfaces.proxy_point(told, np.random.default_rng(0), draws=20)
    assert found.thresholds == certain.thresholds
    means = np.array([one.means for one in told])
    assert found.low == pytest.approx(means.min(0).tolist())
    assert found.high == pytest.approx(means.max(0).tolist())


def test_depth_by_hand():
    """Beginnings of 1 and 3 have the mean 2; the best is 5, so that nothing counts below −1."""
    told = [Point("a", "k", (0.0,), 1.0), Point("a", "k", (1.0,), 5.0), Point("b", "k", (0.0,), 3.0)]
    deep = [*told, Point("b", "k", (2.0,), -40.0)]
    assert [one.value for one in surfaces.none_too_deep(deep)] == [1.0, 5.0, 3.0, -1.0]
    none_gained = [Point("a", "k", (0.0,), 1.0), Point("a", "k", (1.0,), -9.0)]
    assert surfaces.none_too_deep(none_gained) == none_gained


def test_a_hull_by_hand():
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    asked = np.array([[0.2, 0.2], [0.49, 0.49], [0.51, 0.51], [0.9, 0.9]])
    assert surfaces.within_hull(asked, corners).tolist() == [True, True, False, False]
    line = np.array([[0.0, 0.0], [0.5, 0.5], [1.0, 1.0]])
    assert not surfaces.within_hull(asked, line).any()
    assert surfaces.within_hull(asked[:, :1], line[:, :1]).all()


def test_the_proxy_point_is_where_the_hill_is_highest():
    generator = np.random.default_rng(1)
    found = surfaces.proxy_point(runs(generator), generator, draws=20)
    assert np.allclose(found.thresholds, TOP, atol=0.25)
    assert found.value == pytest.approx(9.0, abs=0.15)
    assert all(low <= one <= high for low, one, high in zip(found.low, found.thresholds, found.high, strict=True))


def test_where_no_run_went_nothing_is_chosen():
    """Higher and higher towards a corner that two lines leave out: the surface is masked there."""
    generator = np.random.default_rng(2)
    points = []
    for number, ends in enumerate(((4.0, 1.0), (2.0, 4.0))):
        for one in run_of(str(number), str(number), ends, generator, noise=0.0):
            points.append(one._replace(value=np.sin(3 * one.means[0]) + np.sin(3 * one.means[1])))
    found = surfaces.proxy_point(points, generator, draws=0)
    away = min(np.linalg.norm(np.array(one.means) - found.thresholds) for one in points)
    assert away < 0.6
    assert found.known < 1
    assert found.low == found.high == found.thresholds


def test_runs_are_counted_from_their_beginnings():
    points = [Point("a", "x", (1.0,), 5.0), Point("a", "x", (2.0,), 7.0), Point("b", "x", (3.0,), 9.0)]
    found = surfaces.from_their_beginnings(points)
    assert [one.means for one in found] == [(2.0,), (3.0,), (2.0,)]
    assert [one.value for one in found] == [7.0, 9.0, 7.0]


def test_points_that_tell_nothing_are_refused():
    generator = np.random.default_rng(0)
    with pytest.raises(Unknown, match="three points"):
        surfaces.proxy_point([Point("a", "x", (1.0,), 1.0)], generator)
    still = [Point("a", "x", (1.0, float(number)), 1.0) for number in range(5)]
    with pytest.raises(Unknown, match="no run has moved it"):
        surfaces.proxy_point(still, generator)


def test_a_cut_goes_through_the_proxy_point_at_the_height_that_it_has():
    generator = np.random.default_rng(1)
    points = runs(generator)
    found = surfaces.proxy_point(points, generator, draws=0)
    for place, cut in enumerate(surfaces.cuts(points, found.thresholds, places=201)):
        means, heights = np.array(cut)[:, 0], np.array(cut)[:, 1]
        assert means[0] == pytest.approx(min(one.means[place] for one in points))
        assert np.interp(found.thresholds[place], means, heights) == pytest.approx(found.value, abs=1e-3)
