"""What a study will take, from counts of what it makes times what one of them took on a core of a small machine.

Seconds of one thread, measured by `manage.py study` itself: the sum is an estimate, and other work beside it is not in
it. The policy's own training, once a machine, is not either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from training.learning.studies.settings import Constrained

STEP_ANSWER = 0.021  # an answer of a step of reinforcement learning: sampled, scored, read and learned from
LOOK_ANSWER = 0.0105  # an answer to a held-out prompt
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
    looks = settings.steps // settings.look_every + 1
    runs = of_runs(3 * settings.seeds, settings.steps, settings.prompts * settings.samples, looks, settings.held_out)
    return Estimate([Cost("the oracle", 1, ORACLE), *runs])
