"""Proxy points from runs that were let go too far (Moskovitz et al., arXiv 2310.04373).

Each look of a run gives a point: the components' means, and what is truly wanted there, such as a checked gold. Points
of all runs are pooled, a smooth surface is laid through them, and the proxy point is where it is highest. The paper
takes a polynomial of degree 10, which has 66 coefficients for two components and swings between the few curves along
which runs go. A Gaussian process has four numbers to choose, follows the points as closely as their noise allows, and
says itself how little it knows away from them. So three things keep the proxy point where runs have been: it is the
place whose height less its doubt is greatest; nothing is looked for outside the points' hull, for no run has had such
means together; and how deep a run fell below its beginning tells nothing of where the top is, so that it counts no
further down than the best look is up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.optimize import minimize
from scipy.spatial import Delaunay, QhullError

Floats = NDArray[np.float64]
KNOWN = 0.5  # of the surface's own deviation: where the doubt is greater, nothing is known
PLACES = 4_000  # of the surface that are looked at
JITTER = 1e-9
SHORTEST, LONGEST = 0.3, 10.0  # length scales, in deviations of the points


class Point(NamedTuple):
    """One look of a run."""

    run: str
    kind: str  # what the run was pushed by: runs are drawn anew within their kind
    means: tuple[float, ...]  # by component
    value: float  # what is truly wanted


class Unknown(ValueError):
    """A sentence that says why these points give no proxy point."""


@dataclass(frozen=True)
class Surface:
    """A Gaussian process through points: squared-exponential, a length a component, and the points' own noise."""

    places: Floats  # (points, components), scaled
    values: Floats  # (points,), less their mean
    lengths: Floats  # (components,)
    signal: float  # deviation of the surface
    noise: float  # deviation of a point from it

    def kernel(self, first: Floats, second: Floats) -> Floats:
        apart = (first[:, None] - second[None]) / self.lengths
        return np.asarray(self.signal**2 * np.exp(-0.5 * (apart**2).sum(-1)))

    @cached_property
    def root(self) -> Floats:
        own = self.kernel(self.places, self.places)
        return np.asarray(cholesky(own + (self.noise**2 + JITTER) * np.eye(len(own)), lower=True))

    @cached_property
    def pull(self) -> Floats:
        return np.asarray(cho_solve((self.root, True), self.values))

    def at(self, places: Floats) -> tuple[Floats, Floats]:
        """(height, doubt) at (places, components): mean and deviation of the process there."""
        across = self.kernel(places, self.places)
        within = solve_triangular(self.root, across.T, lower=True)
        return across @ self.pull, np.sqrt(np.maximum(self.signal**2 - (within**2).sum(0), 0.0))

    @property
    def evidence(self) -> float:
        """The log of the points' probability, but for a constant."""
        return float(-0.5 * self.values @ self.pull - np.log(np.diag(self.root)).sum())


@dataclass(frozen=True)
class Scale:
    """Components in deviations of the points; values less their mean."""

    centre: Floats
    deviation: Floats
    level: float

    def into(self, means: Floats) -> Floats:
        return (means - self.centre) / self.deviation


class ProxyPoint(NamedTuple):
    """Where what is wanted is highest, as far as the points reach."""

    thresholds: tuple[float, ...]  # by component
    low: tuple[float, ...]  # over runs drawn anew
    high: tuple[float, ...]
    value: float
    known: float  # the share of the places between the points in which the surface is not masked


def from_their_beginnings(points: Sequence[Point]) -> list[Point]:
    """Each run counted from its own first look, so that easy prompts do not pass for a good policy."""
    firsts = {one.run: one for one in reversed(points)}
    means = np.mean([one.means for one in firsts.values()], axis=0)
    level = float(np.mean([one.value for one in firsts.values()]))
    found = []
    for one in points:
        first = firsts[one.run]
        moved = tuple((np.array(one.means) - np.array(first.means) + means).tolist())
        found.append(one._replace(means=moved, value=one.value - first.value + level))
    return found


def proxy_point(points: Sequence[Point], generator: np.random.Generator, draws: int = 200) -> ProxyPoint:
    """The highest place that is known well, with a 90 % interval over runs drawn anew within their kinds.

    Where runs as drawn tell of none, it may lie anywhere among the points: that widens the interval.
    """
    points = none_too_deep(points)
    table, scale = laid_out(points)
    surface = fitted(table, scaled_values(points, scale))
    grid = grid_of(table)
    best, value, known = highest(surface, grid)
    runs = {one.run: one.kind for one in points}
    kinds = {kind: [run for run, other in runs.items() if other == kind] for kind in runs.values()}
    found = []
    for _ in range(draws):
        drawn = [run for own in kinds.values() for run in generator.choice(own, len(own))]
        chosen = [place for run in drawn for place, one in enumerate(points) if one.run == run]
        again = Surface(table[chosen], surface.values[chosen], surface.lengths, surface.signal, surface.noise)
        try:
            found.append(highest(again, grid)[0])
        except Unknown:
            found += [table.min(0), table.max(0)]
    low, high = np.quantile(found, (0.05, 0.95), axis=0) if found else (best, best)
    return ProxyPoint(back(best, scale), back(low, scale), back(high, scale), value + scale.level, known)


def none_too_deep(points: Sequence[Point]) -> list[Point]:
    """Values lie no further below the runs' beginnings than the best one lies above them."""
    firsts = {one.run: one.value for one in reversed(points)}
    begin, top = float(np.mean(list(firsts.values()))), max(one.value for one in points)
    floor = 2 * begin - top if top > begin else -np.inf
    return [one._replace(value=max(one.value, floor)) for one in points]


def cuts(points: Sequence[Point], through: Sequence[float], places: int = 33) -> list[list[tuple[float, float, float]]]:
    """By component, (its mean, height, doubt) along it, the others standing where `through` says."""
    points = none_too_deep(points)
    table, scale = laid_out(points)
    surface = fitted(table, scaled_values(points, scale))
    found = []
    for own in range(table.shape[1]):
        along = np.tile(scale.into(np.array(through)), (places, 1))
        along[:, own] = np.linspace(table[:, own].min(), table[:, own].max(), places)
        height, doubt = surface.at(along)
        means = along[:, own] * scale.deviation[own] + scale.centre[own]
        found.append(list(zip(means.tolist(), (height + scale.level).tolist(), doubt.tolist(), strict=True)))
    return found


def back(place: Floats, scale: Scale) -> tuple[float, ...]:
    return tuple((place * scale.deviation + scale.centre).tolist())


def laid_out(points: Sequence[Point]) -> tuple[Floats, Scale]:
    means = np.array([one.means for one in points], dtype=np.float64)
    if len(points) < 3 or not np.isfinite(means).all() or not all(np.isfinite(one.value) for one in points):
        raise Unknown("A surface needs three points at least, all of them numbers.")
    deviation = means.std(0)
    if not (deviation > 0).all():
        raise Unknown("A component has the same mean at every point: no run has moved it.")
    scale = Scale(means.mean(0), deviation, float(np.mean([one.value for one in points])))
    return scale.into(means), scale


def scaled_values(points: Sequence[Point], scale: Scale) -> Floats:
    return np.array([one.value for one in points]) - scale.level


def fitted(table: Floats, values: Floats) -> Surface:
    """Lengths, signal and noise by the points' own evidence, from a few beginnings."""
    spread = float(values.std()) or 1.0
    dimensions = table.shape[1]

    def of(logs: Floats) -> Surface:
        lengths, signal, noise = np.exp(logs[:dimensions]), np.exp(logs[-2]) * spread, np.exp(logs[-1]) * spread
        return Surface(table, values, lengths, float(signal), float(noise))

    limits = [(np.log(SHORTEST), np.log(LONGEST))] * dimensions + [(np.log(0.3), np.log(30.0)), (np.log(0.01), 0.0)]
    begins = [[np.log(length)] * dimensions + [0.0, np.log(0.1)] for length in (0.5, 1.0, 3.0)]
    tried = [minimize(lambda logs: -of(logs).evidence, one, method="L-BFGS-B", bounds=limits) for one in begins]
    return of(min(tried, key=lambda one: float(one.fun)).x)


def grid_of(table: Floats) -> Floats:
    """(places, components) within the points' hull, and the points themselves."""
    along = max(3, int(PLACES ** (1 / table.shape[1])))
    sides = [np.linspace(low, high, along) for low, high in zip(table.min(0), table.max(0), strict=True)]
    box = np.array(list(product(*sides)))
    return np.concatenate([table, box[within_hull(box, table)]])


def within_hull(places: Floats, table: Floats) -> NDArray[np.bool_]:
    """(places,): which of them lie between points; of points on one line, none but where there is one component."""
    if table.shape[1] == 1:
        return np.ones(len(places), dtype=bool)
    try:
        return np.asarray(Delaunay(table).find_simplex(places) >= 0)
    except QhullError:
        return np.zeros(len(places), dtype=bool)


def highest(surface: Surface, grid: Floats) -> tuple[Floats, float, float]:
    """(the place whose height less its doubt is greatest, its height, the share of the grid that is known)."""
    height, doubt = surface.at(grid)
    known = doubt <= KNOWN * surface.signal
    if not known.any():
        raise Unknown("The surface is known nowhere: the points say nothing of each other.")
    best = int(np.argmax(np.where(known, height - doubt, -np.inf)))
    return grid[best], float(height[best]), float(known.mean())
