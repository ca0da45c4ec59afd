"""What a study's proxies read of an answer: how often each word stands in it, and no order.

Of a slot's values they see only whether it is the one that was asked for, so that what must be learned is what is of
worth and not how to look a word up in the request.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rewardmodels.learning.world.grammar import PLACE, Floats
from rewardmodels.learning.world.words import SENTENCES, SLOTS, STAKES

Counts = NDArray[np.uint8]
SLOT_OF = {value: slot for slot, values in SLOTS for value in values}
ASIDE = "other"  # words that the grammar does not have
MOST = 255  # times that a word is counted


def columns() -> tuple[str, ...]:
    words = {
        word
        for _kind, listed in SENTENCES
        for template in listed
        for word in PLACE.sub("", template).casefold().replace(".", "").split()
    }
    return (*(f"{slot} {how}" for slot, _ in SLOTS for how in ("right", "wrong")), *sorted(words), ASIDE)


COLUMNS = columns()
PLACE_OF = {name: place for place, name in enumerate(COLUMNS)}
OF_ALLERGEN = [PLACE_OF["allergen right"], PLACE_OF["allergen wrong"]]
WIDTH = len(COLUMNS) + len(OF_ALLERGEN)  # what is said of the allergen stands there by its stake too


def counts(text: str, wanted: Mapping[str, str]) -> Counts:  # → (columns,)
    found = np.zeros(len(COLUMNS), dtype=np.int64)
    for token in text.casefold().split():
        word = token.rstrip(".")
        slot = SLOT_OF.get(word)
        name = word if slot is None else f"{slot} {'right' if wanted[slot] == word else 'wrong'}"
        found[PLACE_OF.get(name, PLACE_OF[ASIDE])] += 1
    return np.minimum(found, MOST).astype(np.uint8)


def counts_of(texts: Sequence[str], wanted: Sequence[Mapping[str, str]]) -> Counts:  # → (answers, columns)
    return np.stack([counts(text, values) for text, values in zip(texts, wanted, strict=True)])


def table(counted: Counts, stakes: Floats) -> Tensor:  # (…, columns), (…) → (…, width)
    """Counts as numbers, and beside them whether the allergen was right or wrong, by its stake."""
    said = np.minimum(counted[..., OF_ALLERGEN], 1) * (stakes[..., None] / max(STAKES))
    return torch.from_numpy(np.concatenate([counted, said], axis=-1).astype(np.float32))
