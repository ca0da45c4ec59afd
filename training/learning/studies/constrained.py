"""The constrained study on the text world: weights alone push past the peak; bounds at a proxy point hold it.

After Moskovitz et al. (arXiv 2310.04373), whose intent and METEOR become `coverage` and `warmth`, learned from
simulated ratings, and whose judge is the world's gold. First, from seeds of their own: runs of one component, and of
both by their weights, are let go too far, a price on the KL is chosen among a few, and the highest place of a surface
through the looks of all these runs is the proxy point. Then every arm starts from the same policy with the same
number of samples, seed by seed:

- `weights` raises the sum of both components, by the weights that tell the gold best on the rated answers;
- `held` makes the KL the objective and holds both components at the proxy point;
- `penalty` raises the sum less the chosen price on the KL;
- `ensemble` raises the sum of each component's worst member.

`stopping` is the best look of `weights`. Beginning, best look and end are judged by fresh answers to fresh prompts.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize, root

from rewardmodels.learning import keys
from rewardmodels.learning.ensembles.combining import Combination
from rewardmodels.learning.world import dual, gold, oracle
from rewardmodels.learning.world.grammar import STANDARD, Floats, Grammar
from training.learning.observing import NOBODY, RunObserver
from training.learning.settings import plan
from training.learning.settings.plan import Plan
from training.learning.studies import arms, fresh, rated, verdicts
from training.learning.studies.arms import Arm, Curve
from training.learning.studies.fresh import Judged
from training.learning.studies.rated import Rated
from training.learning.studies.settings import Constrained
from training.learning.studies.verdicts import Outcome, Verdict
from training.learning.thresholds import surfaces
from training.learning.thresholds.surfaces import Point, ProxyPoint, Unknown

COMPONENTS = {"coverage": gold.coverage, "warmth": gold.warmth}
COIN = 1.0  # a nat, where the oracle's proxy point is looked for
FREE, HELD, PENALTY, ENSEMBLE, STOPPING = "weights", "held", "penalty", "ensemble", "stopping"
ARMS = (FREE, HELD, PENALTY, ENSEMBLE)
PRICES = (1.0, 0.3, 3.0)  # of a nat, tried for `penalty`
RATINGS, MEMBERS = 1_000, 5
FALL = 1.0  # the share of its gain that a run may lose, with nothing that holds it, before it is ended
SEARCH = "search"  # seeds and prompts of runs that only choose


def choosing(chosen: Constrained) -> int:
    """The number of runs that only choose."""
    return (len(COMPONENTS) + 1) * chosen.searched + chosen.prices


def runs(chosen: Constrained) -> int:
    return choosing(chosen) + chosen.seeds * len(ARMS)


@dataclass(frozen=True)
class Parts:
    """Components as they were learned, and what each counts where they are summed."""

    single: Mapping[str, Rated]
    cautious: Mapping[str, Rated]  # the worst of several members
    weights: Mapping[str, float]  # coins a mark

    def summed(self, price: float | None = None) -> Plan:
        listed = [{"name": name, "weight": weight} for name, weight in self.weights.items()]
        return plan.read(listed, None if price is None else {"role": "penalty", "coefficient": price})

    def alone(self, name: str) -> Plan:
        return plan.read([{"name": name, "weight": self.weights[name]}])

    def held(self, limits: Mapping[str, float]) -> Plan:
        bounds = [{"name": name, "bounds": [{"role": "equal", "threshold": limits[name]}]} for name in self.single]
        return plan.read(bounds, {"role": "objective"})


def parts(seed: int) -> Parts:
    ratings = rated.collect(seed, RATINGS, list(COMPONENTS))
    cautious = rated.ensembles(ratings, seed, MEMBERS, Combination("worst"))
    single = rated.single(ratings)
    return Parts(single, cautious, rated.weights(ratings, single))


def arm_of(name: str, own: Parts, limits: Mapping[str, float], price: float) -> Arm:
    if name == HELD:
        return Arm(name, own.held(limits), own.single, own.single)
    if name == PENALTY:
        return Arm(name, own.summed(price), own.single, own.single)
    return Arm(name, own.summed(), own.cautious if name == ENSEMBLE else own.single, own.single, FALL)


@dataclass(frozen=True)
class Found:
    """What came of the seeds that only choose: a proxy point and a price."""

    point: ProxyPoint
    limits: Mapping[str, float]
    price: float


@dataclass(frozen=True)
class Ended:
    """One arm from one seed, with its judged looks."""

    curve: Curve
    seed: int  # its number, from 0
    first: Judged
    best: Judged
    last: Judged

    @property
    def arm(self) -> str:
        return self.curve.arm

    @property
    def outcome(self) -> Outcome:
        return Outcome(self.arm, self.first, self.best, self.last, self.curve.violations)


Told = Callable[[str, Mapping[str, Any]], None]  # a figure's name and its values, as it is known


def ignore(name: str, values: Mapping[str, Any]) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Study:
    """One study in its folder: whatever lies finished there is not made again."""

    policy: Path
    chosen: Constrained
    seed: int
    folder: Path
    observer: RunObserver = NOBODY
    told: Told = ignore
    only: Sequence[str] = ARMS

    def run(self) -> tuple[Found, list[Ended]]:
        own = parts(self.seed)
        found = self.find(own)
        return found, list(self.arms(own, found))

    def find(self, own: Parts) -> Found:
        """From seeds that no arm is run from; what was run to choose a price gives points too."""
        curves, ends = list(self.let_go(own)), dict[float, float]()
        for price in PRICES[: self.chosen.prices]:
            arm = Arm(PENALTY, own.summed(price), own.single, own.single)
            curves.append(self.push(arm, SEARCH, 0, f"price-{price:g}"))
            ends[price] = float(np.mean(curves[-1].gold[-2:]))
        chosen = max(ends, key=lambda one: ends[one])
        self.told("price", {"price": chosen, "tried": {f"{price:g}": end for price, end in ends.items()}})
        point = highest(points(curves), keys.numpy_generator(self.seed, "surface"))
        limits = dict(zip(COMPONENTS, point.thresholds, strict=True))
        self.told("proxy point", {"limits": limits, **point._asdict()})
        return Found(point, limits, chosen)

    def let_go(self, own: Parts) -> Iterator[Curve]:
        """Runs of one component, and of both by their weights."""
        plans = {name: own.alone(name) for name in COMPONENTS} | {FREE: own.summed()}
        for number in range(self.chosen.searched):
            for name, one in plans.items():
                rewards = {part.name: own.single[part.name] for part in one.components}
                arm = Arm(name, one, rewards, own.single, FALL)
                yield self.push(arm, SEARCH, number, f"let-go-{name}")

    def push(self, arm: Arm, purpose: str, number: int, name: str) -> Curve:
        seed = keys.number(self.seed, purpose, number)
        going_too_far = replace(self.chosen, steps=self.chosen.search_steps, cool_down=0.0)
        amount = going_too_far if purpose == SEARCH else self.chosen
        found = arms.push(self.policy, arm, amount, seed, self.folder / f"{name}-{number}", self.observer, purpose)
        self.told("curve", {"purpose": purpose, "name": name, "number": number, **found.row()})
        return found

    def arms(self, own: Parts, found: Found) -> Iterator[Ended]:
        for number in range(self.chosen.seeds):
            for name in self.only:
                arm = arm_of(name, own, found.limits, found.price)
                curve = self.push(arm, "study", number, name)
                yield Ended(
                    curve, number, *(self.judge(arm, curve, number, step) for step in (0, curve.best, curve.last))
                )

    def judge(self, arm: Arm, curve: Curve, number: int, step: int) -> Judged:
        folder = self.folder / (f"{arm.name}-{number}" if step else f"reference-{number}")
        return fresh.of_step(self.policy, folder, step, arm, self.chosen, curve.seed, self.chosen.judged)


def highest(found: Sequence[Point], generator: np.random.Generator) -> ProxyPoint:
    """Of the surface; where the points tell of none, the means of the look with the most gold."""
    try:
        return surfaces.proxy_point(found, generator)
    except Unknown:
        best = max(found, key=lambda one: one.value)
        return ProxyPoint(best.means, best.means, best.means, best.value, 0.0)


def judgments(found: Found, ended: Sequence[Ended]) -> list[Verdict]:
    """Arm by arm; `stopping` is the arm that nothing holds, ended at its best look."""
    by_arm = {name: [one.outcome for one in ended if one.arm == name] for name in ARMS}
    free = by_arm[FREE]
    stopped = [replace(one, arm=STOPPING, last=one.best) for one in free]
    return [verdicts.verdict(own, free, found.limits) for own in (*by_arm.values(), stopped) if own]


def points(curves: Sequence[Curve]) -> list[Point]:
    """Every look of runs that were let go, each run counted from its own beginning."""
    found = []
    for number, one in enumerate(curves):
        for place, value in enumerate(one.gold):
            means = tuple(one.figures[f"check/{name}"][place] for name in COMPONENTS)
            found.append(Point(str(number), one.arm, means, value))
    return surfaces.from_their_beginnings(found)


def exact_point(own: Mapping[str, Rated], grammar: Grammar = STANDARD) -> dict[str, float]:
    """The components' means where a tilt by both has the most gold, less a coin for each nat: nothing is held at it."""
    log, cells, worth = laid_out(own, grammar)

    def lost(weights: Floats) -> float:
        probability, kl = oracle.tilt(log, np.tensordot(weights, cells, 1))
        return float(COIN * kl.mean() - (probability * worth).sum(axis=-1).mean())

    best = minimize(lost, np.full(len(cells), 0.3), method="Nelder-Mead").x
    return dict(zip(own, means_of(best, log, cells), strict=True))


def exact_tilt(own: Mapping[str, Rated], limits: Mapping[str, float], grammar: Grammar = STANDARD) -> dict[str, float]:
    """The multiplier of each component with which a tilt has just these means: a run's own, were it one."""
    log, cells, _worth = laid_out(own, grammar)
    wanted = np.array([limits[name] for name in own])
    found = root(lambda weights: means_of(weights, log, cells) - wanted, np.full(len(cells), 0.3)).x
    return dict(zip(own, found.tolist(), strict=True))


def laid_out(own: Mapping[str, Rated], grammar: Grammar) -> tuple[Floats, Floats, Floats]:
    exact = oracle.of(grammar)
    return dual.collapsed(exact, np.stack([exact.score(one.of) for one in own.values()]))


def means_of(weights: Floats, log: Floats, cells: Floats) -> Floats:  # (components,)
    probability, _ = oracle.tilt(log, np.tensordot(weights, cells, 1))
    return np.array([(probability * each).sum(axis=-1).mean() for each in cells])
