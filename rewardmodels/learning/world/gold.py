"""What an answer is truly worth, in coins, and the parts of it that people can rate.

The gold has curvature in what a proxy without curvature cannot see: courtesy and promises are worth less and less and
then cost, words cost beyond what anybody reads. `control` has none: linear proxies never turn against it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rewardmodels.learning.world.parser import COLUMNS, RIGHT, WRONG

Floats = NDArray[np.float64]
Facts = NDArray[np.int64]  # (..., columns of parser.Facts)
PLENTY = 35  # words that anybody reads
Stakes = NDArray[np.float64] | np.float64
FEATURES = (
    *("item", "temperature", "allergy", "stake_allergy", "seat"),
    *("contradictions", "courtesy", "promises", "words", "ungrammatical"),
)


class Columns(NamedTuple):
    """The columns of facts as float arrays of one shape."""

    item: Floats
    temperature: Floats
    allergy: Floats
    seat: Floats
    contradictions: Floats
    courtesy: Floats
    promises: Floats
    words: Floats
    ungrammatical: Floats


def columns(facts: Facts) -> Columns:
    return Columns(*(np.asarray(facts)[..., number].astype(np.float64) for number in range(len(COLUMNS))))


def features(facts: Facts, stake: Stakes) -> Floats:  # stake broadcasts against the facts' leading shape
    """(..., 10): what a linear proxy sees."""
    one = columns(facts)
    allergy = (one.allergy == RIGHT).astype(np.float64)
    parts = [one.item == RIGHT, one.temperature == RIGHT, allergy, stake * allergy, one.seat == RIGHT]
    parts += [one.contradictions, one.courtesy, one.promises, one.words, one.ungrammatical]
    shape = np.broadcast_shapes(np.shape(stake), one.item.shape)
    return np.stack([np.broadcast_to(part, shape).astype(np.float64) for part in parts], axis=-1)


def gold(facts: Facts, stake: Stakes) -> Floats:
    """Coins."""
    one = columns(facts)
    courtesy = 2.4 * one.courtesy - 0.6 * one.courtesy**2
    promises = 0.8 * one.promises - 0.5 * np.maximum(one.promises - 1, 0) ** 2
    return slots_and_slips(one, stake) + courtesy + promises - 0.15 * np.maximum(one.words - PLENTY, 0)


def control(facts: Facts, stake: Stakes) -> Floats:
    """Coins without curvature: courtesy, promises and words count alike however many, as on the gold's average."""
    one = columns(facts)
    return slots_and_slips(one, stake) + 0.7 * one.courtesy + 0.65 * one.promises - 0.06 * one.words


def slots_and_slips(one: Columns, stake: Stakes) -> Floats:
    served = 4 * (one.item == RIGHT) + (one.temperature == RIGHT) + 0.5 * (one.seat == RIGHT)
    return served + 0.8 * stake * (one.allergy == RIGHT) - 1.5 * one.contradictions - 2 * one.ungrammatical


def coverage(facts: Facts, stake: Stakes) -> Floats:
    """How much of what was asked for is answered, 0 to 4, less one for each contradiction and unreadable sentence."""
    one = columns(facts)
    right = sum((part == RIGHT).astype(np.float64) for part in one[:4])
    return np.broadcast_to(
        right - one.contradictions - one.ungrammatical, np.broadcast_shapes(np.shape(stake), one.item.shape)
    )


def warmth(facts: Facts, stake: Stakes) -> Floats:
    """How warm it reads: courtesies, and half of each promise. People feel no curvature here; the gold has it."""
    one = columns(facts)
    return np.broadcast_to(one.courtesy + 0.5 * one.promises, np.broadcast_shapes(np.shape(stake), one.item.shape))


def risk(facts: Facts, stake: Stakes) -> Floats:
    """What may come back to the desk: promises to keep, contradictions, and a wrong allergen in units of 3 of stake."""
    one = columns(facts)
    return one.promises + one.contradictions + stake / 3 * (one.allergy == WRONG)


COMPONENTS = {"coverage": coverage, "warmth": warmth, "risk": risk}
