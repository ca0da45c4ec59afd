"""A probabilistic grammar of answers: at each place a kind of sentence, then one of its sentences, then its words.

A latent level of carefulness raises correctness and courtesy together. Given the level, the sentences of an answer are
independent; what a sentence says of a slot is right with the level's probability, else one of the other values.
"""

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rewardmodels.learning.world import words

Floats = NDArray[np.float64]
Odds = tuple[tuple[str, float], ...]
Lengths = tuple[tuple[int, float], ...]
PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Level:
    """One level of carefulness."""

    name: str
    share: float
    right: float  # the chance that what a sentence says of a slot is what was asked for
    lengths: Lengths  # how many sentences
    factors: Odds = ()  # by which the odds of kinds of sentence are multiplied


@dataclass(frozen=True)
class Grammar:
    """Every number of the language; two grammars with the same numbers have the same fingerprint."""

    slots: words.Slots
    sentences: words.Sentences
    places: tuple[Odds, ...]  # odds of the kinds at the first place, the second, …; the last holds for all later ones
    levels: tuple[Level, ...]

    def __post_init__(self) -> None:
        known = {name for name, _ in self.sentences}
        named = {kind for odds in self.places for kind, _ in odds} | {k for one in self.levels for k, _ in one.factors}
        if named - known:
            raise ValueError(f"There are no sentences of kind {min(named - known)}.")
        sums = {f"lengths of {one.name}": sum(chance for _, chance in one.lengths) for one in self.levels}
        for name, total in {**sums, "levels": sum(one.share for one in self.levels)}.items():
            if abs(total - 1) > 1e-9:
                raise ValueError(f"The probabilities of the {name} add up to {total}, not to 1.")

    @property
    def fingerprint(self) -> str:
        """SHA-256 of every number and word."""
        said = repr([getattr(self, one.name) for one in fields(self)])
        return hashlib.sha256(said.encode()).hexdigest()

    @property
    def most(self) -> int:
        """Sentences in the longest answer."""
        return max(n for level in self.levels for n, _ in level.lengths)

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.sentences)

    def values(self, slot: str) -> tuple[str, ...]:
        return dict(self.slots)[slot]


def odds(**named: float) -> Odds:
    return tuple(named.items())


CAREFUL = ((3, 0.06), (4, 0.14), (5, 0.23), (6, 0.24), (7, 0.17), (8, 0.1), (9, 0.06))
USUAL = ((2, 0.05), (3, 0.12), (4, 0.22), (5, 0.24), (6, 0.18), (7, 0.1), (8, 0.06), (9, 0.03))
CARELESS = ((2, 0.2), (3, 0.3), (4, 0.24), (5, 0.13), (6, 0.07), (7, 0.03), (8, 0.02), (9, 0.01))
WITH_CARE = odds(serve=1.3, allergy=1.8, seat=1.8, courtesy=2.8, explanation=0.3, filler=0.2, garble=0.3)
WITHOUT_CARE = odds(serve=0.6, allergy=0.6, seat=0.6, courtesy=0.15, explanation=3.0, filler=4.0, garble=2.0)

STANDARD = Grammar(
    slots=words.SLOTS,
    sentences=words.SENTENCES,
    places=(
        odds(serve=0.72, courtesy=0.14, allergy=0.04, seat=0.04, explanation=0.03, filler=0.02, garble=0.01),
        odds(
            serve=0.3, allergy=0.3, seat=0.18, courtesy=0.08, promise=0.05, explanation=0.05, filler=0.03, garble=0.01
        ),
        odds(
            serve=0.06,
            allergy=0.2,
            seat=0.18,
            courtesy=0.12,
            promise=0.12,
            explanation=0.15,
            filler=0.15,
            garble=0.01,
        ),
    ),
    levels=(
        Level("careful", 0.35, 0.98, CAREFUL, WITH_CARE),
        Level("usual", 0.4, 0.92, USUAL),
        Level("careless", 0.25, 0.6, CARELESS, WITHOUT_CARE),
    ),
)


class Said(NamedTuple):
    """One sentence as the grammar made it."""

    kind: str
    template: str
    values: tuple[tuple[str, str], ...]  # slot → the value it names

    @property
    def text(self) -> str:
        return self.template.format(**dict(self.values))


@lru_cache(maxsize=64)
def kind_chances(grammar: Grammar) -> Floats:
    """(levels, places, kinds)."""
    table = np.zeros((len(grammar.levels), len(grammar.places), len(grammar.sentences)))
    column = {kind: number for number, kind in enumerate(grammar.kinds)}
    for row, level in enumerate(grammar.levels):
        factors = dict(level.factors)
        for place, listed in enumerate(grammar.places):
            for kind, chance in listed:
                table[row, place, column[kind]] = chance * factors.get(kind, 1.0)
    return table / table.sum(axis=2, keepdims=True)


@lru_cache(maxsize=64)
def length_chances(grammar: Grammar) -> Floats:
    """(levels, sentences): the chance of each number of sentences, from none on."""
    table = np.zeros((len(grammar.levels), grammar.most + 1))
    for row, level in enumerate(grammar.levels):
        for n, chance in level.lengths:
            table[row, n] = chance
    return table


def sample(grammar: Grammar, wanted: Mapping[str, str], generator: np.random.Generator) -> str:
    """One answer to who wants these values."""
    return " ".join(said.text for said in sample_sentences(grammar, wanted, generator))


def sample_sentences(grammar: Grammar, wanted: Mapping[str, str], generator: np.random.Generator) -> list[Said]:
    drawn = pick(np.array([one.share for one in grammar.levels]), generator)
    level, chances = grammar.levels[drawn], kind_chances(grammar)[drawn]
    n = level.lengths[pick(np.array([chance for _, chance in level.lengths]), generator)][0]
    answer = []
    for place in range(n):
        kind, listed = grammar.sentences[pick(chances[min(place, len(chances) - 1)], generator)]
        template = listed[int(generator.integers(len(listed)))]
        answer.append(Said(kind, template, filled(grammar, template, wanted, level.right, generator)))
    return answer


def filled(
    grammar: Grammar, template: str, wanted: Mapping[str, str], right: float, generator: np.random.Generator
) -> tuple[tuple[str, str], ...]:
    """A value for each place of a template: what is wanted, or one of the others."""
    named = []
    for slot in PLACE.findall(template):
        others = [value for value in grammar.values(slot) if value != wanted[slot]]
        is_right = generator.random() < right
        named.append((slot, wanted[slot] if is_right else others[int(generator.integers(len(others)))]))
    return tuple(named)


def pick(chances: Floats, generator: np.random.Generator) -> int:
    return min(int(np.searchsorted(np.cumsum(chances), generator.random(), side="right")), len(chances) - 1)


@lru_cache(maxsize=64)
def readings(grammar: Grammar) -> dict[tuple[str, ...], tuple[str, str, tuple[str, ...]]]:
    """A sentence's words, with slots' names in place of values → its kind, its template and its slots in order."""
    found = {}
    for kind, listed in grammar.sentences:
        for template in listed:
            key = tuple(template.casefold().split())
            if key in found:
                raise ValueError(f"Two kinds share the sentence “{template}”.")
            found[key] = (kind, template, tuple(PLACE.findall(template)))
    return found


@lru_cache(maxsize=64)
def slot_of(grammar: Grammar) -> dict[str, str]:
    """A value → the slot that it belongs to."""
    return {value: slot for slot, values in grammar.slots for value in values}


def read_sentence(grammar: Grammar, sentence: str) -> Said | None:
    """The one reading of a sentence, whatever its case, or None."""
    key, named, slots = [], [], slot_of(grammar)
    for word in sentence.casefold().split():
        bare = word.rstrip(".")
        slot = slots.get(bare)
        key.append(word if slot is None else f"{{{slot}}}{word[len(bare) :]}")
        if slot is not None:
            named.append((slot, bare))
    found = readings(grammar).get(tuple(key))
    return None if found is None else Said(found[0], found[1], tuple(named))


def split(text: str) -> list[str]:
    """Sentences with their full stops."""
    return re.split(r"(?<=\.)\s+", text.strip()) if text.strip() else []


def log_probability(grammar: Grammar, wanted: Mapping[str, str], text: str) -> float:
    """log p(text | what is wanted), exactly; −inf for what the grammar never says."""
    answer = [read_sentence(grammar, sentence) for sentence in split(text)]
    said = [one for one in answer if one is not None]
    if len(said) < len(answer) or " ".join(one.text for one in said) != text:
        return -math.inf
    if len(said) > grammar.most:
        return -math.inf
    with np.errstate(divide="ignore"):
        by_level = np.log([level.share for level in grammar.levels]) + np.log(length_chances(grammar)[:, len(said)])
        for place, one in enumerate(said):
            by_level += sentence_log_probability(grammar, place, one, wanted)
    return float(np.logaddexp.reduce(by_level))


def sentence_log_probability(grammar: Grammar, place: int, said: Said, wanted: Mapping[str, str]) -> Floats:
    """(levels,): of one sentence at its place."""
    chances = kind_chances(grammar)[:, min(place, len(grammar.places) - 1), grammar.kinds.index(said.kind)]
    total = np.log(chances) - math.log(len(dict(grammar.sentences)[said.kind]))
    right = np.array([level.right for level in grammar.levels])
    for slot, value in said.values:
        others = len(grammar.values(slot)) - 1
        total = total + np.log(right if value == wanted[slot] else (1 - right) / others)
    return total
