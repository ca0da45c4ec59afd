"""Preferences that nobody said: labels from scores once the multipliers are known, for DPO without constraints."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from lm.templates import Conversation
from rewardmodels.learning import keys
from rewardmodels.learning.world.grammar import Floats

ORIGIN = "simulated"


class Compared(NamedTuple):
    """Two answers to a prompt, and what is to be raised of each: r + λ·g."""

    prompt: Conversation
    first: str
    second: str
    utility: tuple[float, float]
    split: str = "train"


def utility(reward: float, safety: Floats, multipliers: Floats) -> float:  # (), (constraints,), (constraints,)
    return float(reward + multipliers @ safety)


def rows(pairs: Sequence[Compared], *, seed: int) -> list[dict[str, Any]]:
    """Rows of the layout `raw` with P(first preferred) = σ(u₁ − u₂), drawn by the number of the pair."""
    found = []
    for number, pair in enumerate(pairs):
        draw = keys.numpy_generator(seed, "pseudo-label", number).random()
        is_first = draw < 1 / (1 + np.exp(np.clip(pair.utility[1] - pair.utility[0], -700, 700)))
        ids = [f"{number}-1", f"{number}-2"]
        found.append(
            {
                "kind": "pairwise",
                "annotator": "multipliers",
                "origin": ORIGIN,
                "prompt": [dict(turn) for turn in pair.prompt],
                "responses": [{"id": ids[0], "text": pair.first}, {"id": ids[1], "text": pair.second}],
                "answer": {"preferred": ids[0] if is_first else ids[1]},
                "split": pair.split,
            }
        )
    return found
