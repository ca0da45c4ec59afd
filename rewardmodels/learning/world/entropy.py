"""The entropy of an answer given its request, exactly: that of the sentences given the level, and of the level.

H(text) = H(text | level) + H(level) − H(level | text). A text tells of the level through the likelihoods of its
sentences alone, so texts with equal likelihood ratios are one class, and the classes are few.
"""

import math
from functools import lru_cache

import numpy as np

from rewardmodels.learning.world.grammar import Floats, Grammar, kind_chances, length_chances
from rewardmodels.learning.world.reference import groups

# Powers of an odd number, which turn a row of whole numbers into one as hashing does: equal rows always, others hardly.
MIXING = np.array([pow(0x9E3779B97F4A7C15, power, 2**64) for power in range(1, 17)], dtype=np.uint64).view(np.int64)


def nats(probability: Floats) -> float:
    positive = probability[probability > 0]
    return float(-(positive * np.log(positive)).sum())


@lru_cache(maxsize=8)
def of_answers(grammar: Grammar) -> float:
    """Nats of one answer given its request."""
    shares = np.array([level.share for level in grammar.levels])
    given = sum(share * given_level(grammar, level) for level, share in enumerate(shares))
    return float(given + nats(shares) - remaining(grammar))


def given_level(grammar: Grammar, level: int) -> float:
    """Nats of an answer of one level."""
    chances = length_chances(grammar)[level]
    total = nats(chances)
    for place in range(grammar.most):
        is_reached = chances[place + 1 :].sum()
        total += is_reached * of_sentence(grammar, level, place)
    return total


def of_sentence(grammar: Grammar, level: int, place: int) -> float:
    chances = kind_chances(grammar)[level, min(place, len(grammar.places) - 1)]
    total = nats(chances)
    for kind, (_, listed) in enumerate(grammar.sentences):
        total += chances[kind] * math.log(len(listed))
    right = grammar.levels[level].right
    for group in groups(grammar):
        share = chances[grammar.kinds.index(group.kind)] * sum(part for _, part in group.words)
        for slot in group.slots:
            others = len(grammar.values(slot)) - 1
            total += share * (nats(np.array([right, 1 - right])) + (1 - right) * math.log(others))
    return total


def remaining(grammar: Grammar) -> float:
    """H(level | text): what a whole answer leaves unsaid of its level."""
    shares = np.array([level.share for level in grammar.levels])
    ratios, mass = np.zeros((1, len(shares))), np.ones((1, len(shares)))
    lengths, total = length_chances(grammar), 0.0
    for place in range(grammar.most):
        ratios, mass = one_more(ratios, mass, *moves(grammar, place))
        joint = shares * mass * lengths[:, place + 1]
        total += nats(joint) - nats(joint.sum(axis=1))
    return total


def moves(grammar: Grammar, place: int) -> tuple[Floats, Floats]:
    """(log ratios to the first level, chances by level), each (ways, levels), of what a sentence tells of the level."""
    chances = kind_chances(grammar)[:, min(place, len(grammar.places) - 1)]
    right = np.array([level.right for level in grammar.levels])
    ways: list[Floats] = []
    for group in groups(grammar):
        of_group = chances[:, grammar.kinds.index(group.kind)] * sum(part for _, part in group.words)
        n = len(group.slots)
        ways += [of_group * math.comb(n, k) * right**k * (1 - right) ** (n - k) for k in range(n + 1)]
    table = np.array([way for way in ways if way.max() > 0])
    with np.errstate(divide="ignore"):
        logs = np.log(table)
    return ratio(logs), table


def ratio(logs: Floats) -> Floats:
    """Against the likeliest level; one that never says so stays at −1e6."""
    return np.maximum(logs - logs.max(axis=1, keepdims=True), -1e6)


def one_more(ratios: Floats, mass: Floats, step: Floats, chances: Floats) -> tuple[Floats, Floats]:
    """Another sentence; equal ratios reached on different ways differ in their last bits and are one class."""
    reached = ratio((ratios[:, None] + step[None]).reshape(-1, ratios.shape[1]))
    weight = (mass[:, None] * chances[None]).reshape(-1, mass.shape[1])
    rounded = np.round(reached * 1e8).astype(np.int64)  # (ways, levels)
    _, first, place = np.unique(rounded @ MIXING[: rounded.shape[1]], return_index=True, return_inverse=True)
    gathered = np.zeros((len(first), mass.shape[1]))
    for level, column in enumerate(weight.T):
        gathered[:, level] = np.bincount(place, column, minlength=len(first))
    return reached[first], gathered
