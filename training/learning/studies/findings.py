"""What the study of overoptimisation found: charts over the exact fronts, fits, peaks, and comparisons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rewardmodels.learning.proving import best_of_n, gao
from rewardmodels.learning.world import gold
from rewardmodels.learning.world.grammar import Floats
from rewardmodels.learning.world.oracle import Scorer
from training.learning.studies import fronts, resampling
from training.learning.studies.over_optimisation import Cell, middle
from training.learning.studies.results import Chart, Comparison, Curve, Fit, Peak, Result
from training.learning.studies.settings import OverOptimisation

Parts = Sequence[Mapping[str, Any]]  # one a seed
X, GAIN = "√KL to the reference, in √nats", "gold gained over the reference, in coins"
SCORE = "proxy’s score, in deviations on the reference"
CLOSEST = 0.3  # √nats from which on the form of reinforcement learning is fitted: it has no meaning near 0
CUT = 0.5  # the share of answers cut off from which on length is the story
FINE = 40  # points of a formula's line


@dataclass(frozen=True)
class Pushed:
    """One way of pushing one proxy: gains and scores over √KL, by seed and prompt."""

    title: str
    form: str  # of gao
    d: Floats  # (points,) √KL
    where: Sequence[str]
    gold: Floats  # (seeds, prompts, points) gained
    proxy: Floats  # (seeds, prompts, points)
    seed: int

    def resampled(self) -> Floats:
        return resampling.means(self.gold, self.seed)

    def curve(self, values: Floats) -> Curve:
        low, high = resampling.bounds(resampling.means(values, self.seed))
        return Curve(self.title, self.d.tolist(), values.mean(axis=(0, 1)).tolist(), low.tolist(), high.tolist())

    def peak(self) -> Peak:
        mean, draws = self.gold.mean(axis=(0, 1)), self.resampled()
        found = best_of_n.peak(
            best_of_n.Curve(tuple(range(len(mean))), self.d**2, mean, mean, mean, draws)
        )  # its n is a place here
        at = float(self.d[found.n])
        lost = (found.lost_low, found.lost_high)
        return Peak(self.title, at, self.where[found.n], found.value, found.lost, lost, found.is_inside)

    def fit(self) -> gao.Fitted | None:
        """None where there are too few points."""
        closest = CLOSEST if self.form == "rl" else 0.0
        if np.unique(self.d[self.d > closest]).size < 3:
            return None
        return gao.fit_curves(self.form, self.d, self.gold.mean(axis=(0, 1)), self.resampled(), closest)


def by_best_of_n(cell: Cell, found: Parts, ns: Sequence[int], seed: int) -> Pushed:
    values = np.array([one["gold"] for one in found])
    d = np.sqrt([best_of_n.kl(n) for n in ns])
    where = [f"n = {n:,}" for n in ns]
    return Pushed(cell.title, "best_of_n", d, where, gained(values), np.array([one["proxy"] for one in found]), seed)


def by_rloo(cell: Cell, found: Parts, seed: int) -> Pushed:
    """Seeds are averaged look by look, each at its own KL; so is the KL."""
    gold_, proxy = (np.array([one[name] for one in found]).swapaxes(1, 2) for name in ("gold", "proxy"))
    d = np.array(fronts.roots(np.mean([one["kl"] for one in found], axis=0).tolist()))
    where = [f"step {step}" for step in found[0]["steps"]]
    return Pushed(f"RLOO: {cell.title}", "rl", d, where, gained(gold_), proxy, seed)


def gained(values: Floats) -> Floats:
    return np.asarray(values - values[..., :1])


def result(settings: OverOptimisation, seed: int, chosen: Mapping[Cell, Parts], runs: Mapping[str, Parts]) -> Result:
    ns = resampling.powers(settings.pool)
    pushed = {cell: by_best_of_n(cell, found, ns, seed) for cell, found in chosen.items() if cell.of == "gold"}
    center = middle(settings)
    control = by_best_of_n(center, chosen[middle(settings, "control")], ns, seed)
    control = replace(control, title=f"control: {control.title}")
    by_runs = [by_rloo(center, runs["gold"], seed)] if runs["gold"] else []
    of_control = [by_rloo(center, runs["control"], seed)] if runs["control"] else []
    of_control = [replace(one, title=f"control, {one.title}") for one in of_control]
    every = [*pushed.values(), *by_runs, control, *of_control]
    return Result(
        charts=[
            *varied(settings, pushed),
            *([of_runs(pushed[center], by_runs)] if by_runs else []),
            of_controls([control, *of_control]),
            Chart("score", "What proxies say of themselves", X, SCORE, scores(settings, pushed, by_runs)),
        ],
        fits=[found for one in every if (found := fitted(one)) is not None],
        peaks=[one.peak() for one in every],
        comparisons=comparisons(settings, pushed, seed),
        notes=notes(settings, chosen, runs, [control, *of_control]),
    )


def varied(settings: OverOptimisation, pushed: Mapping[Cell, Pushed]) -> list[Chart]:
    """One chart for each thing in which proxies differ, the others as in the middle."""
    center = middle(settings)
    ways = {
        "size": ("By the proxy’s size", [replace(center, size=one) for one in settings.sizes]),
        "pairs": ("By the number of judgments", [replace(center, pairs=one) for one in settings.pairs]),
        "noise": ("By the share of flipped judgments", [replace(center, noise=one) for one in settings.noise]),
    }
    return [
        Chart(name, f"Best of n. {title}", X, GAIN, over_front([pushed[cell] for cell in listed]))
        for name, (title, listed) in ways.items()
        if len(listed) > 1 or name == "size"
    ]


def over_front(listed: Sequence[Pushed], utility: Scorer = gold.gold) -> list[Curve]:
    """The curves of gold, and the most that any policy has."""
    furthest = float(max(one.d[-1] for one in listed)) ** 2
    return [*(one.curve(one.gold) for one in listed), fronts.front(furthest, utility, gained=True)]


def of_runs(beside: Pushed, runs: Sequence[Pushed]) -> Chart:
    """RLOO beside best-of-n of the same proxies, with the formulas' lines."""
    lines = [line for one in (beside, *runs) if (line := formula(one)) is not None]
    return Chart("rloo", "Best of n and RLOO", X, GAIN, [*over_front([beside, *runs]), *lines])


def formula(pushed: Pushed) -> Curve | None:
    found = pushed.fit()
    if found is None:
        return None
    d = np.linspace(CLOSEST if pushed.form == "rl" else 0.0, pushed.d.max(), FINE)
    return Curve(f"formula, {pushed.title}", d.tolist(), gao.predict(found.fit, d).tolist(), what="fitted")


def of_controls(listed: Sequence[Pushed]) -> Chart:
    return Chart("control", "The control: a gold without curvature", X, GAIN, over_front(listed, gold.control))


def scores(settings: OverOptimisation, pushed: Mapping[Cell, Pushed], runs: Sequence[Pushed]) -> list[Curve]:
    center = middle(settings)
    listed = [*(pushed[replace(center, size=size)] for size in settings.sizes), *runs]
    return [one.curve(one.proxy) for one in listed]


def fitted(pushed: Pushed) -> Fit | None:
    found = pushed.fit()
    if found is None:
        return None
    fit = found.fit
    return Fit(
        pushed.title, fit.form, fit.a, found.a, fit.b, found.b, fit.r2, fit.peak_at, found.peak_at, fit.peak_value
    )


def comparisons(settings: OverOptimisation, pushed: Mapping[Cell, Pushed], seed: int) -> list[Comparison]:
    """What Gao et al. found: with size and data proxies stand more pushing, with noise less. At the largest n."""
    center, n = middle(settings), resampling.powers(settings.pool)[-1]
    pairs = [
        (replace(center, size=settings.sizes[-1]), replace(center, size=settings.sizes[0])),
        (replace(center, pairs=settings.pairs[-1]), replace(center, pairs=settings.pairs[0])),
        (replace(center, noise=settings.noise[0]), replace(center, noise=settings.noise[-1])),
    ]
    return [
        resampling.compared(
            better.title,
            worse.title,
            f"n = {n:,}",
            pushed[better].gold[..., -1] - pushed[worse].gold[..., -1],
            seed,
        )
        for better, worse in pairs
        if better != worse
    ]


def notes(
    settings: OverOptimisation, chosen: Mapping[Cell, Parts], runs: Mapping[str, Parts], controls: Sequence[Pushed]
) -> list[str]:
    right = {cell: float(np.mean([one["accuracy"] for one in found])) for cell, found in chosen.items()}
    worst, best = min(right, key=right.__getitem__), max(right, key=right.__getitem__)
    said = [
        f"Two fresh answers are put in the true order in {right[worst]:.1%} of cases by the worst kind of proxy "
        f"({worst.title}) and in {right[best]:.1%} by the best ({best.title}).",
        "The KL of best-of-n is log n − (n − 1)/n: exact where no two scores tie, else an upper bound.",
    ]
    for one in controls:
        peak = one.peak()
        told = f"falls from {peak.where} on, beyond doubt" if peak.is_inside else "does not surely fall"
        said.append(f"The gain of “{one.title}” {told}.")
    if runs["gold"]:
        cut = max(one["truncated"] for found in runs.values() for one in found)
        told = ": past that point its curve tells of length alone" if cut > CUT else ""
        said.append(f"Of RLOO’s answers {100 * cut:.0f} % were cut off at their longest in the worst step{told}.")
    said.append(
        f"Intervals resample {settings.seeds} seeds and {settings.prompts} prompts (in RLOO {settings.runs} and "
        f"{settings.held_out}): with so few seeds they are narrower than they should be."
    )
    return said
