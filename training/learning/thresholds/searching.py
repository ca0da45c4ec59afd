"""Thresholds searched within one run (Moskovitz et al., arXiv 2310.04373): the policy is led from proposal to proposal.

A proposal begins at the stored policy that lies nearest to it, the reference among them: after an overshoot that is one
from before. It may spend a share of the whole budget, and is worth what is measured where it came to, whether it was
reached or not; so the best one's thresholds are where its policy is. What was found is to be run again from the
reference, measured at fresh prompts: it was chosen for being high.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from training.learning.thresholds import simplex
from training.learning.thresholds.simplex import Answer, Ask, Floats, Place, Search, Vertex

REFERENCE = "reference"


@dataclass(frozen=True)
class Trial:
    """A proposal to be run: its name in the store, where it begins, where it goes, and for how much at most."""

    name: str
    begin: str
    thresholds: Place
    budget: int  # samples
    again: bool  # the policy `begin` is measured once more, and nothing is run


class Came(NamedTuple):
    """What came of a trial."""

    value: float
    error: float
    means: Place  # of the components, where the policy is now
    spent: int  # samples


Run = Callable[[Trial], Came]


@dataclass(frozen=True)
class Done:
    """A trial and what came of it, as it is kept."""

    trial: Trial
    came: Came


def nobody_hears(number: int, done: Done) -> None:
    """Nobody waits."""


class Best(NamedTuple):
    """The highest place, and what the policy that was measured there came to."""

    name: str  # of its trial
    vertex: Vertex
    came: Came
    is_reached: bool

    @property
    def thresholds(self) -> Place:
        """Where the value was measured: what was asked for, or, where that was not reached, how far it came."""
        return self.vertex.place if self.is_reached else self.came.means


@dataclass
class Searching:
    """A search with its trials, kept in a file after each; `begin` are the reference's means."""

    run: Run
    search: Search
    begin: Place
    budget: int  # samples in all
    share: float = 1 / 8  # of the budget that a proposal may spend
    before: int = 0  # samples that were spent before it began
    least: int = 1  # samples that a proposal needs: with less left, the search has ended
    path: Path | None = None
    told: Callable[[int, Done], None] = nobody_hears
    done: list[Done] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.path is not None and self.path.is_file():
            self.restore(json.loads(self.path.read_text()))

    @property
    def spent(self) -> int:
        return self.before + sum(one.came.spent for one in self.done)

    def go(self) -> Vertex:
        """The best place that was found within the budget."""
        while not self.is_spent and (ask := self.search.ask()) is not None:
            trial = self.trial(ask)
            came = self.run(trial)
            self.search.tell(Answer(came.value, came.error))
            self.done.append(Done(trial, came))
            self.keep()
            self.told(len(self.done) - 1, self.done[-1])
        return self.search.best

    @property
    def is_spent(self) -> bool:
        return self.budget - self.spent < self.least

    @property
    def size(self) -> Floats:
        """(components,) of the first simplex."""
        return np.ptp(np.array(self.search.corners), axis=0)

    def is_reached(self, done: Done) -> bool:
        """Whether it came as near as places are taken for one another; thresholds may be any numbers, 0 among them."""
        apart = np.abs(np.array(done.came.means) - done.trial.thresholds)
        return bool((apart <= self.search.rules.near * self.size).all())

    @property
    def best(self) -> Best:
        vertex = self.search.best
        done = next(one for one in self.done if one.trial.thresholds == vertex.place and not one.trial.again)
        return Best(done.trial.name, vertex, done.came, self.is_reached(done))

    def trial(self, ask: Ask) -> Trial:
        name = str(len(self.done))
        if ask.again:
            own = next(one for one in self.done if one.trial.thresholds == ask.place and not one.trial.again)
            return Trial(name, own.trial.name, ask.place, 0, again=True)
        budget = min(int(self.share * self.budget), self.budget - self.spent)
        return Trial(name, self.nearest(ask.place), ask.place, budget, again=False)

    def nearest(self, place: Place) -> str:
        """The stored policy from which the way is shortest, in sizes of the first simplex; the latest of equals."""
        own = [(one.trial.name, one.came.means) for one in self.done if not one.trial.again]
        stored = [(REFERENCE, self.begin), *own]
        ways = [float(np.linalg.norm((np.array(means) - place) / self.size)) for _, means in stored]
        return stored[len(ways) - 1 - int(np.argmin(ways[::-1]))][0]

    def keep(self) -> None:
        if self.path is not None:
            write(self.path, self.state())

    def state(self) -> dict[str, Any]:
        trials = [{"trial": asdict(one.trial), "came": one.came._asdict()} for one in self.done]
        return {"search": self.search.state(), "done": trials}

    def restore(self, state: dict[str, Any]) -> None:
        kept = simplex.restored(state["search"])
        if (kept.corners, kept.rules) != ([tuple(one) for one in self.search.corners], self.search.rules):
            raise ValueError("This file holds another search: its beginning or its rules are not the ones given.")
        self.search = kept
        self.done = [Done(trial_of(one["trial"]), came_of(one["came"])) for one in state["done"]]


def write(path: Path, content: Any) -> None:
    """The file is there whole, or as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}")
    draft.write_text(json.dumps(content))
    draft.replace(path)


def trial_of(values: dict[str, Any]) -> Trial:
    return Trial(**{**values, "thresholds": tuple(values["thresholds"])})


def came_of(values: dict[str, Any]) -> Came:
    return Came(**{**values, "means": tuple(values["means"])})
