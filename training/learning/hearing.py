"""People judge answers to prompts held out beside the reference's; the run may end its turn until they have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from training.learning import looks, processes, rollouts, winning
from training.learning.commissions import Commission, Looking, Unrunnable
from training.learning.people import Compared, Hearing
from training.learning.policies import Policy

UNTOLD = 0.5  # of a prompt that nobody judged, and of the reference beside itself


@dataclass
class Due:
    """Whether people are heard before the run goes on; it is kept, for the run may end its turn there."""

    is_on: bool = False

    def state(self) -> dict[str, Any]:
        return {"is_on": self.is_on}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.is_on = bool(state["is_on"])


class Heard(NamedTuple):
    figures: dict[str, float]
    values: list[float]  # by prompt


def must_be_by_one(looking: Looking) -> None:
    """A turn that ends in one process would leave the others waiting for it."""
    if looking.hearing is not None and processes.count() > 1:
        raise Unrunnable("People are asked by a run of one process: leave them out, or start one process.")


def hear(commission: Commission, hearing: Hearing, policy: Policy, step: int, budget: int) -> Heard:
    """What people say of this step's answers, asked once."""
    if not hearing.people.are_asked(step):
        hearing.people.ask(step, compared(commission, hearing, policy, budget))
    said = hearing.people.verdicts(step)
    return Heard(figures([one for one in said if one is not None]), [UNTOLD if one is None else one for one in said])


def compared(commission: Commission, hearing: Hearing, policy: Policy, budget: int) -> list[Compared]:
    """Both answer with the same random numbers, which a look takes too."""
    asked = commission.looking.prompts[: hearing.prompts]
    drawn = looks.numbers(commission, len(asked))
    own = rollouts.sample(policy, asked, drawn, budget)
    beside = rollouts.sample(policy, asked, drawn, budget, of_reference=True)
    return [Compared(*row) for row in zip(asked, own.texts, beside.texts, strict=True)]


def figures(told: Sequence[float]) -> dict[str, float]:
    """Nothing where nobody said anything."""
    if not told:
        return {}
    found = winning.rate(told)
    return {"check/people": found.share, "check_low/people": found.low, "check_high/people": found.high}
