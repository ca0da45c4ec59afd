"""Those who judge what a policy answers, wherever they are, and when they are heard."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

from lm.templates import Conversation

When = TypeVar("When", contravariant=True)


class Compared(NamedTuple):
    """Two answers to a prompt."""

    prompt: Conversation
    policy: str
    reference: str


class People(Protocol[When]):
    """Whoever compares the policy's answers with the reference's: after a step, or of a search's proposal."""

    def are_asked(self, when: When) -> bool:
        """Whether its questions are put already: nothing is asked twice."""

    def ask(self, when: When, questions: Sequence[Compared]) -> None:
        """All of its questions, or none."""

    def verdicts(self, when: When) -> Sequence[float | None]:
        """By question the mean verdict: 1 for the policy, ½ for a tie, 0 for the reference, None of nobody.

        Raises what ends the turn while too few are in; when it goes on, the same is asked for again.
        """


@dataclass(frozen=True)
class Hearing:
    """Whom a run hears, about how many prompts, and when."""

    people: People[int]  # after which step
    prompts: int  # the first of those held out
    every: int | None = None  # steps; None: only when the run is over

    def is_due(self, step: int, *, is_over: bool) -> bool:
        return is_over or (self.every is not None and step % self.every == 0)
