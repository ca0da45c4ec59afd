"""Verdicts between the sources of two answers: how they are counted, and what they connect.

Each prompt counts once for a pair of sources, however many verdicts there are on it, so figures are per prompt.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from annotation.agreement.twoway import Ways
from annotation.agreement.votes import Flags, Floats, Integers


class Contests(NamedTuple):
    """One row a verdict; everything but the excess counts from 0.

    `outcome` is 1 where the first source's answer is better, −1 where the second's is, 0 for a tie. `side` is 1 where
    the first was shown first, −1 where second, 0 where nobody knows. `excess` is the log of the first's length over
    the second's.
    """

    prompt: Integers
    cluster: Integers  # conversations that belong together
    annotator: Integers
    first: Integers
    second: Integers
    outcome: Integers
    side: Integers
    excess: Floats

    @property
    def ways(self) -> Ways:
        return Ways(self.cluster, self.annotator)

    def at(self, rows: Integers | Flags) -> "Contests":
        return Contests._make(column[rows] for column in self)


def oriented(found: Contests) -> Contests:
    """The same verdicts with the smaller source first; ValueError for what is malformed."""
    found = Contests._make(np.asarray(column) for column in found)
    if any(column.ndim != 1 or len(column) != len(found.prompt) for column in found):
        raise ValueError("the columns must be flat arrays of one length")
    if not len(found.prompt):
        return found
    if (found.first == found.second).any():
        raise ValueError("a verdict needs two different sources")
    if not np.isin(found.outcome, (-1, 0, 1)).all() or not np.isin(found.side, (-1, 0, 1)).all():
        raise ValueError("outcomes and sides are -1, 0 or 1")
    sign = np.where(found.first > found.second, -1, 1)
    return found._replace(
        first=np.minimum(found.first, found.second),
        second=np.maximum(found.first, found.second),
        outcome=found.outcome * sign,
        side=found.side * sign,
        excess=found.excess * sign,
    )


def pair_of(found: Contests) -> Integers:
    """A number for each pair of sources, (verdicts,)."""
    return found.first * (int(found.second.max(initial=0)) + 1) + found.second


def weights(prompt: Integers, pair: Integers) -> Floats:
    """One over the number of rows on the same prompt between the same pair, (rows,)."""
    _cells, place, counts = np.unique(np.stack([prompt, pair]), axis=1, return_inverse=True, return_counts=True)
    return np.asarray(1 / counts[place.ravel()], float)


def by_pair(found: Contests) -> Iterator[tuple[int, int, Contests]]:
    """(first, second, their verdicts) for each pair that met."""
    pair = pair_of(found)
    for number in np.unique(pair):
        rows = np.flatnonzero(pair == number)
        yield int(found.first[rows[0]]), int(found.second[rows[0]]), found.at(rows)


def groups(found: Contests, sources: int) -> Integers:
    """Sources are in one group when a chain of verdicts connects them, (sources,)."""
    links = coo_array((np.ones(len(found.first)), (found.first, found.second)), shape=(sources, sources))
    return np.asarray(connected_components(links, directed=False)[1], np.int64)


def rounds(found: Contests, sources: int) -> Integers:
    """Sources that won against each other, or tied, by whatever chain: within such a round strengths are finite.

    The estimate is finite exactly where a whole group is one round (Ford 1957).
    """
    won = np.concatenate([found.first[found.outcome >= 0], found.second[found.outcome <= 0]])
    lost = np.concatenate([found.second[found.outcome >= 0], found.first[found.outcome <= 0]])
    links = coo_array((np.ones(len(won)), (won, lost)), shape=(sources, sources))
    return np.asarray(connected_components(links, directed=True, connection="strong")[1], np.int64)
