"""Those who judge what a run answers, wherever they are, and when they are heard."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from lm.templates import Conversation


class Compared(NamedTuple):
    """Two answers to a prompt."""

    prompt: Conversation
    policy: str
    reference: str


class People(Protocol):
    """Whoever compares the policy's answers with the reference's."""

    def are_asked(self, step: int) -> bool:
        """Whether the questions of a step are put already: nothing is asked twice."""

    def ask(self, step: int, questions: Sequence[Compared]) -> None:
        """All of a step's questions, or none."""

    def verdicts(self, step: int) -> Sequence[float | None]:
        """By question the mean verdict: 1 for the policy, ½ for a tie, 0 for the reference, None of nobody.

        Raises what ends the run's turn while too few are in; when it goes on, the same step is asked for again.
        """


@dataclass(frozen=True)
class Hearing:
    """Whom a run hears, about how many prompts, and when."""

    people: People
    prompts: int  # the first of those held out
    every: int | None = None  # steps; None: only when the run is over

    def is_due(self, step: int, *, is_over: bool) -> bool:
        return is_over or (self.every is not None and step % self.every == 0)
