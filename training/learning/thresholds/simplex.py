"""Nelder and Mead's simplex (1965) as questions and answers, for values that are noisy and dear.

The search is a pure function of what it has been told: `ask` plays it again over the answers so far and comes to the
next question. So its state is its beginning and its answers, and a search that was killed asks the same again. Higher
is better. Without noise it asks what scipy's does. With noise an undecided comparison is measured again before it is
believed, and where the whole simplex lies within the noise, the search has ended.
"""

import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Place = tuple[float, ...]
REFLECT, EXPAND, CONTRACT, SHRINK = 1.0, 2.0, 0.5, 0.5


class Ask(NamedTuple):
    """A place to be measured; `again` where it was measured before and is to be known better."""

    place: Place
    again: bool = False


class Answer(NamedTuple):
    value: float
    error: float = 0.0  # standard error


@dataclass(frozen=True)
class Rules:
    """How carefully, and how long."""

    sure: float = 1.0  # standard errors of a difference from which on it is believed
    again: int = 1  # further measurements of a place, for the sake of undecided comparisons
    near: float = 0.2  # of the first simplex's size, by component: nearer is taken for the same place
    smallest: float = 0.2  # of the first simplex's size: a smaller one has ended
    most: int = 30  # places
    low: Place = ()  # where places are cut off; empty leaves them free
    high: Place = ()


@dataclass(eq=False)
class Vertex:
    """A place and what was measured there, each measurement by its precision."""

    place: Place
    value: float
    error: float
    times: int = 1

    def add(self, answer: Answer) -> None:
        if answer.error > 0 and self.error > 0:
            own, other = self.error**-2, answer.error**-2
            self.value = (own * self.value + other * answer.value) / (own + other)
            self.error = (own + other) ** -0.5
        else:
            self.value = (self.times * self.value + answer.value) / (self.times + 1)
        self.times += 1


Asking = Generator[Ask, Answer, Vertex]
Deciding = Generator[Ask, Answer, bool]


@dataclass
class Climb:
    """The algorithm, once through."""

    corners: Sequence[Place]
    rules: Rules
    measured: list[Vertex] = field(default_factory=list)
    seen: set[tuple[frozenset[int], int]] = field(default_factory=set)

    @property
    def size(self) -> Floats:
        """(components,) of the first simplex."""
        return np.ptp(np.array(self.corners), axis=0)

    def climb(self) -> Generator[Ask, Answer, None]:
        simplex = []
        for corner in self.corners:
            simplex.append((yield from self.measure(np.array(corner))))
        while True:
            simplex.sort(key=lambda one: -one.value)
            if (yield from self.is_over(simplex)) or self.is_going_round(simplex):
                return
            yield from self.move(simplex)

    def move(self, simplex: list[Vertex]) -> Generator[Ask, Answer, None]:
        """The worst corner is put somewhere better, or all go half the way to the best."""
        worst = np.array(simplex[-1].place)
        centre = np.mean([one.place for one in simplex[:-1]], axis=0)
        away = centre - worst
        reflected = yield from self.measure(centre + REFLECT * away)
        if (yield from self.is_better(reflected, simplex[0])):
            expanded = yield from self.measure(centre + EXPAND * away)
            simplex[-1] = expanded if (yield from self.is_better(expanded, reflected)) else reflected
            return
        if (yield from self.is_better(reflected, simplex[-2])):
            simplex[-1] = reflected
            return
        if (yield from self.is_better(reflected, simplex[-1])):
            outside = yield from self.measure(centre + CONTRACT * away)
            if outside.value >= reflected.value:
                simplex[-1] = outside
                return
        else:
            inside = yield from self.measure(centre - CONTRACT * away)
            if (yield from self.is_better(inside, simplex[-1])):
                simplex[-1] = inside
                return
        best = np.array(simplex[0].place)
        for number in range(1, len(simplex)):
            simplex[number] = yield from self.measure(best + SHRINK * (np.array(simplex[number].place) - best))

    def measure(self, place: Floats) -> Asking:
        """The vertex at a place; what was measured near it is taken for it."""
        if self.rules.low:
            place = np.clip(place, self.rules.low, self.rules.high)
        within = self.rules.near * self.size
        for one in self.measured:
            if self.rules.near and (np.abs(place - one.place) <= within).all():
                return one
        found: Place = tuple(place.tolist())
        answer = yield Ask(found)
        vertex = Vertex(found, answer.value, answer.error)
        self.measured.append(vertex)
        return vertex

    def is_better(self, first: Vertex, second: Vertex) -> Deciding:
        """Measured again while the noise hides the difference, as often as the rules allow; then by the means."""
        while first is not second and self.is_hidden(first, second):
            doubtful = max((first, second), key=lambda one: (one.times <= self.rules.again, one.error))
            if doubtful.times > self.rules.again:
                break
            doubtful.add((yield Ask(doubtful.place, again=True)))
        return first.value > second.value

    def is_hidden(self, first: Vertex, second: Vertex) -> bool:
        noise = math.hypot(first.error, second.error)
        return noise > 0 and abs(first.value - second.value) < self.rules.sure * noise

    def is_going_round(self, simplex: Sequence[Vertex]) -> bool:
        """Whether the same corners were there before and nothing was measured since: every new one was an old one."""
        now = (frozenset(map(id, simplex)), sum(one.times for one in self.measured))
        if now in self.seen:
            return True
        self.seen.add(now)
        return False

    def is_over(self, simplex: Sequence[Vertex]) -> Deciding:
        """Too small, or enough was measured, or all of it within the noise although its ends were measured again."""
        spread = np.ptp([one.place for one in simplex], axis=0)
        if (spread <= self.rules.smallest * self.size).all() or len(self.measured) >= self.rules.most:
            return True
        best, worst = simplex[0], simplex[-1]
        yield from self.is_better(best, worst)
        return self.is_hidden(best, worst)


@dataclass
class Search:
    """A climb that is asked and told; its state is plain values."""

    corners: Sequence[Place]
    rules: Rules = Rules()
    answers: list[Answer] = field(default_factory=list)

    def played(self) -> tuple[Climb, Ask | None]:
        """The climb over all answers so far, and what it asks next; None where it has ended."""
        climb = Climb(self.corners, self.rules)
        going = climb.climb()
        try:
            ask = next(going)
            for answer in self.answers:
                ask = going.send(answer)
        except StopIteration:
            return climb, None
        return climb, ask

    def ask(self) -> Ask | None:
        return self.played()[1]

    def tell(self, answer: Answer) -> None:
        if not (math.isfinite(answer.value) and math.isfinite(answer.error) and answer.error >= 0):
            raise ValueError("A search is told numbers, with errors of 0 or more.")
        self.answers.append(answer)

    @property
    def best(self) -> Vertex:
        """The highest place so far, by its mean."""
        return max(self.played()[0].measured, key=lambda one: one.value)

    def state(self) -> dict[str, Any]:
        return {
            "corners": [list(one) for one in self.corners],
            "rules": asdict(self.rules),
            "answers": [list(one) for one in self.answers],
        }


def restored(state: Mapping[str, Any]) -> Search:
    """The search whose state this is, read from JSON or not."""
    rules: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in state["rules"].items()
    }
    corners = [tuple(one) for one in state["corners"]]
    return Search(corners, Rules(**rules), [Answer(*one) for one in state["answers"]])


def first_simplex(begin: Place, steps: Place) -> list[Place]:
    """A corner at the beginning, and one further along each component."""
    return [begin, *(tuple(np.array(begin) + np.eye(len(begin))[at] * steps[at]) for at in range(len(begin)))]
