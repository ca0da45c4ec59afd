"""The study of overoptimisation, after Gao, Schulman and Hilton (2022), in a world whose gold is known.

Proxies that differ in size, in the number of judgments that they learned from and in how many of these were turned
round are pushed by best-of-n, without bias from one pool of answers a prompt, and by RLOO. The control is a gold
without curvature: what peaks on it too is no overoptimisation.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from rewardmodels.learning import keys
from rewardmodels.learning.proving import best_of_n
from rewardmodels.learning.world import gold
from rewardmodels.learning.world.grammar import Floats
from training.learning.observing import RunObserver
from training.learning.studies import costs, judged, parts, pools, proxies, pushed, resampling
from training.learning.studies.judged import Judged
from training.learning.studies.pools import Pool
from training.learning.studies.proxies import Network, Proxy
from training.learning.studies.pushed import Push
from training.learning.studies.registry import Commission
from training.learning.studies.results import Result
from training.learning.studies.settings import OverOptimisation

NOISE = 1.0  # coins: the people's own, logistic
TRUTHS = {"gold": gold.gold, "control": gold.control}


@dataclass(frozen=True)
class Cell:
    """One kind of proxy."""

    size: int
    pairs: int
    noise: float
    of: str = "gold"

    @property
    def title(self) -> str:
        size = "word weights" if self.size == 0 else f"{self.size} units"
        return f"{size}, {self.pairs:,} judgments, {100 * self.noise:g} % flipped"

    @property
    def key(self) -> str:
        return f"{self.of}-{self.size}-{self.pairs}-{self.noise:g}"


def middle(settings: OverOptimisation, of: str = "gold") -> Cell:
    """The cell that others are compared with, and that RLOO pushes."""
    size, pairs = (values[len(values) // 2] for values in (settings.sizes, settings.pairs))
    return Cell(size, pairs, settings.noise[len(settings.noise) // 2], of)


def cells(settings: OverOptimisation) -> list[Cell]:
    """All combinations, and the control's in the middle."""
    every = [
        Cell(size, pairs, noise) for size in settings.sizes for pairs in settings.pairs for noise in settings.noise
    ]
    return [*every, middle(settings, "control")]


def run(commission: Commission, observer: RunObserver) -> Result:
    """Every proxy from every seed by best-of-n, then the runs; what lies finished in the folder is not made again."""
    from training.learning.studies import findings

    bench = Bench(commission, observer)
    if parts.are_any(commission.folder) or bench.folder_of_runs.exists():
        observer.resumed(bench.last_step)  # nothing is forgotten: what is told again is the same
    numbers = range(bench.settings.seeds)
    chosen = {cell: [bench.cell(cell, number) for number in numbers] for cell in cells(bench.settings)}
    runs = {of: [bench.run(of, number) for number in range(bench.settings.runs)] for of in TRUTHS}
    return findings.result(bench.settings, commission.seed, chosen, runs)


class Bench:
    """Where proxies are made and pushed; pool and judgments are drawn when the first part asks for them."""

    def __init__(self, commission: Commission, observer: RunObserver) -> None:
        assert isinstance(commission.settings, OverOptimisation)
        self.commission, self.observer, self.settings = commission, observer, commission.settings
        self.taken: dict[tuple[str, int], Judged] = {}
        self.over = 0  # parts
        runs = sum(one.seconds for one in costs.of_pushes(self.settings))
        self.until_runs = 1 - runs / costs.of_over_optimisation(self.settings).seconds

    @property
    def folder_of_runs(self) -> Path:
        return self.commission.folder / "runs"

    @property
    def last_step(self) -> int:
        return max(self.settings.steps + 1, self.settings.seeds * len(cells(self.settings)))

    @cached_property
    def pool(self) -> Pool:
        return pools.draw(
            self.commission.seed,
            self.settings.prompts,
            self.settings.pool,
            lambda share: self.observer.phase("Drawing the pool", 0.2 * share * self.until_runs),
        )

    def seed(self, number: int) -> int:
        return keys.number(self.commission.seed, "study", number)

    def judgments(self, of: str, number: int) -> Judged:
        """Of a seed; the largest number once, whose first are taken for fewer."""
        if (of, number) not in self.taken:
            found = judged.collect(self.seed(number), self.settings.pairs[-1], TRUTHS[of], NOISE)
            self.taken[of, number] = found
        return self.taken[of, number]

    def network(self, cell: Cell, number: int) -> Network:
        said = self.judgments(cell.of, number)
        wins = said.first_wins(cell.pairs, cell.noise)
        return proxies.fit(said.pairs[: cell.pairs], wins, cell.size, keys.number(self.seed(number), cell.key))

    def cell(self, cell: Cell, number: int) -> dict[str, Any]:
        """A proxy by best-of-n, at each prompt."""
        self.over += 1
        return parts.kept(self.commission.folder, f"{cell.key}-{number}", lambda: self.made(cell, number))

    def made(self, cell: Cell, number: int) -> dict[str, Any]:
        pool = self.pool
        share = 0.2 + 0.8 * (self.over - 1) / (self.settings.seeds * len(cells(self.settings)))
        self.observer.phase(f"Best of n: {cell.title}", share * self.until_runs)
        score = proxies.scores(self.network(cell, number), pool)
        worth = pool.gold if cell.of == "gold" else pool.control
        center, deviation = float(score.mean()), float(score.std()) or 1.0
        ns = resampling.powers(self.settings.pool)
        found = best_of_n.expected(score, worth, ns)
        accuracy = agreement(score, worth)
        gains = (found - found[:, :1]).mean(axis=0)
        told = {"accuracy": accuracy, "gain/at its peak": gains.max(), "gain/at the largest n": gains[-1]}
        self.observer.report(self.over, {name: float(value) for name, value in told.items()})
        return {
            "gold": found,
            "proxy": (best_of_n.expected(score, score, ns) - center) / deviation,
            "center": center,
            "deviation": deviation,
            "accuracy": accuracy,
        }

    def run(self, of: str, number: int) -> dict[str, Any]:
        """The middle proxy of a truth by RLOO."""
        return parts.kept(self.commission.folder, f"rloo-{of}-{number}", lambda: self.pushed(of, number))

    def pushed(self, of: str, number: int) -> dict[str, Any]:
        cell, settings = middle(self.settings, of), self.settings
        known = self.cell(cell, number)
        before = (list(TRUTHS).index(of) * settings.runs + number) / (len(TRUTHS) * settings.runs)

        def report(step: int, values: dict[str, float]) -> None:
            share = before + step / (settings.steps + 1) / (len(TRUTHS) * settings.runs)
            self.observer.phase(f"RLOO: {of}, seed {number + 1}", self.until_runs + (1 - self.until_runs) * share)
            self.observer.report(step, {f"{name}/{of} {number + 1}": value for name, value in values.items()})

        push = Push(
            proxy=Proxy(self.network(cell, number), known["center"], known["deviation"]),
            utility=TRUTHS[of],
            seed=self.seed(number),
            looked_seed=self.commission.seed,
            folder=self.folder_of_runs / f"{of}-{number}",
            policy=self.commission.policy(),
        )
        return pushed.run(push, settings, report, self.observer)


def agreement(score: Floats, worth: Floats) -> float:
    """How often the proxy orders two answers to a prompt as the truth does, where that tells them apart."""
    half = score.shape[1] // 2
    said = score[:, :half] - score[:, half : 2 * half]
    true = worth[:, :half] - worth[:, half : 2 * half]
    return float(np.mean((said > 0) == (true > 0), where=true != 0))
