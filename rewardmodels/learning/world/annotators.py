"""Simulated annotators: each perceives what an answer is worth, with noise of his own, and answers like a person.

All that somebody says follows from what he perceives, u·direction + noise in coins, so that orders, amounts, verdicts,
rankings and marks of one person agree with each other as far as his noise lets them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise as neighbours
from typing import Any

import numpy as np

from rewardmodels.learning import keys
from rewardmodels.learning.world import gold
from rewardmodels.learning.world.grammar import Floats
from rewardmodels.learning.world.parser import Facts
from rewardmodels.learning.world.words import STAKES

PRICES = ("0.50", "1", "2", "5", "10", "20")
STEP = Decimal("0.50")  # of amounts
MARKS = {  # between the marks 1 to 5
    "coverage": (0.5, 1.5, 2.5, 3.5),
    "warmth": (0.25, 0.75, 1.75, 2.75),
    "risk": (0.5, 1.5, 2.5, 4.0),
}
MARK_NOISE = {"coverage": 0.35, "warmth": 0.3, "risk": 0.4}  # of the component, per unit of an annotator's noise


@dataclass(frozen=True)
class Annotator:
    """How somebody judges. Noise is logistic, in coins, and grows with the stake where it is scaled by it."""

    name: str
    noise: float = 1.0  # the scale of the noise in a difference of two answers
    is_stake_scaled: bool = False
    leaning: float = 0.0  # coins in favour of the answer shown first
    money: float = 1.0  # what a coin is worth to him in the currency asked for
    direction: int = 1  # −1: reads the question the wrong way round
    protest: float = 0.0  # the chance that he names no amount although he prefers
    tie_within: float = 0.5  # differences that he calls a tie
    clear, great = 2.0, 5.0  # differences from which on he says so
    bar: float = 4.0  # what an answer must be worth to be desirable
    seconds: float = 20.0  # median time for a pair

    def scale(self, stake: int) -> float:
        mean_stake = sum(STAKES) / len(STAKES)
        return self.noise * (stake / mean_stake if self.is_stake_scaled else 1.0)


CAREFUL = Annotator("careful", noise=0.6, seconds=35.0)
HASTY = Annotator("hasty", noise=2.5, tie_within=1.0, seconds=6.0)
LEFT_BIASED = Annotator("left-biased", leaning=1.5)
GENEROUS = Annotator("generous", money=3.0, bar=2.0)
REVERSED = Annotator("reversed", direction=-1)
PROTEST_ZERO = Annotator("protest-zero", protest=0.9)
STAKE_SCALED = Annotator("stake-scaled", is_stake_scaled=True)
KINDS = (CAREFUL, HASTY, LEFT_BIASED, GENEROUS, REVERSED, PROTEST_ZERO, STAKE_SCALED)
SHARES = (0.3, 0.2, 0.12, 0.13, 0.05, 0.08, 0.12)


def crowd(count: int) -> list[Annotator]:
    """So many people of all kinds by their shares, the commonest first; one in twenty reads the question backwards."""
    order = sorted(range(len(KINDS)), key=lambda kind: -SHARES[kind])
    have = dict.fromkeys(order, 0)
    people = []
    for size in range(1, count + 1):
        kind = max(order, key=lambda each: SHARES[each] * size - have[each])
        have[kind] += 1
        people.append(replace(KINDS[kind], name=f"{KINDS[kind].name}-{have[kind]}"))
    return people


@dataclass(frozen=True)
class Look:
    """What somebody looks at: the facts of each answer in the order shown, the stake, and what is truly of worth."""

    facts: tuple[Facts, ...]
    stake: int
    utility: Callable[[gold.Facts, gold.Stakes], Floats] = gold.gold

    @property
    def worth(self) -> Floats:
        """(answers,) true coins."""
        return np.asarray(self.utility(np.array(self.facts), np.float64(self.stake)))


def difference(person: Annotator, look: Look, generator: np.random.Generator) -> float:
    """What the answer shown first seems to be worth more than the other."""
    first, second = look.worth
    noise = generator.logistic(0.0, person.scale(look.stake))
    return float(person.direction * (first - second) + person.leaning + noise)


def seeming(person: Annotator, look: Look, generator: np.random.Generator) -> Floats:
    """(answers,): what each seems to be worth; Gumbel noise, whose differences are the logistic noise of pairs."""
    return person.direction * look.worth + generator.gumbel(0.0, person.scale(look.stake), len(look.facts))


def pairwise(person: Annotator, look: Look, ids: Sequence[str], generator: np.random.Generator) -> dict[str, Any]:
    seems = difference(person, look, generator)
    if abs(seems) < person.tie_within:
        return {"preferred": None}
    strength = 1 + (abs(seems) >= person.clear) + (abs(seems) >= person.great)
    return {"preferred": ids[0] if seems > 0 else ids[1], "strength": strength}


def cardinal(
    person: Annotator, look: Look, ids: Sequence[str], generator: np.random.Generator, *, by_list: bool = False
) -> dict[str, Any]:
    """Of two answers, which and how much more; of one, how much."""
    is_pair = len(ids) == 2
    seems = difference(person, look, generator) if is_pair else float(seeming(person, look, generator)[0])
    if is_pair and abs(seems) < person.tie_within:
        return {"preferred": None, "amount": "0"}
    amount = max(0.0, person.money * (abs(seems) if is_pair else seems))
    if generator.random() < person.protest:
        amount = 0.0
    said = priced(amount) if by_list else {"amount": rounded(amount)}
    return {"preferred": ids[0] if seems > 0 else ids[1], **said} if is_pair else said


def priced(amount: float) -> dict[str, Any]:
    return {"rows": [{"price": price, "buys": float(price) <= amount} for price in PRICES]}


def rounded(amount: float) -> str:
    steps = Decimal(round(amount / float(STEP)))
    return f"{(steps * STEP).normalize():f}" if steps else "0"


def binary(person: Annotator, look: Look, ids: Sequence[str], generator: np.random.Generator) -> dict[str, Any]:
    noise = generator.logistic(0.0, person.scale(look.stake))
    return {"desirable": bool(person.direction * (look.worth[0] - person.bar) + noise > 0)}


def ranking(person: Annotator, look: Look, ids: Sequence[str], generator: np.random.Generator) -> dict[str, Any]:
    """Best first; who follows within a quarter of the tie's width shares the place."""
    seems = seeming(person, look, generator)
    order = list(np.argsort(-seems, kind="stable"))
    groups = [[order[0]]]
    for before, after in neighbours(order):
        if seems[before] - seems[after] < person.tie_within / 4:
            groups[-1].append(after)
        else:
            groups.append([after])
    return {"order": [sorted(ids[each] for each in group) for group in groups]}


def rating(person: Annotator, look: Look, ids: Sequence[str], generator: np.random.Generator) -> dict[str, Any]:
    """Marks from 1 to 5 for each component: 5 is most of it, of risk too."""
    marks = {}
    for aspect, cuts in MARKS.items():
        value = float(gold.COMPONENTS[aspect](np.array(look.facts[:1]), np.float64(look.stake))[0])
        value += generator.normal(0.0, MARK_NOISE[aspect] * person.scale(look.stake))
        mark = 1 + int(np.searchsorted(cuts, value, side="right"))
        marks[aspect] = mark if person.direction > 0 else 6 - mark
    return {"ratings": marks}


def price_list(person: Annotator, look: Look, ids: Sequence[str], generator: np.random.Generator) -> dict[str, Any]:
    return cardinal(person, look, ids, generator, by_list=True)


@dataclass(frozen=True)
class Question:
    """A way of asking: the kind of the contract, and how many answers are looked at."""

    kind: str
    answers: int
    ask: Any  # (person, look, ids, generator) → the answer of the contract
    elicitation: str = ""


QUESTIONS: Mapping[str, Question] = {
    "pairwise": Question("pairwise", 2, pairwise),
    "cardinal": Question("cardinal", 2, cardinal, "direct"),
    "cardinal_list": Question("cardinal", 2, price_list, "list"),
    "cardinal_single": Question("cardinal", 1, cardinal, "direct"),
    "binary": Question("binary", 1, binary),
    "ranking": Question("ranking", 4, ranking),
    "rating": Question("rating", 1, rating),
}


def take_time(person: Annotator, look: Look, generator: np.random.Generator) -> int:
    """Milliseconds: longer for more words, never the same twice."""
    words = sum(one.words for one in look.facts)
    return int(1_000 * person.seconds * (0.5 + words / 120) * np.exp(generator.normal(0.0, 0.35)))


def generator_of(seed: int, person: Annotator, *what: object) -> np.random.Generator:
    return keys.numpy_generator(seed, "annotator", person.name, *what)
