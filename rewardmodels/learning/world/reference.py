"""The exact distribution of the facts of an answer under the grammar, by a dynamic programme over sentences.

Facts do not depend on what is asked for: every value of a slot is one word and all are alike. A state is the statement
made first of each slot and the counts so far; for each state the masses of all numbers of words stand in one row.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from rewardmodels.learning.world.grammar import PLACE, Floats, Grammar, kind_chances, length_chances
from rewardmodels.learning.world.parser import COLUMNS, OF_SLOT

Integers = NDArray[np.int64]
COUNTED = ("contradictions", "courtesy", "promises", "ungrammatical")
EFFECT = {"courtesy": "courtesy", "promise": "promises", "garble": "ungrammatical"}
STATUS = ("item", "temperature", "allergy", "seat")  # 0 unsaid, 1 right, 2 wrong


class Distribution(NamedTuple):
    """Every possible row of facts with its probability."""

    facts: Integers  # (rows, columns of Facts)
    probability: Floats  # (rows,), adds up to 1

    @property
    def log(self) -> Floats:
        return np.log(self.probability)


class Group(NamedTuple):
    """Templates of one kind that name the same slots: all that differs is their number of words."""

    kind: str
    slots: tuple[str, ...]
    words: tuple[tuple[int, float], ...]  # words → share of the whole kind


class Packing:
    """Facts but for words as one number, digit by digit."""

    def __init__(self, grammar: Grammar) -> None:
        said = max(len(PLACE.findall(each)) for _, listed in grammar.sentences for each in listed)
        self.radix = dict.fromkeys(STATUS, 3) | dict.fromkeys(COUNTED, grammar.most + 1)
        self.radix["contradictions"] = grammar.most * max(said, 1) + 1
        sizes = np.cumprod([1, *self.radix.values()])
        self.weight = {name: int(size) for name, size in zip(self.radix, sizes[:-1], strict=True)}

    def digit(self, keys: Integers, name: str) -> Integers:
        return keys // self.weight[name] % self.radix[name]


@lru_cache(maxsize=8)
def distribution(grammar: Grammar) -> Distribution:
    """The facts of an answer whose level of carefulness nobody knows."""
    packing = Packing(grammar)
    most_words = grammar.most * max(len(each.split()) for _, listed in grammar.sentences for each in listed)
    found: list[tuple[Integers, Floats]] = []
    for level, one in enumerate(grammar.levels):
        for keys, mass in endings(grammar, level, packing, most_words):
            found.append((keys, one.share * mass))
    keys, place = np.unique(np.concatenate([keys for keys, _ in found]), return_inverse=True)
    whole = np.zeros((len(keys), most_words + 1))
    start = 0
    for part, mass in found:  # a part holds each key once
        whole[place[start : start + len(part)]] += mass
        start += len(part)
    return as_rows(keys, whole, packing)


def as_rows(keys: Integers, mass: Floats, packing: Packing) -> Distribution:
    row, words = np.nonzero(mass)
    digits = {name: packing.digit(keys[row], name) for name in packing.radix}
    said = {name: np.where(digits[name] == 2, -1, digits[name]) for name in STATUS}
    columns = {**digits, **said, "words": words}
    return Distribution(np.stack([columns[name] for name in COLUMNS], axis=1), mass[row, words])


def endings(grammar: Grammar, level: int, packing: Packing, most_words: int) -> Iterator[tuple[Integers, Floats]]:
    """(keys, masses of each number of words) of the answers that end after each number of sentences."""
    lengths = length_chances(grammar)[level]
    keys, mass = np.zeros(1, np.int64), np.zeros((1, most_words + 1))
    mass[0, 0] = 1.0
    for place in range(grammar.most):
        keys, mass = one_more(grammar, level, place, (keys, mass), packing)
        if lengths[place + 1]:
            yield keys, lengths[place + 1] * mass


def one_more(
    grammar: Grammar, level: int, place: int, state: tuple[Integers, Floats], packing: Packing
) -> tuple[Integers, Floats]:
    """The state after another sentence at this place."""
    keys, mass = state
    chances = kind_chances(grammar)[level, min(place, len(grammar.places) - 1)]
    steps = []
    for group in groups(grammar):
        chance = chances[grammar.kinds.index(group.kind)]
        if chance > 0:
            steps.append((group, chance, list(outcomes(grammar, level, group, keys, packing))))
    after = np.unique(np.concatenate([reached for _, _, ways in steps for reached, _, _ in ways]))
    result = np.zeros((len(after), mass.shape[1]))
    for group, chance, ways in steps:
        longer = np.zeros_like(mass)
        for words, share in group.words:
            longer[:, words:] += share * mass[:, : mass.shape[1] - words]
        target = np.searchsorted(after, np.concatenate([reached for reached, _, _ in ways]))
        source = np.concatenate([rows for _, rows, _ in ways])
        weight = chance * np.concatenate([chances for _, _, chances in ways])
        result += sparse.csr_array((weight, (target, source)), shape=(len(after), len(keys))) @ longer
    return after, result


@lru_cache(maxsize=64)
def groups(grammar: Grammar) -> tuple[Group, ...]:
    found: dict[tuple[str, tuple[str, ...]], dict[int, float]] = {}
    for kind, listed in grammar.sentences:
        for template in listed:
            shares = found.setdefault((kind, tuple(PLACE.findall(template))), {})
            words = len(template.split())
            shares[words] = shares.get(words, 0.0) + 1 / len(listed)
    return tuple(Group(kind, slots, tuple(shares.items())) for (kind, slots), shares in found.items())


def outcomes(
    grammar: Grammar, level: int, group: Group, keys: Integers, packing: Packing
) -> Iterator[tuple[Integers, Integers, Floats]]:
    """(keys reached, rows they come from, chances) for each way in which a sentence of the group can come out."""
    step = packing.weight[EFFECT[group.kind]] if group.kind in EFFECT else 0
    per_slot = [statements(grammar, level, slot, keys, packing) for slot in group.slots]
    for way in product(*per_slot):
        moved = keys + step + sum((delta for delta, _ in way), np.zeros_like(keys))
        chance = np.prod([chance for _, chance in way], axis=0) if way else np.ones(len(keys))
        rows = np.nonzero(chance)[0]
        yield moved[rows], rows, chance[rows]


def statements(
    grammar: Grammar, level: int, slot: str, keys: Integers, packing: Packing
) -> list[tuple[Integers, Floats]]:
    """(change of key, chance) by row of three statements: the right value, another wrong one, the same wrong one."""
    right, others = grammar.levels[level].right, len(grammar.values(slot)) - 1
    name = OF_SLOT[slot]
    status = packing.digit(keys, name)
    unsaid, was_wrong = status == 0, status == 2
    first, against = packing.weight[name], packing.weight["contradictions"]
    repeated = np.where(was_wrong, (1 - right) / others, 0.0)
    return [
        (np.where(unsaid, first, np.where(was_wrong, against, 0)), np.full(len(keys), right)),
        (np.where(unsaid, 2 * first, against), 1 - right - repeated),
        (np.zeros_like(keys), repeated),
    ]
