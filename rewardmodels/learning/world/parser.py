"""What an answer says, read deterministically: each sentence has one reading or none."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rewardmodels.learning.world.grammar import STANDARD, Grammar, read_sentence, split

WRONG, UNSAID, RIGHT = -1, 0, 1
OF_SLOT = {"item": "item", "temperature": "temperature", "allergen": "allergy", "place": "seat"}


class Facts(NamedTuple):
    """What an answer says of its request. Of each slot the first statement counts: 1 right, −1 wrong, 0 unsaid."""

    item: int = UNSAID
    temperature: int = UNSAID
    allergy: int = UNSAID
    seat: int = UNSAID
    contradictions: int = 0  # later statements that name another value than the first did
    courtesy: int = 0
    promises: int = 0
    words: int = 0
    ungrammatical: int = 0  # sentences that have no reading; an empty answer is one


COLUMNS = Facts._fields


def parse(text: str, wanted: Mapping[str, str], grammar: Grammar = STANDARD) -> Facts:
    """The facts of an answer to who wants these values."""
    first: dict[str, str] = {}
    counts = dict.fromkeys(("contradictions", "courtesy", "promises", "ungrammatical"), 0)
    for sentence in split(text) or [""]:
        said = read_sentence(grammar, sentence)
        if said is None or said.kind == "garble":
            counts["ungrammatical"] += 1
            continue
        counts["courtesy"] += said.kind == "courtesy"
        counts["promises"] += said.kind == "promise"
        for slot, value in said.values:
            counts["contradictions"] += first.setdefault(slot, value) != value
    slots = {OF_SLOT[slot]: RIGHT if value == wanted[slot] else WRONG for slot, value in first.items()}
    return Facts(**slots, **counts, words=len(text.split()))


def parse_all(texts: Sequence[str], wanted: Sequence[Mapping[str, str]]) -> NDArray[np.int64]:
    """(answers, columns of Facts)."""
    rows = [parse(text, values) for text, values in zip(texts, wanted, strict=True)]
    return np.array(rows, dtype=np.int64).reshape(len(rows), len(COLUMNS))
