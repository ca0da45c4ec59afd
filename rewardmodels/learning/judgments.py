"""What one annotator said once, as plain rows that point at candidates by index.

A difference is u(first) − u(second) and higher is better. Nothing said is overwritten: an amount stays the interval
that follows from the answer, in its currency.
"""

from typing import NamedTuple

from lm.templates import Conversation

UNKNOWN = 0
RANDOM, CHOSEN = "random", "chosen"  # how a question came to be asked, where a rule orders questions
ALONE = -1  # in the place of a second candidate: one answer was judged by itself


class Candidate(NamedTuple):
    """One answer to one prompt."""

    prompt: Conversation
    response: str


class Pair(NamedTuple):
    """Two candidates of one prompt, compared by one annotator."""

    first: int
    second: int
    outcome: int  # 1: the first is preferred, -1: the second, 0: a tie
    strength: int = UNKNOWN  # 1 slightly, 2 clearly, 3 greatly
    side: int = UNKNOWN  # 1: the first was shown first, -1: the second was
    annotator: int = 0
    cluster: int = 0  # the conversation's root: what a bootstrap resamples
    split: str = "train"
    has_amount: bool = False  # the same answer is there as an amount too, which says more
    sampling: str = ""  # RANDOM or CHOSEN; empty where no rule ordered the questions


class Question(NamedTuple):
    """How money was asked for: amounts of two questions are not known to be of one scale."""

    currency: str
    version: int  # of the guidelines
    elicitation: str = ""  # direct, list, bdm; empty where it is unknown
    incentive: str = ""  # hypothetical, incentivised; empty where it is unknown


class Amount(NamedTuple):
    """What one would pay to get the preferred candidate instead of the other, or for one candidate alone."""

    first: int
    second: int  # ALONE where one answer was valued by itself
    outcome: int  # as of a pair; 1 where alone
    low: float  # ≥ 0; low = high where the amount was said, with 0 for “better, but worth nothing to me”
    high: float  # infinite where every price of a list was taken
    question: int = 0
    is_listed: bool = False  # low and high are prices of a list, not one rounded amount
    side: int = UNKNOWN
    annotator: int = 0
    cluster: int = 0
    split: str = "train"


class Verdict(NamedTuple):
    """One candidate, desirable or not."""

    candidate: int
    is_desirable: bool
    annotator: int = 0
    cluster: int = 0
    split: str = "train"


class Ranking(NamedTuple):
    """Two to eight candidates of one prompt in order; equal ranks are ties."""

    candidates: tuple[int, ...]
    ranks: tuple[int, ...]  # 0 is best
    annotator: int = 0
    cluster: int = 0
    split: str = "train"


class Rating(NamedTuple):
    """One candidate's mark from 1 to 5 on one aspect."""

    candidate: int
    aspect: int
    mark: int
    annotator: int = 0
    cluster: int = 0
    split: str = "train"


Judgment = Pair | Amount | Verdict | Ranking | Rating


def candidates_of(said: Judgment) -> tuple[int, ...]:
    """The candidates that a judgment is about."""
    if isinstance(said, Ranking):
        return said.candidates
    if isinstance(said, Verdict | Rating):
        return (said.candidate,)
    return (said.first,) if said.second == ALONE else (said.first, said.second)
