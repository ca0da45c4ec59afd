"""What a study will take, from counts of what it makes times what one of them took on a core of a small machine.

Seconds of one thread, measured by `manage.py study` itself: the sum is an estimate, and other work beside it is not in
it. The policy's own training, once a machine, is not either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from training.learning.studies.settings import Constrained, Ensembles, OverOptimisation

STEP_ANSWER = 0.021  # an answer of a step of reinforcement learning: sampled, scored, read and learned from
LOOK_ANSWER = 0.0105  # an answer to a held-out prompt
POOL_ANSWER = 1.0e-4  # an answer of a pool: drawn, read and judged
FITTED_PAIR = 3.0e-4  # a judgment gone over by a fit in all its epochs, and a bit more for each hidden unit
FITTED_PAIR_UNIT = 3.0e-6
SCORED_ANSWER = 1.6e-6  # an answer of a pool scored by a proxy and put in its place among the others
JUDGED_PAIR = 2.5e-4  # a judgment made
ORACLE = 5.0  # the exact distribution of facts, and points on its fronts


@dataclass(frozen=True)
class Cost:
    what: str
    count: int
    each: float  # seconds

    @property
    def seconds(self) -> float:
        return self.count * self.each


class Estimate(NamedTuple):
    costs: Sequence[Cost]

    @property
    def seconds(self) -> float:
        return sum(one.seconds for one in self.costs)


def of_runs(runs: int, steps: int, batch: int, looks: int, held_out: int) -> list[Cost]:
    """Of so many runs of reinforcement learning."""
    return [
        Cost("answers that are learned from", runs * steps * batch, STEP_ANSWER),
        Cost("answers to held-out prompts", runs * looks * held_out, LOOK_ANSWER),
    ]


def of_constrained(settings: Constrained) -> Estimate:
    batch, fresh = settings.prompts * settings.samples, settings.seeds * 9 * settings.judged
    looks, search_looks = settings.steps // settings.look_every + 1, settings.search_steps // settings.look_every + 1
    choosing, arms = 3 * settings.searched + settings.prices, 4 * settings.seeds
    return Estimate(
        [
            Cost("the oracle", 1, ORACLE),
            *of_runs(choosing, settings.search_steps, batch, search_looks, settings.held_out),
            *of_runs(arms, settings.steps, batch, looks, settings.held_out),
            Cost("answers that are judged", fresh, LOOK_ANSWER),
        ]
    )


def of_over_optimisation(settings: OverOptimisation) -> Estimate:
    answers = settings.prompts * settings.pool
    kinds = [(size, pairs) for size in settings.sizes for pairs in settings.pairs for _ in settings.noise]
    return Estimate(
        [
            Cost("the oracle", 1, ORACLE),
            *of_proxies(answers, settings.seeds * settings.pairs[-1] * 2, kinds, settings.seeds),
            *of_pushes(settings),
        ]
    )


def of_ensembles(settings: Ensembles) -> Estimate:
    answers = settings.prompts * settings.pool
    kinds = [(settings.size, settings.pairs)] * settings.members * len(settings.noise)
    judgments = settings.seeds * settings.pairs * len(settings.noise)
    ways = settings.seeds * len(settings.noise) * (1 + len(settings.penalties) + 1)
    return Estimate(
        [
            Cost("the oracle", 1, ORACLE),
            *of_proxies(answers, judgments, kinds, settings.seeds),
            Cost("answers put in their place by an ensemble", ways * answers, SCORED_ANSWER),
        ]
    )


def of_proxies(answers: int, judgments: int, kinds: Sequence[tuple[int, int]], seeds: int) -> list[Cost]:
    """A pool, judgments, and proxies of (size, judgments) from each seed."""
    learned = sum(pairs * (FITTED_PAIR + size * FITTED_PAIR_UNIT) for size, pairs in kinds)
    return [
        Cost("answers of the pool", answers, POOL_ANSWER),
        Cost("judgments", judgments, JUDGED_PAIR),
        Cost("proxies learned", seeds * len(kinds), learned / len(kinds)),
        Cost("answers scored", seeds * len(kinds) * answers, SCORED_ANSWER),
    ]


def of_pushes(settings: OverOptimisation) -> list[Cost]:
    looks = settings.steps // settings.look_every + 2
    batch = settings.step_prompts * settings.samples
    return of_runs(2 * settings.runs, settings.steps + 1, batch, looks, settings.held_out)
